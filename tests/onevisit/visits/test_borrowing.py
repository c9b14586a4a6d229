"""Borrowing: exactly the missing people, from the pool that needs to send fewest, counted and never named."""

import datetime as dt
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.county import County, Pool
from onevisit.demo.pools import LENT, pool_files
from onevisit.filings.intake import Document, file_department
from onevisit.tables import frame_of
from onevisit.visits.borrowing import (
    Lender,
    borrowing_table,
    completed,
    fewest_lent,
    lender_of,
    missing_people,
    pools_table,
    units_short,
)
from onevisit.visits.demand import Duty, LendingPool, Person, shortages_of
from onevisit.visits.tables import Borrowing, Pools, Shortages, Teams
from tests.onevisit.visits.samples import FAR, HEALTH, SALT, YEAR, day

LAST = {"01": day("05-31")}
NOBODY = frame_of(Teams, [])


def person(name: str, scope: str, held: str = "", valid_to: dt.date = FAR) -> Person:
    return Person(name, name, valid_to, frozenset(scope), frozenset(held))


def duty(*people: Person, items: str = "a", needs: str = "", seats: int = 2) -> Duty:
    """A visit where the letters of `items` are checked; those in `needs` need a qualification of the same name."""
    wanted = tuple((one, one if one in needs else None) for one in items)
    return Duty("01", "", HEALTH, wanted, people, seats)


@pytest.mark.parametrize(
    ("one", "missing"),
    [
        (duty(person("p", "a"), person("q", "a")), 0),
        (duty(person("p", "a")), 1),
        (duty(), 2),
        (duty(person("p", "a"), person("q", "a"), needs="a"), 1),
        (duty(person("p", "a"), person("q", "b"), person("r", "c"), items="abc"), 1),
    ],
)
def test_as_many_are_missing_as_must_be_added(one: Duty, missing: int):
    assert missing_people(one) == missing


def test_the_pool_that_needs_to_send_fewest_is_asked_and_of_equals_the_first():
    short = duty(person("p", "a"), items="ab")
    halves = Lender("甲县", {HEALTH: [person("x", "a"), person("y", "b")]})
    whole = Lender("乙县", {HEALTH: [person("z", "ab")]})
    alike = Lender("丙县", {HEALTH: [person("z", "b")]})
    made = borrowing_table([short], [whole, alike, halves], LAST, NOBODY)
    Borrowing.validate(made, lazy=True)
    assert made.select("pool", "lent", "least", "is_least", "code").rows() == [("乙县", 1, 1, True, None)]
    assert borrowing_table([short], [alike, whole], LAST, NOBODY)["pool"].to_list() == ["丙县"]


def test_who_may_not_come_is_not_lent():
    short = duty(person("p", "a"))
    others = [person("x", "b"), person("y", "a", valid_to=day("05-30"))]
    made = borrowing_table(
        [short], [Lender("甲县", {HEALTH: others}), Lender("乙县", {"县公安局": [person("z", "a")]})], LAST, NOBODY
    )
    Borrowing.validate(made, lazy=True)
    row = made.row(0, named=True)
    assert (row["pool"], row["lent"], row["code"], row["is_least"]) == (None, 0, "V023", False)
    assert HEALTH in row["reason"]
    assert "至少还缺1名" in row["reason"]


PEOPLE = st.lists(
    st.tuples(st.sampled_from(["a", "b", "ab", "bc", "abc"]), st.sampled_from(["", "a", "b", "ab"])), max_size=4
)


@given(own=PEOPLE, others=PEOPLE, items=st.sampled_from(["a", "ab", "abc"]), needs=st.sampled_from(["", "a", "ab"]))
def test_no_fewer_would_do_and_the_proof_never_asks_for_more(
    own: list[tuple[str, str]], others: list[tuple[str, str]], items: str, needs: str
):
    def named(prefix: str, rows: list[tuple[str, str]]) -> list[Person]:
        people = [person(f"{prefix}{n}", scope, held) for n, (scope, held) in enumerate(rows)]
        return [one for one in people if one.scope & set(items)]

    mine, lent = named("p", own), named("q", others)
    wanted = {
        count
        for count in range(len(lent) + 1)
        for chosen in combinations(lent, count)
        if duty(*mine, *chosen, items=items, needs=needs).seats
    }
    found = fewest_lent(duty(*mine, items=items, needs=needs), lent)
    assert found == min(wanted, default=None)
    assert found is None or found >= missing_people(duty(*mine, items=items, needs=needs))
    assert fewest_lent(duty(*mine[::-1], items=items, needs=needs), lent[::-1]) == found


