"""Fixed groups (分组): a department's people dealt into pairs by lot, once per round.

A pair then goes wherever its group is drawn. Who is dealt to whom is chance among those who can
check the same things: a pair without an item in common could be sent nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from onevisit.draw.form import sha256
from onevisit.visits.demand import Duty, Person, able_items


@dataclass(frozen=True, slots=True)
class Group:
    """One fixed group; its name is what is drawn."""

    number: int
    people: tuple[Person, ...]

    @property
    def name(self) -> str:
        """The group as tickets name it."""
        return f"group-{self.number:02d}"


def deal(people: Sequence[Person], *, lot_key: str, department: str, size: int) -> list[Group]:
    """Deal a department's people (its ASCII key in the lot) into groups; who is left over joins none.

    The first in order of lot gets, one by one, the partner with most items in common with the group,
    by lot among equals.
    """
    waiting = sorted(people, key=lambda one: sha256(f"{lot_key}|{department}|{one.name}"))
    groups: list[Group] = []
    while len(waiting) >= size:
        members = [waiting.pop(0)]
        while len(members) < size:
            common = frozenset[str].intersection(*(one.scope for one in members))
            partner = max(waiting, key=lambda one: len(common & one.scope))
            waiting.remove(partner)
            members.append(partner)
        groups.append(Group(len(groups) + 1, tuple(members)))
    return groups


def is_fit(group: Group, duty: Duty) -> bool:
    """Tell whether a whole group may go: nobody recused or unfit, and together able to check every item."""
    if not set(group.people) <= set(duty.people):
        return False
    able = frozenset[str]().union(*(able_items(one, duty.needs) for one in group.people))
    return all(item in able for item, _ in duty.needs)
