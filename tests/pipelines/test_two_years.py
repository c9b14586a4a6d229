"""Two years in a row: what one year found is felt in the next plan, and whom it drew the next draw spares."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from assets.evidence import evidence_of
from onevisit.county import County
from onevisit.draw.evidence import Evidence, disclosure_of, is_void, rows_of
from onevisit.plan.raises import LADDER
from onevisit.plan.tables import Raises
from onevisit.registries.tables import ObjectIds, Objects
from onevisit.results.feedback import under_new_ids
from onevisit.results.tables import Feedback, Findings, Indicators
from onevisit.tables import conform
from onevisit.visits.tables import Visits
from pipelines.demonstration import return_results, write_inbox
from pipelines.runs import run_job
from pipelines.settings import Settings
from pipelines.summary import exported

pytestmark = pytest.mark.lengthy

# The years are 2026 and 2027: a run refuses a year that is not in reach on the day the test runs.
ENTITIES = 200


@dataclass(frozen=True)
class Years:
    """The data of both years, and the evidence of their draws."""

    settings: Settings
    before: dict[str, Evidence]
    after: dict[str, Evidence]

    def read(self, model, year):
        return conform(model, exported(self.settings.folders, model, year))


def on(county: County, day: dt.date) -> County:
    return county.model_copy(update={"demonstration": county.demonstration.model_copy(update={"today": day})})


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory, repository: Path, county: County) -> Iterator[Years]:
    settings = Settings(county_folder=repository / "county", data=tmp_path_factory.mktemp("years"))
    summer, spring = on(county, dt.date(2026, 7, 20)), on(county, dt.date(2027, 4, 10))
    with pytest.MonkeyPatch.context() as patch:
        for name in settings.environment():
            patch.setenv(name, "")
        write_inbox(settings, summer, year=2026, entities=ENTITIES)
        for job in ("file_registries", "merge_plan", "draw_visits"):
            run_job(settings, summer, job, 2026)
        return_results(settings, summer, year=2026)
        for job in ("stage_filings", "stage_results"):
            run_job(settings, summer, job, 2026)
        write_inbox(settings, spring, year=2027, entities=ENTITIES)
        for job in ("file_registries", "merge_plan", "draw_visits"):
            run_job(settings, spring, job, 2027)
        yield Years(settings, *(evidence_of(settings.folders, year) for year in (2026, 2027)))


def rank(letter: str) -> int:
    return LADDER.index("A" if letter == "N" else letter)


def drawn(files: Evidence) -> set[str]:
    return {*rows_of(files, "drawn.tsv")["id"], *rows_of(files, "substitutes.tsv")["new"]} - {"-"}


def test_a_business_with_a_problem_is_in_a_riskier_class_next_year_and_the_raise_names_its_source(years: Years):
    found = under_new_ids(years.read(Feedback, 2026), years.read(ObjectIds, 2027)).filter(pl.col("effect") != "=")
    living = years.read(Objects, 2027).filter("is_living").select("object_id", "credit_class")
    raises = {row["object_id"]: row for row in years.read(Raises, 2027).iter_rows(named=True)}
    for row in raises.values():
        told_of = {told for told in row["reasons"] if told.startswith("2026年度")}
        assert told_of <= set(found["explanation"])
    told = 0
    for row in found.join(living, on="object_id").iter_rows(named=True):
        own, effect = rank(row["credit_class"]), row["effect"]
        asked = min(own + int(effect), 3) if effect.startswith("+") else rank(effect)
        if asked > own:
            raised = raises[row["object_id"]]
            assert rank(raised["risk_class"]) >= asked
            assert row["explanation"] in raised["reasons"]
            assert row["explanation"].startswith("2026年度")
            told += 1
    assert told >= 3


def test_the_draw_counts_who_was_raised_in_the_riskier_class(years: Years):
    classes = {row["object_id"]: row["risk_class"] for row in years.read(Raises, 2027).iter_rows(named=True)}
    raised_by_results = {
        row["object_id"]
        for row in years.read(Raises, 2027).iter_rows(named=True)
        if any(reason.startswith("2026年度") for reason in row["reasons"])
    }
    seen = 0
    for files in years.after.values():
        if disclosure_of(files) == "witnessed":
            frozen = dict(rows_of(files, "objects.tsv").select("id", "class").iter_rows())
            for object_id in raised_by_results & frozen.keys():
                assert frozen[object_id] == classes[object_id]
                seen += 1
    assert seen >= 1


def test_who_was_drawn_last_year_has_the_flag_that_spares_and_nobody_else(years: Years):
    everybody = {
        "witnessed": years.before.values(),
        "open": [f for f in years.before.values() if disclosure_of(f) == "open"],
    }
    for files in years.after.values():
        history = rows_of(files, "history.tsv")
        flagged = set(history.filter(pl.col("flag") == "1")["id"])
        held = [one for one in everybody[disclosure_of(files)] if not is_void(one)]
        assert flagged == set().union(*map(drawn, held))
        in_reach = set().union(*(set(rows_of(one, "scope.tsv")["id"]) for one in held))
        assert set(history["id"]) == in_reach
    assert len({disclosure_of(files) for files in years.after.values()}) == 2


def test_everybody_visited_last_year_is_among_those_spared(years: Years):
    [history, *_] = [
        rows_of(files, "history.tsv") for files in years.after.values() if disclosure_of(files) == "witnessed"
    ]
    flags = dict(history.select("id", "flag").iter_rows())
    visited = set(years.read(Findings, 2026)["object_id"])
    assert visited
    assert {flags[object_id] for object_id in visited} == {"1"}


def test_visits_are_held_against_last_years(years: Years):
    visits = [years.read(Visits, year).height for year in (2026, 2027)]
    assert min(visits) > 0
    # The year's results come later: its indicators are made with them.
    assert years.read(Indicators, 2027).is_empty()
    [first] = years.read(Indicators, 2026).filter(pl.col("name") == "入户次数比上年").iter_rows(named=True)
    assert (first["numerator"], first["denominator"], first["value"]) == (visits[0], None, None)
