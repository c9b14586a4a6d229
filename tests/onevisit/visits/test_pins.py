"""Pinned days: what has come near is kept, what cannot be kept says why, and the log is only ever appended to."""

import datetime as dt

import polars as pl
import pytest

from onevisit.calendar import WorkingDays
from onevisit.visits.pins import Proposal, pinned_days, proposal_lines, read_proposals
from onevisit.visits.schedule import Door, schedule_table
from onevisit.visits.tables import Schedule
from tests.onevisit.visits.samples import SHOP
from tests.onevisit.visits.test_schedule import MONTH, calendar, day, door


class Year:
    """A schedule made again and again, with its log."""

    def __init__(self) -> None:
        self.log = ""

    def run(
        self, *doors: Door, today: int, near: int = 5, printed: frozenset[str] = frozenset(), days: WorkingDays = MONTH,
        min_days: int | None = None,
    ) -> pl.DataFrame:  # fmt: skip
        proposals = read_proposals(self.log)
        made = schedule_table(
            doors,
            days,
            visits_per_day=1,
            min_days=min_days,
            proposals=proposals,
            pinned=pinned_days(proposals, until=day(today + near), printed=printed),
        )
        Schedule.validate(made, lazy=True)
        self.log += proposal_lines(made, proposals, told_on=day(today))
        return made


def days_of(made: pl.DataFrame) -> list[int | None]:
    return [on and on.day for on in made["visit_on"]]


FIRST, SECOND = door(1, 1, 20, batch=1, batches=2), door(2, 1, 20, batch=2, batches=2)
NEWCOMER = door(0, 1, 3, batch=1, batches=2)
"""It would come first on the days the others hold."""


def test_a_day_that_is_near_is_kept_though_another_visit_would_take_it_now():
    year = Year()
    assert days_of(year.run(FIRST, SECOND, today=0)) == [1, 11]
    assert days_of(year.run(NEWCOMER, FIRST, SECOND, today=0)) == [2, 1, 11]
    # Unpinned the newcomer comes first.
    assert days_of(Year().run(NEWCOMER, FIRST, SECOND, today=0)) == [1, 2, 11]


def test_a_day_far_away_may_still_change():
    year, later = Year(), door(1, 11, 20)
    assert days_of(year.run(later, today=0)) == [11]
    assert days_of(year.run(door(0, 11, 11), later, today=0)) == [11, 12]
    assert year.run(door(0, 11, 11), later, today=0)["moved_from"].null_count() == 2


def test_a_visit_whose_papers_were_printed_keeps_its_day_however_far():
    year, later = Year(), door(1, 11, 20)
    year.run(later, today=0)
    assert days_of(year.run(door(0, 11, 12), later, today=0, printed=frozenset({"001"}))) == [12, 11]


def test_a_day_that_lies_behind_is_kept_though_no_run_saw_it_come_near():
    year, later = Year(), door(1, 11, 20)
    year.run(later, today=0)
    assert days_of(year.run(door(0, 11, 12), later, today=19)) == [12, 11]


@pytest.mark.parametrize(
    ("changed", "days", "why"),
    [
        (door(1, 5, 20), MONTH, "已不是可以上门的工作日"),
        (door(1, 1, 20), calendar("." + "w" * 29), "已不是可以上门的工作日"),
        (door(1, 1, 20, people=""), MONTH, "没有抽出的检查人员"),
    ],
)
def test_a_day_that_became_impossible_says_why_and_goes_on_saying_so(changed: Door, days: WorkingDays, why: str):
    year = Year()
    year.run(door(1, 1, 20), today=0)
    for _ in range(2):
        [row] = year.run(changed, today=0, days=days).iter_rows(named=True)
        assert row["moved_from"] == day(1)
        assert why in row["moved_why"]
        assert row["visit_on"] != day(1)


def test_of_two_pinned_visits_whose_people_became_the_same_one_moves_and_says_why():
    year = Year()
    year.run(door(1, 1, 9, people="a"), door(2, 1, 9, people="b"), today=0)
    made = year.run(door(1, 1, 9, people="a"), door(2, 1, 9, people="a"), today=0)
    assert days_of(made) == [1, 2]
    assert made["moved_from"].to_list() == [None, day(1)]
    assert "已经排满" in made["moved_why"][1]


def test_a_pinned_day_makes_room_for_nobody_and_keeps_the_others_of_its_object_apart():
    year = Year()
    year.run(door(1, 1, 20, at=SHOP), today=0)
    made = year.run(door(1, 1, 20, at=SHOP), door(2, 1, 20, at=SHOP, people="c"), today=0, min_days=5)
    assert days_of(made) == [1, 6]
    held = Year()
    held.run(door(1, 1, 9), today=0)
    assert days_of(held.run(door(1, 1, 9), door(2, 1, 1), today=0)) == [1, None]


def test_the_same_day_again_adds_no_line_and_what_is_written_is_read_back():
    year = Year()
    made = year.run(FIRST, SECOND, today=0)
    before = year.log
    assert year.run(FIRST, SECOND, today=1).equals(made)
    assert year.log == before
    assert read_proposals(before) == {
        "001": Proposal(dt.date(2027, 6, 1), None, None),
        "002": Proposal(dt.date(2027, 6, 11), None, None),
    }
