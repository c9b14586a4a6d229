"""Borrowing from district pools (片区): the fewest people who fill every team, and from where (policy IV.1).

A department that cannot field a visit asks a neighbour for exactly the people it lacks there. Nobody is
capped, so each visit's need is its own, and the sum of the least numbers is the least sum.
"""

import datetime as dt
from dataclasses import replace

from onevisit.visits.demand import Duty, Person


def missing_people(duty: Duty) -> int:
    """Return how many people able to check everything a department lacks at a door: 0 where it can field its team.

    The least number: every smaller one was tried, with the best people there could be.
    """
    codes, held = zip(*duty.needs, strict=True)
    for count in range(duty.seat_count):
        lent = [
            Person(f"+{n}", f"+{n}", dt.date.max, frozenset(codes), frozenset(one for one in held if one))
            for n in range(count)
        ]
        if replace(duty, people=(*duty.people, *lent)).seats:
            return count
    return duty.seat_count
