"""Improving a plan that greedy merging made: a row or a group goes where it saves more.

Greedy merging never takes a step back, so an early step can keep a better one out. Here a row, or a
whole group, is put into another group; the rows that stand in its way leave that group and go each
where it saves most. A change stays when the whole plan then opens fewer doors. No chance is involved:
the same plan gives the same groups.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from onevisit.plan.groups import Groups

Part = frozenset[int]
"""Places of groups that are now one."""


def improved(start: Groups, parts: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return a partition of places of `start` that opens no more doors than `parts`, each part sorted.

    Whatever may share a part by the rules still does, and nothing else.
    """
    search = _Search(start, parts)
    while search.takes_a_step():
        pass
    return sorted(sorted(part) for part in set(search.home.values()))


class _Search:
    """A partition, and what is known of every part looked at so far."""

    def __init__(self, start: Groups, parts: Sequence[Sequence[int]]) -> None:
        self.home: dict[int, Part] = {place: part for part in map(frozenset, parts) for place in part}
        self._start = start
        self._friends = {place: frozenset(np.flatnonzero(start.may_join(place)).tolist()) for place in self.home}
        self._items = [_bits(flags) for flags in start.items]
        self._departments = [_bits(flags) for flags in start.departments]
        self._doors: dict[Part, int] = {frozenset(): 0}
        self._hopes: dict[Part, list[tuple[int, int]]] = {}
        self._vain: set[tuple[Part, Part, Part]] = set()
        """Changes that did not help; tried again only when one of their parts is another."""

    def takes_a_step(self) -> bool:
        """Make the first change that helps, the most promising tried first; tell whether there was one."""
        hopes = (one for one in self._promising() if one[1:] not in self._vain)
        for _, moved, source, target in sorted(hopes, key=lambda one: (-one[0], *map(sorted, one[1:]))):
            if self._changes(moved, source, target):
                return True
            self._vain.add((moved, source, target))
        return False

    def _promising(self) -> Iterator[tuple[int, Part, Part, Part]]:
        """Give the changes that help if nothing stands in their way: what each would save, what moves, from, to."""
        parts = set(self.home.values())
        for target in parts:
            for place, saved in self._saved_with(target):
                alone, source = frozenset([place]), self.home[place]
                lost = self._of(alone) + self._of(source - alone) - self._of(source)
                if source != target and saved > lost:
                    yield saved - lost, alone, source, target
        many = [part for part in parts if len(part) > 1]
        for source in many:
            for target in many:
                if source != target and any(not self._friends[place].isdisjoint(target) for place in source):
                    saved = self._of(source) + self._of(target) - self._of(source | target)
                    if saved > 0:
                        yield saved, source, source, target

    def _changes(self, moved: Part, source: Part, target: Part) -> bool:
        """Put what moves into the target and what stood in its way elsewhere, if that helps; tell whether it did."""
        kept = frozenset(place for place in target if moved <= self._friends[place])
        joined, rest = kept | moved, source - moved
        if not self._stands(joined):
            return False
        before = dict(self.home)
        saved = self._of(source) + self._of(target) - self._of(joined) - self._of(rest)
        out = sorted(target - kept, key=lambda place: (-self._of(frozenset([place])), place))
        for place in out:
            del self.home[place]
        self._settle([joined, rest])
        saved -= sum(self._placed(place) for place in out)
        if saved <= 0:
            self.home = before
        return saved > 0

    def _placed(self, place: int) -> int:
        """Put a place without a part where it saves most; return how many more doors that opens."""
        alone, friends = frozenset([place]), self._friends[place]
        known = {self.home[friend] for friend in friends if friend in self.home}
        fitting = [part for part in known if part <= friends and self._stands(part | alone)]
        more, _, best = min(
            [
                (self._of(alone), len(self._items), frozenset[int]()),
                *((self._of(part | alone) - self._of(part), min(part), part) for part in fitting),
            ],
            key=lambda one: one[:2],
        )
        self._settle([best | alone])
        return more

    def _settle(self, parts: Iterable[Part]) -> None:
        self.home |= {place: part for part in parts for place in part}

    def _stands(self, part: Part) -> bool:
        """Tell whether the caps hold for a part; that no two are stopped is for the caller to see to."""
        items = departments = 0
        for place in part:
            items |= self._items[place]
            departments |= self._departments[place]
        rules = self._start.rules
        return items.bit_count() <= rules.merge_max_items and departments.bit_count() <= rules.merge_max_departments

    def _saved_with(self, part: Part) -> list[tuple[int, int]]:
        """Return (place, saved) of each place that may join some of a part and would save something with it."""
        if part not in self._hopes:
            friends = frozenset[int]().union(*(self._friends[place] for place in part))
            places = np.array(sorted(friends), dtype=np.int64)
            saved = np.minimum(self._start.rates[places], self._top(part)) @ self._start.sizes
            hopes = zip(places.tolist(), saved.tolist(), strict=True)
            self._hopes[part] = [(place, one) for place, one in hopes if one > 0]
        return self._hopes[part]

    def _of(self, part: Part) -> int:
        """Return how many doors a part opens, in objects times parts."""
        if part not in self._doors:
            self._doors[part] = int(self._top(part) @ self._start.sizes)
        return self._doors[part]

    def _top(self, part: Part) -> np.ndarray:
        return self._start.rates[sorted(part)].max(axis=0)


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << number for number, flag in enumerate(flags) if flag)
