"""Frequency warnings: twice at one door within sixty days, checks with a cause left out."""

import datetime as dt

import polars as pl
import pytest

from onevisit.county import County, WarningRules
from onevisit.filings.rows import fields_of
from onevisit.registries.tables import ObjectSources
from onevisit.results.frequency import frequency_warnings, joined, occasions_of, other_checks
from onevisit.results.tables import FrequencyWarnings, OtherChecks
from onevisit.tables import frame_of
from tests.onevisit.plan import samples as plan
from tests.onevisit.results.made import findings, others
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, POLICE, SHOP, day

RULES = WarningRules(within_days=60, county_from=3)
FIRST = {"visit_id": "01-A-01"}
SECOND = {"visit_id": "02-A-01", "task_id": "T002"}


def warned(*, second_on: str = "05-14", other: pl.DataFrame | None = None, **second: object) -> list[int]:
    owed = samples.obligations(FIRST, {**SECOND, **second})
    found = findings({}, {"task_id": "T002", "checked_on": day(second_on)})
    came = occasions_of(owed, found, others() if other is None else other, exempt_rows=["R9"])
    table = frequency_warnings(came, RULES, year=2027)
    FrequencyWarnings.validate(table)
    return table["day_count"].to_list()


def test_two_visits_within_sixty_days_are_warned_of_and_the_sixty_first_is_not():
    assert warned(second_on="05-14") == [60]
    assert warned(second_on="05-15") == []


def test_who_came_together_came_once():
    owed = samples.obligations(FIRST, {**FIRST, "department": POLICE, "item_code": "GA-001"})
    found = findings({}, {"department": POLICE, "item_code": "GA-001", "checked_on": day("03-16")})
    [came] = occasions_of(owed, found, others(), exempt_rows=[])[SHOP]
    assert (came.on, came.departments) == (day("03-15"), (POLICE, HEALTH))


def test_checks_without_a_door_and_plan_rows_with_a_cause_do_not_count():
    assert warned(is_on_site=False, visit_id=None) == []
    owed = samples.obligations(FIRST, {**SECOND, "plan_row_id": "R9"})
    found = findings({}, {"task_id": "T002", "plan_row_id": "R9", "checked_on": day("04-01")})
    came = occasions_of(owed, found, others(), exempt_rows=["R9"])
    assert frequency_warnings(came, RULES, year=2027).is_empty()


def test_another_filed_check_counts_unless_it_has_a_cause_or_is_the_same_visit():
    far = "12-01"
    assert warned(second_on=far, other=others({"checked_on": day("04-01")})) == [17]
    assert warned(second_on=far, other=others({"checked_on": day("04-01"), "is_counted": False})) == []
    assert warned(second_on=far, other=others({"checked_on": day("03-15")})) == []
    assert warned(second_on=far, other=others({"checked_on": day("03-15"), "checked_by": POLICE})) == [0]


def test_three_businesses_warn_the_county():
    came = {
        name: occasions_of(
            samples.obligations({**FIRST, "object_id": name}, {**SECOND, "object_id": name}),
            findings({"object_id": name}, {"object_id": name, "task_id": "T002", "checked_on": day("04-01")}),
            others(),
            exempt_rows=[],
        )[name]
        for name in (SHOP, INN, "DY-0003")
    }
    assert frequency_warnings(came, RULES, year=2027)["scope"].to_list() == ["business"] * 3 + ["county"]
    del came[INN]
    assert frequency_warnings(came, RULES, year=2027)["scope"].to_list() == ["business"] * 2


def test_december_and_january_are_as_close_as_any_and_told_once():
    late = occasions_of(
        samples.obligations(), findings(), others({"checked_on": dt.date(2026, 12, 20)}), exempt_rows=[]
    )
    early = occasions_of(samples.obligations(), findings(), others({"checked_on": day("01-10")}), exempt_rows=[])
    assert frequency_warnings(joined(late, early), RULES, year=2027)["day_count"].to_list() == [21]
    assert frequency_warnings(joined(late, early), RULES, year=2026).is_empty()


@pytest.mark.parametrize(
    ("name", "cause", "is_counted"),
    [("O-000", "专项检查", True), ("O-000", "整改复查", False), ("O-000", None, True), ("谁也不是", "专项检查", False)],
)
def test_a_filed_check_finds_its_business_and_says_why_it_does_not_count(
    county: County, name: str, cause: str | None, is_counted: bool
):
    fields = dict.fromkeys(fields_of("other_checks"))
    row = {**fields, "source_id": "JC-1", "name": name, "checked_on": "2027-02-08", "cause": cause}
    place = {"department": HEALTH, "file": "其他检查记录.csv", "sheet": "", "row": 2}
    shape = {**dict.fromkeys((*place, *fields), pl.String), "row": pl.Int64}
    sources = plan.sources(plan.objects("A"))
    assert set(sources.columns) == set(ObjectSources.to_schema().columns)
    found = other_checks(pl.DataFrame([{**place, **row}], schema=shape), sources, county)
    OtherChecks.validate(found)
    assert found["is_counted"].to_list() == [is_counted]
    assert found["reason"].is_null().to_list() == [is_counted]
    assert found["checked_by"].to_list() == [HEALTH]
    assert found["object_id"].to_list() == [None if name == "谁也不是" else "O-000"]
    assert frame_of(OtherChecks, []).schema == found.schema
