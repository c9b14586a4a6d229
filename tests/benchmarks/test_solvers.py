"""Every solver at hand finds the optimum: HiGHS always, OR-Tools where it is installed."""

import datetime as dt
from collections.abc import Sequence

import pytest

from benchmarks import evenest, solvers
from onevisit.visits.group import Check, fewest_visits
from onevisit.visits.match import Seats

AN, BO, CAI = (frozenset({one}) for one in ("an", "bo", "cai"))


def ours(objects: Sequence[Sequence[Check]], **limits: int) -> int:
    return sum(max(fewest_visits(checks, **limits)) + 1 for checks in objects)


LOADS = [evenest.evenest_loads, *([solvers.evenest_loads] if solvers.is_installed() else [])]
VISITS = [ours, *([solvers.fewest_visits] if solvers.is_installed() else [])]


def day(number: int) -> dt.date:
    return dt.date(2027, 3, number)


@pytest.mark.parametrize("evenest_loads", LOADS)
def test_loads_are_the_most_even_there_are(evenest_loads):
    demands: dict[str, Seats] = {"x": (AN | BO, AN | BO), "y": (AN | BO | CAI,), "z": (AN, AN | CAI)}
    assert evenest_loads(demands, {}) == [2, 2, 1]
    assert evenest_loads(demands, {"bo": 2, "du": 5}) == [5, 3, 2, 2]


@pytest.mark.parametrize("evenest_loads", LOADS)
def test_seats_that_cannot_all_be_taken_have_no_optimum(evenest_loads):
    with pytest.raises(ValueError, match=r"infeasible|cannot"):
        evenest_loads({"x": (AN, AN)}, {})


@pytest.mark.parametrize("fewest", VISITS)
def test_visits_are_parted_by_windows_caps_and_doors_kept_alone(fewest):
    together = [Check(day(1), day(9), "a"), Check(day(5), day(12), "b")]
    apart = [Check(day(1), day(4), "a"), Check(day(5), day(12), "b")]
    alone = [Check(day(1), day(9), "a"), Check(day(5), day(12), "b", "row")]
    assert fewest([together], max_items=2) == 1
    assert fewest([together], max_items=1) == 2
    assert fewest([together], max_items=2, max_departments=1) == 2
    assert fewest([together, apart, alone], max_items=2) == 5
