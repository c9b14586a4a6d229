"""The benchmark runs on a county so small that its figures mean nothing; none is timed here."""

import dataclasses

import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from benchmarks import counties
from benchmarks.linkage import ROWS, Setting, app, in_own_process
from benchmarks.measures import answered
from benchmarks.table import markdown
from onevisit.demo.generator import demonstration_inbox

ENTITIES = 200


def in_this_process(measure, county_folder, given, environment):
    return answered(measure, county_folder, given)


@pytest.fixture(scope="module")
def setting(repository, tmp_path_factory):
    return Setting(
        county_folder=repository / "county",
        cache=tmp_path_factory.mktemp("cache"),
        private=tmp_path_factory.mktemp("private"),
        entities=ENTITIES,
        labelled_entities=ENTITIES,
        counties=2,
        repeat=1,
        run=in_this_process,
    )


@pytest.fixture(scope="module")
def years(setting):
    return setting.made(ENTITIES, "1", years=2)


@pytest.fixture
def inbox(county, tmp_path):
    """A made county's files, as an inbox has them."""
    folder = tmp_path / "inbox" / str(counties.YEAR)
    for name, data in demonstration_inbox(county, year=counties.YEAR, entities=ENTITIES, seed="1").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("name", ROWS)
def test_every_row_can_be_filled(setting, name):
    head, rule, *rows = [
        line for line in markdown(list(ROWS[name](setting)), "command").splitlines() if line[:1] == "|"
    ]
    assert rule == "| --- | --- | --- | --- | --- | --- |"
    assert rows and all(row.count("|") == head.count("|") for row in rows)


def test_few_made_counties_stand_for_many(setting):
    (once,), (thrice,) = (list(ROWS["million"](dataclasses.replace(setting, times=times))) for times in (1, 3))
    records, more = (int(row.lists.split(", ")[-1].removesuffix(" records").replace(",", "")) for row in (once, thrice))
    assert more == 3 * records
    assert "each linked 3 times" in thrice.lists


def test_the_order_of_rows_does_not_change_a_byte(setting, years):
    usual, shuffled = (setting.measured("digests", years[0], *seed) for seed in ((), ("1",)))
    assert {**usual, "peak": 0} == {**shuffled, "peak": 0}


def test_a_measure_in_its_own_process_answers_the_same(setting, years):
    own = in_own_process("people", setting.county_folder, years[:1], {})
    assert own["f1"] == setting.measured("people", years[0])["f1"]
    assert own["peak"] > 50


def test_a_made_county_is_made_once(setting, years):
    made_at = years[0].folder.stat().st_mtime_ns
    assert [one.folder for one in setting.made(ENTITIES, "1", years=2)] == [one.folder for one in years]
    assert years[0].folder.stat().st_mtime_ns == made_at


def test_an_inbox_is_read_as_the_made_county_it_was_made_from(setting, years, inbox, tmp_path):
    name, lists = dataclasses.replace(setting, inbox=inbox, private=tmp_path / "private").usual()
    assert name == f"inbox {counties.YEAR}"
    assert not lists.has_truth
    assert_frame_equal(lists.rows("objects"), years[0].rows("objects"))


def test_labelled_lists_bring_their_truth(setting, years, inbox, tmp_path):
    (tmp_path / "labelled" / "inbox").mkdir(parents=True)
    inbox.rename(tmp_path / "labelled" / "inbox" / inbox.name)
    for kind, name, entity in (("objects", "truth", "entity_id"), ("inspectors", "inspectors_truth", "person_id")):
        told = years[0].truth(kind).rename({"record": "rec_id", "entity": entity})
        told.write_csv(tmp_path / "labelled" / f"{name}.csv")
    _, lists = dataclasses.replace(setting, labelled=tmp_path / "labelled", private=tmp_path / "private").known()
    assert setting.measured("quality", lists)["f1"] == setting.measured("quality", years[0])["f1"]


def test_the_command_prints_its_table_and_fails_when_a_figure_is_not_reached(setting):
    small = ["--entities", str(ENTITIES), "--counties", "1", "--cache", str(setting.cache)]
    told = CliRunner().invoke(app, ["--rows", "million", *small])
    assert told.output.count("| normalising and linking") == 1, told.output
    assert told.exit_code == ("**no**" in told.output)
