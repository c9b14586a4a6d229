"""Borrowing: exactly the missing people, from the pool that needs to send fewest, counted and never named."""

import datetime as dt
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.county import County, Pool
from onevisit.demo.pools import LENT, pool_files
from onevisit.filings.intake import Document, file_department
from onevisit.visits.borrowing import (
    Lender,
    borrowing_table,
    fewest_lent,
    lender_of,
    missing_people,
    pools_table,
)
from onevisit.visits.demand import Duty, Person
from onevisit.visits.tables import Borrowing, Pools
from tests.onevisit.visits.samples import FAR, HEALTH, SALT, YEAR, day

LAST = {"01": day("05-31")}


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
    made = borrowing_table([short], [whole, alike, halves], LAST)
    Borrowing.validate(made, lazy=True)
    assert made.select("pool", "lent", "least", "is_least", "code").rows() == [("乙县", 1, 1, True, None)]
    assert borrowing_table([short], [alike, whole], LAST)["pool"].to_list() == ["丙县"]


def test_who_may_not_come_is_not_lent():
    short = duty(person("p", "a"))
    others = [person("x", "b"), person("y", "a", valid_to=day("05-30"))]
    made = borrowing_table(
        [short], [Lender("甲县", {HEALTH: others}), Lender("乙县", {"县公安局": [person("z", "a")]})], LAST
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
