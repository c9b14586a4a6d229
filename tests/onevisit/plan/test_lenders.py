"""Lenders: who could come from a neighbour for what the plan cannot do, counted before it is public."""

import datetime as dt

import polars as pl

from onevisit.plan.lenders import lenders_table
from onevisit.plan.tables import Capacity, Lenders
from onevisit.tables import conform, frame_of
from onevisit.visits.borrowing import Lender
from onevisit.visits.demand import Person
from tests.onevisit.plan import samples

MAY, ALWAYS = dt.date(2027, 5, 31), dt.date(2030, 1, 1)


def person(name: str, *codes: str, held: str = "", valid_to: dt.date = ALWAYS) -> Person:
    return Person(name, name, valid_to, frozenset(codes), frozenset({held} - {""}))


def short(*codes: str, visits: int = 2, people: int = 1) -> dict[str, object]:
    window = {"starts_on": dt.date(2027, 5, 1), "ends_on": MAY}
    return {"department": samples.POLICE, "item_codes": codes, "visits_short": visits, "people_short": people, **window}


def test_whoever_can_check_all_of_it_to_the_last_day_is_counted_and_nobody_else():
    items = samples.items().with_columns(
        qualification=pl.when(pl.col("item_code") == "GA-011").then(pl.lit("爆破资格"))
    )
    people = [
        person("p", "GA-002", "GA-011", held="爆破资格"),
        person("q", "GA-002", "GA-011"),
        person("r", "GA-011", held="爆破资格"),
        person("s", "GA-002", "GA-011", held="爆破资格", valid_to=dt.date(2027, 5, 30)),
    ]
    lenders = [Lender("甲县", {samples.POLICE: people}), Lender("乙县", {samples.MARKET: people})]
    capacity = frame_of(
        Capacity,
        [short("GA-002", "GA-011"), short("GA-011", people=3), short(people=3), short("GA-002", visits=0, people=0)],
    )
    made = lenders_table(capacity, lenders, items)
    conform(Lenders, Lenders.validate(made))
    assert made.select("pool", "can_lend", "is_enough").rows() == [
        ("甲县", 1, True),
        ("乙县", 0, False),
        ("甲县", 2, False),
        ("乙县", 0, False),
        ("甲县", 3, True),
        ("乙县", 0, False),
    ]
