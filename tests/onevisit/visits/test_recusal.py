"""Recusals from what departments filed to who may be sent: nobody evades one by being listed twice."""

import polars as pl
import pytest

from onevisit.county import County
from onevisit.registries.finding import findable
from onevisit.registries.inspectors import inspectors
from onevisit.registries.interests import interests
from onevisit.visits.demand import Duty, duties_of
from onevisit.visits.group import visits_of, with_visits
from onevisit.visits.recusal import avoided_by, reasons_of, recusals_of
from tests.onevisit.registries import samples as lists
from tests.onevisit.registries.samples import filed, uscc
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, POLICE

SHOP = {"name": "大英县云诚旅馆", "code": uscc(1), "department": HEALTH}
LI = {"name": "李明", "source_id": "7", "employer": HEALTH, "department": HEALTH, "item_codes": "WJ-001"}
AS_POLICE = {"employer": POLICE, "department": POLICE, "item_codes": "GA-001", "source_id": "3"}
TWICE = (
    {**LI, "person_key": "k1", "certificate_no": "23510923000001", "certificate_valid_to": "2029-01-01"},
    {**LI, "person_key": "k1", **AS_POLICE, "certificate_no": "23510923000002", "certificate_valid_to": "2031-01-01"},
)
OTHERS = tuple(
    {**LI, "name": name, "person_key": name, "source_id": f"9{number}", "certificate_no": f"2351092300010{number}"}
    | (AS_POLICE if number > 2 else {})
    | {"source_id": f"9{number}"}
    for number, name in enumerate(("王强", "赵云", "钱进", "孙权"), start=1)
)
ITEMS = samples.items({}, {"item_code": "GA-001", "department": POLICE})


def duties(county: County, *, people: tuple[dict[str, str | None], ...], declared: pl.DataFrame, shop: dict[str, str]):
    """What both departments may send to the shop, and the recusals."""
    listed, places = filed("inspectors", *people, *OTHERS), lists.objects(shop)
    sources = lists.people_of(listed, county)
    register = inspectors(listed, sources, year=2027, retirement_age=60)
    found = interests(
        declared,
        inspectors=listed,
        inspector_sources=sources,
        experts=filed("experts"),
        objects=places,
        known=findable(lists.sources_of(places, county), county),
        year=2027,
    )
    recusals = recusals_of(found)
    owed = with_visits(
        samples.obligations(
            {"object_id": uscc(1)}, {"object_id": uscc(1), "department": POLICE, "item_code": "GA-001"}
        ).drop("visit_id"),
        samples.submitted(),
        max_items=8,
    )
    staff = samples.staff(
        owed, (register, sources), listed=ITEMS, registered=samples.objects({"object_id": uscc(1)}), recusals=recusals
    )
    doors = visits_of(owed, samples.tasks(), samples.submitted(), max_items=8)
    (li,) = set(register.filter(pl.col("name") == "李明")["person_id"])
    return li, recusals, duties_of(visits=doors, obligations=owed, staff=staff)


def sent(found: list[Duty]) -> dict[str, int]:
    return {duty.department: len(duty.people) for duty in found}


def someone(found: list[Duty], person_id: str) -> list[str]:
    return [duty.department for duty in found if any(one.person_id == person_id for one in duty.people)]


def test_without_an_interest_who_is_listed_twice_may_be_sent(county: County):
    li, recusals, found = duties(county, people=TWICE, declared=filed("interests"), shop=SHOP)
    assert recusals.is_empty()
    assert someone(found, li)


@pytest.mark.parametrize("row", [0, 1])
def test_who_is_on_the_register_twice_is_one_person_and_recused_under_both(county: County, row: int):
    about = TWICE[row]
    declared = filed(
        "interests",
        {
            "person_source_id": about["source_id"],
            "person_name": "李明",
            "employer": about["employer"],
            "object_name": SHOP["name"],
        },
    )
    li, recusals, found = duties(county, people=TWICE, declared=declared, shop=SHOP)
    assert recusals.select("person_id", "object_id", "source").rows() == [(li, uscc(1), "本人申报")]
    assert someone(found, li) == []
    assert sent(found) == {HEALTH: 2, POLICE: 2}


@pytest.mark.parametrize("row", [0, 1])
def test_the_phone_of_either_row_at_the_business_recuses_at_once(county: County, row: int):
    people = tuple({**one, "phone_key": f"p{number}"} for number, one in enumerate(TWICE))
    li, recusals, found = duties(
        county, people=people, declared=filed("interests"), shop={**SHOP, "phone_key": f"p{row}"}
    )
    assert recusals.select("person_id", "relation", "source").rows() == [(li, "同一电话", "系统比对")]
    assert someone(found, li) == []


def test_an_equal_name_alone_keeps_nobody_apart(county: County):
    li, recusals, found = duties(county, people=TWICE, declared=filed("interests"), shop={**SHOP, "legal_rep": "李明"})
    assert recusals.is_empty()
    assert someone(found, li)


def test_every_reason_is_told_with_its_source():
    several = samples.recusals(
        {"person_id": "P-0001"},
        {"person_id": "P-0001", "relation": "同一电话", "source": "系统比对"},
        {"expert_id": "E1"},
    )
    assert reasons_of(several.sample(fraction=1, shuffle=True, seed=1)) == {
        ("P-0001", samples.SHOP): "同一电话（系统比对）；近亲属任职（本人申报），依规定回避本次检查。",
        ("E1", samples.SHOP): "近亲属任职（本人申报），依规定回避本次检查。",
    }
    assert avoided_by(several) == {"P-0001": frozenset({samples.SHOP}), "E1": frozenset({samples.SHOP})}
