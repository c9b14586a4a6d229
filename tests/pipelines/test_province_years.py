"""A county of a province through two years: the second goes on from the first, as it does in a county alone."""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from rich.console import Console

from assets.decisions import record_decisions
from assets.evidence import evidence_of
from assets.folders import Folders
from assets.province_store import Counties, Province
from onevisit.decisions import Entry
from onevisit.draw.evidence import disclosure_of, is_void, rows_of
from onevisit.draw.verify import Folder, verify
from onevisit.province.stages import HANDED_ON, LASTING, STAGES
from onevisit.province.work import Parcels, name_of
from onevisit.registries import judgements, suspicions
from pipelines.demonstration import write_county
from pipelines.engines import LocalEngine, SparkEngine
from pipelines.province import Outcome, run_province
from pipelines.province_definitions import build_province
from pipelines.runs import run_job
from pipelines.settings import Settings

FIRST, SECOND = 2026, 2027
"""A run alone refuses a year that is not in reach on the day the test runs."""
NAME = "001"
LOCAL = LocalEngine(1, 4 << 30)
ALL = tuple(STAGES)


@dataclass(frozen=True)
class Years:
    """Both years of a county, and what was said in its log of the first."""

    counties: Path
    outcomes: Mapping[int, Outcome]
    said: list[Entry]

    def province(self, year: int) -> Province:
        return Province(self.counties, self.counties / "province", year)

    def read(self, name: str, year: int) -> pl.DataFrame:
        stage, table = name.split("/")
        return pl.read_parquet(self.province(year).place(stage, NAME) / f"{table}.parquet", hive_partitioning=False)

    def evidence(self, name: str, year: int) -> dict[str, dict[str, bytes]]:
        found: dict[str, dict[str, bytes]] = defaultdict(dict)
        for serial, file, content in self.read(name, year).iter_rows():
            found[serial][file] = content
        return found


def run(counties: Path, to: Path, year: int, engine=LOCAL) -> Outcome:
    [outcome] = run_province(Province(counties, to, year), engine, {}, Console(quiet=True))
    return outcome


def answers(years: Years) -> list[Entry]:
    """Return that the first doubtful pair is of two objects, and that an inspector keeps away from a namesake."""
    pair = years.read("registries/duplicates_to_review", FIRST).row(0, named=True)
    asked = years.read("registries/suspicions", FIRST)
    people = asked.join(years.read("registries/objects", FIRST), on="object_id").row(0, named=True)
    at, by, why = f"{FIRST}-03-02T09:00:00+08:00", "张三", "逐户核实"
    judged = judgements.Judgement(
        pair["pair_id"], (pair["left_key"], pair["right_key"]), "different", by=by, why=why, channel="page"
    )
    answered = suspicions.Answer(
        people["suspicion_id"], (people["person_id"], people["object_id"]), "recuse", by=by, why=why, channel="page"
    )
    return [
        judgements.entry_of(judged, at=at, is_demonstration=True),
        suspicions.entry_of(answered, at=at, is_demonstration=True),
    ]


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Years:
    """Two years of a made-up county, run one after the other; between them people answered what the first asked."""
    counties = tmp_path_factory.mktemp("counties")
    outcomes: dict[int, Outcome] = {}
    said: list[Entry] = []
    for year in (FIRST, SECOND):
        write_county(counties, 1, year=year, entities=200)
        outcomes[year] = run(counties, counties / "province", year)
        if year == FIRST:
            said += answers(Years(counties, outcomes, said))
            record_decisions(Folders(counties / NAME), FIRST, said)
    return Years(counties, outcomes, said)


@pytest.fixture
def again(years: Years, tmp_path: Path) -> Years:
    """A copy of both years."""
    return replace(years, counties=shutil.copytree(years.counties, tmp_path / "counties"))


def due(years: Years) -> tuple[tuple[str, ...], set[str]]:
    """Return the stages of the second year that are to be made, and what they are handed of the first."""
    province = years.province(SECOND)
    task = province.task(province.folder(NAME), {})
    return (task.stages, handed(task.parcels)) if task else ((), set())


def handed(parcels: Parcels) -> set[str]:
    names = {name.removeprefix("before/").removesuffix(".parquet") for name in parcels if name.startswith("before/")}
    return {name for name in names if not name.startswith("decisions/")}


