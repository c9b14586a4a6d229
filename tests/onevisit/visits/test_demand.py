"""Demand: who may come, who may not, and a shortage that is named."""

from typing import Any

import polars as pl
import pytest

from onevisit.visits.demand import Duty, duties_of, shortages_of
from onevisit.visits.group import visits_of, with_visits
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, POLICE, day


def duties(
    *people: dict[str, Any],
    owed: tuple[dict[str, Any], ...] = ({},),
    items: pl.DataFrame | None = None,
    recusals: pl.DataFrame | None = None,
) -> list[Duty]:
    obligations = with_visits(samples.obligations(*owed).drop("visit_id"), samples.submitted(), max_items=8)
    inspectors, sources = samples.people(*people)
    return duties_of(
        visits=visits_of(obligations, samples.tasks(), samples.submitted(), max_items=8),
        obligations=obligations,
        staff=samples.staff(obligations, (inspectors, sources), listed=items, recusals=recusals),
    )


def persons(duty: Duty) -> list[str]:
    return sorted(person.person_id for person in duty.people)


def test_two_people_with_the_item_are_enough():
    (duty,) = duties({}, {})
    assert persons(duty) == ["P-0001", "P-0002"]
    assert len(duty.seats) == 2
    assert shortages_of([duty]) == []


@pytest.mark.parametrize(
    "third",
    [
        {"is_eligible": False},
        {"certificate_no": None},
        {"certificate_valid_to": None},
        {"certificate_valid_to": day("05-30")},
        {"item_codes": ["WJ-002"]},
        {"department": POLICE},
    ],
)
def test_who_may_not_check_is_not_asked(third: dict[str, Any]):
    (duty,) = duties({}, {}, third)
    assert persons(duty) == ["P-0001", "P-0002"]


def test_people_with_one_certificate_number_are_not_drawn():
    (duty,) = duties({}, {}, {"certificate_no": "7"}, {"certificate_no": "7"})
    assert persons(duty) == ["P-0001", "P-0002"]


def test_a_certificate_valid_on_the_last_day_is_enough():
    (duty,) = duties({}, {"certificate_valid_to": day("05-31")})
    assert len(duty.seats) == 2


def test_one_of_two_recused_is_a_shortage_of_two_with_one():
    (duty,) = duties({}, {}, recusals=samples.recusals({"person_id": "P-0001"}))
    (short,) = shortages_of([duty])
    assert (short["needed"], short["eligible"], short["department"]) == (2, 1, HEALTH)
    assert "不足2名" in str(short["reason"])


def test_one_of_the_two_holds_the_qualification():
    items = samples.items({"qualification": "食品检查员"})
    (duty,) = duties({}, {"qualifications": ["食品检查员"]}, {}, items=items)
    specialist = next(person for person in duty.people if person.person_id == "P-0002")
    assert duty.seats[0] == {specialist.name}
    assert len(duty.seats[1]) == 3
    assert duty.is_specialist(specialist)
    assert [duty.is_specialist(person) for person in duty.people].count(True) == 1


def test_nobody_with_the_qualification_is_a_shortage_that_names_it():
    items = samples.items({"qualification": "食品检查员"})
    (short,) = shortages_of(duties({}, {}, {}, items=items))
    assert "WJ-001（食品检查员）" in str(short["reason"])
    assert short["eligible"] == 3


BOTH_ITEMS = ({}, {"plan_row_id": "R1", "item_code": "WJ-002"})
TWO_ITEMS = samples.items({}, {"item_code": "WJ-002"})


def test_where_nobody_can_do_all_the_items_are_shared_out():
    (duty,) = duties({}, {}, {"item_codes": ["WJ-002"]}, owed=BOTH_ITEMS, items=TWO_ITEMS)
    name = {person.person_id: person.name for person in duty.people}
    assert set(duty.seats) == {frozenset({name["P-0001"], name["P-0002"]}), frozenset({name["P-0003"]})}


def test_items_that_no_two_people_cover_are_a_shortage():
    people = [{"item_codes": [f"WJ-00{n}"]} for n in (1, 2, 3)]
    owed = tuple({"item_code": f"WJ-00{n}"} for n in (1, 2, 3))
    items = samples.items(*owed)
    (short,) = shortages_of(duties(*people, owed=owed, items=items))
    assert "不能覆盖" in str(short["reason"])


def test_a_person_two_departments_list_counts_where_there_are_fewer():
    inspectors, sources = samples.people({}, {}, {}, {"department": POLICE, "item_codes": ["GA-001"]})
    twice = sources.filter(pl.col("person_id") == "P-0001").with_columns(
        department=pl.lit(POLICE), item_codes=pl.lit(["GA-001"])
    )
    obligations = with_visits(
        samples.obligations({}, {"department": POLICE, "item_code": "GA-001"}).drop("visit_id"),
        samples.submitted(),
        max_items=8,
    )
    found = duties_of(
        visits=visits_of(obligations, samples.tasks(), samples.submitted(), max_items=8),
        obligations=obligations,
        staff=samples.staff(
            obligations,
            (inspectors, pl.concat([sources, twice])),
            listed=samples.items({}, {"item_code": "GA-001", "department": POLICE}),
        ),
    )
    assert {duty.department: persons(duty) for duty in found} == {
        POLICE: ["P-0001", "P-0004"],
        HEALTH: ["P-0002", "P-0003"],
    }


def test_lots_see_a_commitment_and_never_the_certificate_number():
    (duty,) = duties({"certificate_no": "23510923000001"}, {})
    assert all(len(person.name) == 64 and "23510923000001" not in person.name for person in duty.people)