def test_a_neighbours_list_is_read_as_the_countys_own_and_only_counted(county: County):
    [pool] = county.pools
    filed = {
        (pool.name, department.name): file_department(
            department,
            [
                Document(name.rpartition("/")[2], data)
                for name, data in pool_files(county, year=YEAR, seed="s").items()
                if f"/{department.name}/" in name
            ],
            county,
            secret=SALT,
        )
        for department in county.lent_by(pool)
    }
    lender = lender_of(pool, list(filed.values()), county, year=YEAR)
    table = pools_table([lender], filed)
    Pools.validate(table, lazy=True)
    assert table.columns == ["pool", "department", "kept_count", "refused_count", "people"]
    assert set(table.select("kept_count", "refused_count", "people").iter_rows()) == {(LENT, 0, LENT)}


def test_a_pool_that_hands_in_nothing_lends_nobody(county: County):
    department = county.departments[0]
    pool = Pool(name="邻县", departments=[department.key])
    filed = {("邻县", department.name): file_department(department, [], county, secret=SALT)}
    lender = lender_of(pool, list(filed.values()), county, year=YEAR)
    assert pools_table([lender], filed).select("kept_count", "refused_count", "people").rows() == [(0, 0, 0)]


def lent_by(name: str, *people: Person, most: int | None = None) -> LendingPool:
    return LendingPool(name, people, most)


def test_a_pool_completes_a_team_that_is_one_short_beside_its_own():
    short = replace(duty(person("p", "a")), pools=(lent_by("甲县", person("x", "a"), person("y", "a")),))
    (made,) = completed([short], {})
    assert (made.lender, made.lent) == (short.pools[0], 1)
    assert made.seats == (frozenset({"x", "y"}), frozenset({"p"}))


def test_a_pool_sends_the_specialist_whom_many_of_its_own_are_not():
    own = [person(name, "ab") for name in "pqr"]
    short = replace(
        duty(*own, items="ab", needs="b"), pools=(lent_by("甲县", person("x", "b", "b"), person("y", "a")),)
    )
    (made,) = completed([short], {})
    assert made.lent == 1
    assert made.seats == (frozenset({"x"}), frozenset("pqr"))


def test_the_pool_that_lends_fewest_completes_a_team_and_of_equals_the_first():
    short = duty(person("p", "a"), seats=3)
    pools = (
        lent_by("甲县", person("x", "a")),
        lent_by("乙县", person("y", "a"), person("z", "a")),
        lent_by("丙县", person("u", "a"), person("v", "a")),
    )
    (made,) = completed([replace(short, pools=pools)], {})
    assert (made.lender, made.lent) == (pools[1], 2)


@pytest.mark.parametrize(
    "pools", [(), (lent_by("甲县"),), (lent_by("甲县", person("x", "a")),)], ids=["none", "empty", "unfit"]
)
def test_where_no_pool_can_complete_a_team_it_stays_a_shortage(pools: tuple[LendingPool, ...]):
    (made,) = completed([replace(duty(person("p", "a"), items="ab"), pools=pools)], {})
    assert not made.seats
    assert shortages_of([made])[0]["eligible"] == 1


def test_a_department_without_anybody_of_its_own_is_not_replaced_by_a_pool():
    (made,) = completed([replace(duty(), pools=(lent_by("甲县", person("x", "a"), person("y", "a")),))], {})
    assert (made.lender, made.seats) == (None, ())


def test_a_pool_lends_no_more_seats_a_year_than_agreed_and_then_the_next_one_does():
    full, next_one = lent_by("甲县", person("x", "a"), most=2), lent_by("乙县", person("y", "a"), most=1)
    three = [replace(duty(person("p", "a")), visit_id=f"0{n}", pools=(full, next_one)) for n in range(1, 4)]
    made = completed(three, {"甲县": 1})
    assert [one.lender and one.lender.name for one in made] == ["甲县", "乙县", None]
    assert "甲县、乙县有人可借" in str(shortages_of(made)[0]["reason"])


def test_a_team_that_its_department_fields_borrows_nobody():
    whole = replace(duty(person("p", "a"), person("q", "a")), pools=(lent_by("甲县", person("x", "a")),))
    assert completed([whole], {}) == [whole]


def test_what_was_drawn_from_a_pool_is_told_beside_what_is_proposed():
    team = {"visit_id": "01", "department": HEALTH, "ticket": "0" * 64, "is_specialist": False, "is_leader": False}
    teams = frame_of(
        Teams,
        [
            {**team, "person_id": "P-0001", "commitment": "1" * 64},
            {**team, "person_id": "P-片区-22222222", "commitment": "2" * 64, "lender": "甲县"},
        ],
    )
    made = borrowing_table([duty(person("p", "a"))], [], LAST, teams)
    Borrowing.validate(made, lazy=True)
    assert made.select("state", "pool", "lent", "least", "code").rows() == [("drawn", "甲县", 1, 1, None)]
    assert units_short(frame_of(Shortages, []), teams) == {("01", HEALTH)}