def test_both_years_go_from_filings_to_teams(years: Years):
    assert [one.stopped_at for one in years.outcomes.values()] == ["", ""]


@pytest.mark.parametrize(("kind", "column"), [("object", "object_id"), ("inspector", "person_id")])
def test_who_was_there_last_year_has_the_id_of_last_year(years: Years, kind: str, column: str):
    before, now = (years.read(f"registries/{kind}_sources", year) for year in (FIRST, SECOND))
    records = years.read(f"registries/{kind}_id_records", FIRST)
    known = set(years.read(f"registries/{kind}_ids", FIRST)[column])
    again = years.read(f"registries/{kind}_ids", SECOND)
    assert set(again.filter(pl.col("first_year") == FIRST)[column]) == known
    kept = again.filter(pl.col("first_year") == FIRST, pl.col("state") == "active")
    assert kept.height > 0.8 * len(known)
    assert set(kept[column]) == set(before[column]) & set(now[column])
    filed = years.read(f"registries/{kind}_id_records", SECOND).filter(pl.col("last_year") == SECOND)
    both = filed.join(records, on="record_key")
    assert both.height > 0.8 * filed.height
    assert (both[column] == both[f"{column}_right"]).mean() > 0.95


def test_the_second_year_tells_what_changed_since_the_first(years: Years):
    assert years.read("registries/changes", FIRST).is_empty()
    told = years.read("registries/changes", SECOND)
    before, now = (set(years.read("registries/objects", year)["object_id"]) for year in (FIRST, SECOND))
    assert set(told.filter(pl.col("change").is_in(["new", "split"]))["object_id"]) == now - before
    assert {"new", "gone", "moved"} <= set(told["change"])


def test_who_was_drawn_last_year_is_spared(years: Years):
    held, later = (years.evidence("draw/draw_evidence", year) for year in (FIRST, SECOND))
    shares: list[tuple[int, int]] = []
    for files in later.values():
        own = disclosure_of(files)
        past = [one for one in held.values() if not is_void(one) and own in ("witnessed", disclosure_of(one))]
        taken = {
            name for one in past for name in (*rows_of(one, "drawn.tsv")["id"], *rows_of(one, "substitutes.tsv")["new"])
        }
        history = dict(rows_of(files, "history.tsv").select("id", "flag").iter_rows())
        assert {name for name, flag in history.items() if flag == "1"} == taken & history.keys() != set()
        drawn, scope = set(rows_of(files, "drawn.tsv")["id"]), set(rows_of(files, "scope.tsv")["id"])
        if not is_void(files):
            shares.append((len(drawn & taken) * len(scope - taken), len(drawn - taken) * len(scope & taken)))
    assert not any(rows_of(files, "history.tsv").height for files in held.values())
    spared, others = (sum(one) for one in zip(*shares, strict=True))
    assert spared < others


def test_what_people_said_last_year_holds(years: Years):
    judged, asked = (one.details for one in years.said)
    assert years.read("registries/judgements", SECOND).select("log_year", "left_key", "judgement").rows() == [
        (FIRST, judged["left_key"], "different")
    ]
    kept_away = years.read("registries/interests", SECOND).filter(pl.col("relation") == suspicions.RELATION)
    assert kept_away.select("person_id", "object_id").rows() == [(asked["person_id"], asked["object_id"])]


def test_the_verifier_replays_how_people_were_drawn(years: Years):
    later = years.evidence("visits/people_evidence", SECOND)
    held = years.evidence("draw/draw_evidence", SECOND)
    visits = years.read("visits/visits", SECOND)
    assert set(later) == set(visits.join(years.read("visits/teams", SECOND), on="visit_id", how="semi")["serial"])
    for serial, files in later.items():
        assert {"TRAIL", "RECORDS", "people/001/MANIFEST", "people/001/seated.tsv"} <= files.keys()
        said = "\n".join(verify(Folder({**held[serial], **files})))
        assert "people: " in said
        assert "seats of" in said


def test_nothing_is_made_twice(years: Years):
    assert due(years) == ((), set())


