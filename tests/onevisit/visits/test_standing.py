"""What stands: seats once drawn, over recusals told later, as the logs have them."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from onevisit.visits.demand import duties_of
from onevisit.visits.group import visits_of, with_visits
from onevisit.visits.recusal import reasons_of
from onevisit.visits.standing import TEAMS, after_recusals, kept, loads_of, open_duties, renewed
from onevisit.visits.teams import team_posts, teams_of
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, KEYS, ONE, POLICE, SHOP

ITEMS = samples.items({}, {"item_code": "GA-001", "department": POLICE})
POLICEMAN = {"department": POLICE, "item_codes": ["GA-001"]}
BOTH = (
    {},
    {},
    {},
    {"person_id": "P-0011", "certificate_no": "11", **POLICEMAN},
    {"person_id": "P-0012", "certificate_no": "12", **POLICEMAN},
)
LOTS: dict[str, Any] = {"pool": "510923", "department_keys": KEYS}


class Year:
    """A shop that both departments visit; P-0001 is listed by both."""

    def __init__(self, seed: str, shops: int = 1) -> None:
        self.seeds = {ONE: seed * 64}
        inspectors, sources = samples.people(*BOTH)
        twice = sources.filter(pl.col("person_id") == "P-0001").with_columns(
            department=pl.lit(POLICE), item_codes=pl.lit(["GA-001"])
        )
        owed = [
            {"object_id": f"DY-{number:04d}", **part}
            for number in range(1, shops + 1)
            for part in ({}, {"department": POLICE, "item_code": "GA-001"})
        ]
        self.owed = with_visits(samples.obligations(*owed).drop("visit_id"), samples.submitted(), max_items=8)
        self.visits = visits_of(self.owed, samples.tasks(), samples.submitted(), max_items=8)
        self.staff = samples.staff(self.owed, (inspectors, pl.concat([sources, twice])), listed=ITEMS)
        self.names = dict(self.staff[ONE].people.select("person_id", "name").iter_rows())
        self.present = frozenset(self.names.values())

    def run(self, log: str, *recused: str, gone: tuple[str, ...] = ()) -> tuple[pl.DataFrame, str, list[Any]]:
        """Return the seats, the log after it, and the duties without a team."""
        avoided = {self.names[one]: frozenset({SHOP}) for one in recused}
        staff = {ONE: replace(self.staff[ONE], avoided=avoided)}
        duties = duties_of(visits=self.visits, obligations=self.owed, staff=staff)
        ids = {name: one for one, name in self.names.items()}
        present = self.present - {self.names[one] for one in gone}
        standing = TEAMS.read(log)
        posts = team_posts(duties, staff, seeds=self.seeds, present=present, **LOTS)
        due = {(duty.visit_id, duty.department) for duty in duties}
        reasons = reasons_of(samples.recusals(*[{"person_id": one} for one in recused]))
        stands = after_recusals(kept(standing, TEAMS, due, ids), TEAMS, posts, reasons)
        waiting = open_duties(duties, stands, standing, present)
        rows = teams_of(waiting, staff, seeds=self.seeds, grouped=frozenset(), carried=loads_of(stands), **LOTS)
        now = renewed(pl.concat([TEAMS.seats(rows), stands]), TEAMS, posts)
        unfielded = [duty for duty in waiting if not duty.seats]
        return now, log + TEAMS.new_lines(now, standing), unfielded


def of(seats: pl.DataFrame, department: str) -> list[str]:
    return sorted(seats.filter(pl.col("department") == department, pl.col("visit_id").str.contains(SHOP))["person_id"])


@pytest.mark.parametrize("seed", "abcdef")
def test_nobody_comes_for_one_department_who_sits_there_for_the_other(seed: str):
    year = Year(seed)
    first, log, _ = year.run("")
    # Listed by both, P-0001 is drawn for one or an alternate; a recusal may make the other the scarcer one.
    assert set(first["person_id"]) <= set(year.names)
    for recused in ("P-0002", "P-0003", "P-0011", "P-0012"):
        now, after, unfielded = year.run(log, recused)
        assert now["commitment"].is_unique().all()
        assert recused not in now["person_id"]
        assert {duty.department for duty in unfielded} | set(now["department"]) == {HEALTH, POLICE}
        again, told, _ = year.run(after, recused)
        assert again.drop("take").equals(now.drop("take"))
        assert told == after


@pytest.mark.parametrize("seed", "abc")
def test_a_recusal_taken_back_changes_nothing_that_came_of_it(seed: str):
    year = Year(seed, shops=3)
    first, log, _ = year.run("")
    someone = next(one["person_id"] for one in first.rows(named=True) if one["alternate"] and SHOP in one["visit_id"])
    now, after, _ = year.run(log, someone)
    assert someone not in now.filter(pl.col("visit_id").str.contains(SHOP))["person_id"]
    assert year.run(after)[1].startswith(after)
    taken_back = year.run(after)[0].sort("visit_id", "commitment")
    assert taken_back["commitment"].equals(now.sort("visit_id", "commitment")["commitment"])


def test_recusals_told_one_after_the_other_are_each_in_the_log():
    year = Year("a", shops=3)
    first, log, _ = year.run("")
    (one, *_) = of(first, POLICE if "P-0001" in of(first, HEALTH) else HEALTH)
    _, second, _ = year.run(log, one)
    third, log_after, _ = year.run(second, one, "P-0001")
    assert log_after.startswith(second)
    assert second.startswith(log)
    assert not {one, "P-0001"} & set(third.filter(pl.col("visit_id").str.contains(SHOP))["person_id"])


def test_a_log_from_before_there_were_alternates_is_read_and_gets_them():
    year = Year("a")
    first, _, _ = year.run("")
    bare = first.drop("alternate", "alternate_ticket", "replaces", "reason").with_columns(take=pl.lit(1))
    old = "".join(f"{line}\n" for line in bare.write_ndjson().splitlines())
    now, _, _ = year.run(old)
    assert (
        now.select("commitment", "alternate")
        .sort(pl.all())
        .equals(first.select("commitment", "alternate").sort(pl.all()))
    )


def test_the_order_of_the_log_makes_no_difference():
    year = Year("b", shops=3)
    _, log, _ = year.run("")
    mixed = "".join(f"{line}\n" for line in reversed(log.splitlines()))
    assert year.run(log, "P-0002")[0].equals(year.run(mixed, "P-0002")[0])
    assert year.run(log, "P-0002")[1][len(log) :] == year.run(mixed, "P-0002")[1][len(mixed) :]


def test_an_alternate_who_may_not_be_sent_any_more_is_replaced_in_the_log_once():
    year = Year("a", shops=3)
    first, log, _ = year.run("")
    waiting = {name: one for one, name in year.names.items()}[first["alternate"].drop_nulls()[0]]
    now, after, _ = year.run(log, gone=(waiting,))
    assert now["person_id"].sort().equals(first["person_id"].sort())
    assert year.names[waiting] not in now["alternate"]
    assert len(after) > len(log)
    assert TEAMS.read(after)["alternate"].null_count() == now["alternate"].null_count()
    assert year.names[waiting] not in TEAMS.read(after)["alternate"]
    assert year.run(after, gone=(waiting,))[1] == after


def test_who_may_not_be_sent_today_is_called_neither_for_a_place_nor_for_a_team_that_fell():
    year = Year("b")
    first, log, _ = year.run("")
    drawn = of(first, HEALTH)
    idle = tuple(set(year.names) - set(first["person_id"]))
    now, after, unfielded = year.run(log, drawn[0], gone=idle)
    assert of(now, HEALTH) == []
    assert [(duty.department, [one.person_id for one in duty.people]) for duty in unfielded] == [(HEALTH, drawn[1:])]
    # Whoever may be sent again fills the place.
    back, _, unfielded = year.run(after, drawn[0])
    assert drawn[1] in of(back, HEALTH)
    assert unfielded == []
