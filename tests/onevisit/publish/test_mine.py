"""我的企业: who knows the code or the full name finds everything public about it; nobody reads the register off it."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.publish.mine import KEY_LENGTH, Numbers, entries, key_of, shard_digits, shards
from onevisit.publish.scripts import script
from onevisit.publish.site import site_pages
from tests.onevisit.publish.counties import NASTY, Made, credit_code, made, public_tables, site_of

COUNTY = made()


def said(files: dict[str, bytes]) -> dict[str, Any]:
    """Everything the shards say, by key."""
    parts = [data.decode() for name, data in files.items() if name.startswith("mine/")]
    found: dict[str, Any] = {}
    for part in parts:
        found |= json.loads(part[part.index("]=") + 2 :].rstrip().rstrip(";"))
    return found


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return site_pages(site_of(COUNTY))


def test_an_object_finds_its_tasks_its_draws_and_its_results(files: dict[str, bytes]):
    drawn = public_tables(COUNTY)["drawn"].filter(~pl.col("is_lost"))
    known = said(files)
    results = public_tables(COUNTY)["results"]
    for object_id, rows in drawn.group_by("object_id"):
        one = known[key_of(str(object_id[0]))]
        assert len(one["d"]) >= rows.height
        assert len(one.get("r", [])) == results.filter(object_id=object_id[0]).height
        assert one["n"] == rows["name"][0]


def test_nobody_reads_codes_or_names_of_the_undrawn_off_the_shards(files: dict[str, bytes]):
    drawn = set(public_tables(COUNTY)["drawn"]["object_id"])
    whole = b"".join(data for name, data in files.items() if name.startswith("mine"))
    for object_id, name in COUNTY.objects.select("object_id", "name").iter_rows():
        assert object_id.encode() not in whole
        assert object_id in drawn or name in ("None", *NASTY) or f'"{name}"'.encode() not in whole


def test_a_name_means_its_object_and_one_that_several_bear_means_none():
    register = pl.DataFrame(
        {"object_id": ["A", "B", "C"], "name": ["甲店", "乙店", "乙 店"], "subject_id": [None, None, "A"]},
        schema_overrides={"subject_id": pl.String},
    )
    tables = public_tables(Made({name: frame.clear() for name, frame in COUNTY.frames.items()}))
    reach = pl.DataFrame(schema={"object_id": pl.String, "plan_row_id": pl.String})
    doors = pl.DataFrame({"object_id": ["A"], "apart": [3], "together": [1]})
    known = entries(
        register=register,
        reach=reach,
        doors=doors,
        drawn=tables["drawn"],
        results=tables["results"],
        numbers=Numbers([]),
    )
    assert known[key_of("甲店")] == key_of("A")
    assert known[key_of("乙店")] == 2
    assert known[key_of("A")] == {"p": [], "v": [3, 1], "c": ["C"]}


@given(st.text())
def test_a_key_has_letters_alone_and_blanks_case_and_width_do_not_count(text: str):
    key = key_of(text)
    assert len(key) == KEY_LENGTH
    assert set(key) <= set("abcdefghijklmnop")
    assert key_of(f" {text}\u3000") == key
    assert key_of("ＭＹ１（甲）") == key_of("my1(甲)")


def test_shards_stay_small_however_many_objects_there_are():
    known = {key_of(str(number)): {"p": list(range(15))} for number in range(40_000)}
    parts = dict(shards(known))
    assert len(parts) == 16 ** shard_digits(len(known))
    assert max(map(len, parts.values())) < 100_000
    assert shard_digits(0) == 1


def test_a_script_cannot_be_ended_by_what_it_says():
    assert b"</script>" not in script("ONEVISIT.tasks", NASTY)


def test_before_its_day_nobody_finds_out_that_it_was_drawn():
    task = COUNTY.tasks.row(by_predicate=pl.col("task_id") == "T002", named=True)
    eve = task["starts_on"] - dt.timedelta(days=1)
    # The same county in which T002 drew nobody says the same on that day.
    others = {
        name: frame.filter(pl.col("task_id") != "T002") if name in ("drawn", "obligations", "substitutes") else frame
        for name, frame in COUNTY.frames.items()
    }
    before, blank = site_pages(site_of(COUNTY, eve)), site_pages(site_of(Made(others), eve))
    assert said(before) == said(blank)
    assert before["mine-data.js"] == blank["mine-data.js"]
    assert said(before)[key_of(credit_code(3))]["p"]