def test_a_stage_is_made_again_when_what_it_is_handed_is_no_longer_the_same(again: Years):
    told = again.province(FIRST).place("draw", NAME) / "told.json"
    draw = json.loads(told.read_text("utf-8"))
    told.write_text(json.dumps(draw | {"digests": dict.fromkeys(draw["digests"], "0" * 64)}), "utf-8")
    assert due(again) == (("draw", "visits"), {"draw/draw_evidence"})
    record_decisions(Folders(again.counties / NAME), FIRST, again.said)
    assert due(again) == (ALL[1:], {name_of(one) for models in HANDED_ON.values() for one in models})


def test_the_year_before_counts_as_far_as_it_stands(again: Years):
    (again.province(FIRST).place("draw", NAME) / "made.json").unlink()
    assert due(again) == (("draw", "visits"), set())
    shutil.rmtree(again.province(FIRST).to / str(FIRST))
    assert due(again) == (ALL[1:], set())


def test_ids_go_on_over_a_year_without_a_run_and_nothing_else_does(again: Years):
    to = again.province(FIRST).to
    (to / str(FIRST)).rename(to / str(FIRST - 1))
    assert due(again) == (ALL[1:], {name_of(one) for one in LASTING})


def test_dagster_makes_the_second_year_the_same(again: Years):
    counties, instance = Counties(again.counties, again.counties / "province"), dg.DagsterInstance.ephemeral()
    for stage in ("registries", "plan", "draw", "visits"):
        shutil.rmtree(again.province(SECOND).place(stage, NAME))
    instance.add_dynamic_partitions("counties", [NAME])
    key = dg.MultiPartitionKey({"county": NAME, "year": str(SECOND)})
    job = build_province(counties).resolve_job_def("province_year")
    assert job.execute_in_process(partition_key=key, instance=instance).success
    made = {
        name: digest for stage in STAGES for name, digest in again.province(SECOND).told(stage, NAME).digests.items()
    }
    assert made == again.outcomes[SECOND].tables


@pytest.mark.spark
def test_spark_makes_the_second_year_the_same(again: Years):
    shutil.rmtree(again.province(SECOND).to / str(SECOND))
    outcome = run(again.counties, again.province(SECOND).to, SECOND, SparkEngine("local-cluster[2,1,2048]", 1))
    assert (outcome.reasons, outcome.tables) == ((), again.outcomes[SECOND].tables)


@pytest.fixture(scope="module")
def alone(years: Years, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folders]:
    """The same county run by itself, by its own assets, with the same said between the years."""
    data = tmp_path_factory.mktemp("alone")
    source = years.counties / NAME
    for name in ("county", "inbox", "pools"):
        shutil.copytree(source / name, data / name)
    settings = Settings(data / "county", data)
    with pytest.MonkeyPatch.context() as patch:
        for name in settings.environment():
            patch.setenv(name, "")
        for year in (FIRST, SECOND):
            for job in ("file_registries", "merge_plan", "draw_visits"):
                run_job(settings, settings.county(), job, year)
            if year == FIRST:
                record_decisions(settings.folders, FIRST, years.said)
        yield settings.folders


@pytest.mark.lengthy
@pytest.mark.parametrize("year", [FIRST, SECOND])
def test_a_county_makes_in_a_province_what_it_makes_alone_year_after_year(years: Years, alone: Folders, year: int):
    # Alone, a county's departments also confirm schemes: the log is longer, and what cites its records differs.
    cite_the_log = {"plan/decisions", "draw/rounds", "draw/trail"}
    in_files = {"filings/filed_rows", "draw/draw_evidence", "visits/people_evidence"}
    for name in set(years.outcomes[year].tables) - cite_the_log - in_files:
        made, exported = (
            years.read(name, year),
            pl.read_parquet(alone.exports(year) / f"{name.replace('/', '.')}.parquet"),
        )
        if name == "registries/judgements":
            made, exported = made.drop("seq"), exported.drop("seq")
        assert made.equals(exported), name


@pytest.mark.lengthy
@pytest.mark.parametrize("year", [FIRST, SECOND])
def test_people_are_proved_in_a_province_as_alone(years: Years, alone: Folders, year: int):
    own, made = evidence_of(alone, year), years.evidence("visits/people_evidence", year)
    sittings, wanted = (
        {
            (serial, name): data
            for serial, files in evidence.items()
            for name, data in files.items()
            if name.startswith("people/")
        }
        for evidence in (made, own)
    )
    assert sittings == wanted
