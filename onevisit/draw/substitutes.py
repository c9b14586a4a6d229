"""Who takes the place of a drawn business that is lost (递补; protocol, section 7).

Neither the bureau nor any single holder of a chain can foresee it: every substitution takes one
more code of every chain, shown only after the reason is in the trail.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from onevisit.draw.ceremony import chain_code
from onevisit.draw.form import CODE, HASH, OBJECT_ID, lines_of, sha256
from onevisit.draw.frozen import STRATUM, Frozen
from onevisit.errors import Problem, RefusedError, problem

NOBODY = "-"
"""Written where no object is left to take."""

Place = tuple[str, str, str]
"""Task, item and stratum."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A line of CODES: the business lost in a task, and the codes shown for it, in order of holder."""

    number: int
    task: str
    lost: str
    codes: tuple[str, ...]

    def line(self) -> str:
        """Return the loss as its line of CODES."""
        return "\t".join((str(self.number), self.task, self.lost, *self.codes)) + "\n"


@dataclass(frozen=True, slots=True)
class Taken:
    """A line of substitutes.tsv: who is taken for the lost one in one item."""

    number: int
    task: str
    item: str
    lost: str
    new: str

    def row(self) -> tuple[str, ...]:
        """Return the fields of the line."""
        return (str(self.number), self.task, self.item, self.lost, self.new)


@dataclass(slots=True)
class _Round:
    """Who holds a place in the round as losses go on."""

    held: dict[Place, set[str]]
    lost: dict[str, set[str]] = field(default_factory=dict[str, set[str]])


def losses_of(frozen: Frozen, codes_file: bytes) -> list[Loss]:
    """Read CODES. Raises RefusedError: a wrong number, more than the chains hold, a code not of its chain."""
    problems: list[Problem] = []
    form = "\t".join(("[1-9][0-9]*", CODE, OBJECT_ID, *[HASH] * len(frozen.chains)))
    losses: list[Loss] = []
    for row, line in enumerate(lines_of("CODES", codes_file, problems), start=1):
        if not re.fullmatch(form, line):
            problems.append(problem("D050", file="CODES", row=row))
            continue
        number, task, lost, *codes = line.split("\t")
        loss = Loss(int(number), task, lost, tuple(codes))
        problems += _chain_problems(frozen, loss, row)
        losses.append(loss)
    if problems:
        raise RefusedError(problems)
    return losses


def _chain_problems(frozen: Frozen, loss: Loss, row: int) -> list[Problem]:
    if loss.number != row:
        return [problem("D051", file="CODES", row=row)]
    if loss.number > frozen.settings.substitutes:
        return [problem("D052", file="CODES", row=row, most=frozen.settings.substitutes)]
    return [
        problem("D053", file="CODES", row=row, value=holder)
        for (holder, head), code in zip(sorted(frozen.chains.items()), loss.codes, strict=True)
        if chain_code(code, loss.number) != head
    ]


def substitutes(frozen: Frozen, seed: str, drawn: pl.DataFrame, losses: list[Loss]) -> list[Taken]:
    """Return who is taken for every loss, item by item, in order.

    Raises RefusedError (D054) for a business that is not drawn or taken in its task, or was lost before.
    """
    marks: dict[str, str] = dict(frozen.objects.select("id", "mark").iter_rows())
    places = drawn.group_by(STRATUM, maintain_order=True).agg("id")
    now = _Round({(task, item, stratum): set(ids) for task, item, stratum, ids in places.iter_rows()})
    tasks = {loss.task for loss in losses}
    reach = _reach(frozen.scope.filter(pl.col("task").is_in(sorted(tasks))))
    return [taken for loss in losses for taken in _take(loss, now, reach=reach, marks=marks, seed=seed)]


def _reach(scope: pl.DataFrame) -> dict[Place, list[str]]:
    grouped = scope.group_by(STRATUM, maintain_order=True).agg("id")
    return {(task, item, stratum): ids for task, item, stratum, ids in grouped.iter_rows()}


def _take(
    loss: Loss, now: _Round, *, reach: Mapping[Place, list[str]], marks: Mapping[str, str], seed: str
) -> list[Taken]:
    gone = now.lost.setdefault(loss.task, set())
    places = sorted(place for place, ids in now.held.items() if place[0] == loss.task and loss.lost in ids)
    if not places or loss.lost in gone:
        raise RefusedError([problem("D054", file="CODES", row=loss.number, value=f"{loss.task} {loss.lost}")])
    gone.add(loss.lost)
    # One key for all its items, so that the new visit stays one visit where scopes allow.
    lot = sha256(f"ov1/sub\n{seed}\n" + "".join(f"{code}\n" for code in loss.codes))[:32]
    taken: list[Taken] = []
    for place in places:
        free = (i for i in reach[place] if i not in now.held[place] and i not in gone)
        _, new = min(((sha256(f"{lot}|{marks[i]}"), i) for i in free), default=("", NOBODY))
        if new != NOBODY:
            now.held[place].add(new)
        taken.append(Taken(loss.number, loss.task, place[1], loss.lost, new))
    return taken
