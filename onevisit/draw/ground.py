"""What rounds are frozen from, and the rounds of a demonstration held one after the other.

Whoever holds a round keeps its evidence; nothing here writes it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from onevisit.county import County
from onevisit.draw.demonstration import Script, goes_void, hold
from onevisit.draw.evidence import Evidence, held_of
from onevisit.draw.freeze import SignedPlan
from onevisit.draw.frozen import Disclosure
from onevisit.draw.rounds import Held, Round, due, plan_rounds, provisional_problems
from onevisit.errors import RefusedError
from onevisit.plan.rosters import narrowed
from onevisit.visits.staff import Registers, staff_files


def planned_rounds(past: Iterable[Held], tasks: pl.DataFrame, county: County, year: int) -> list[Round]:
    """Return the rounds still to be held."""
    return plan_rounds(tasks, past, days=county.working_days(year), days_before=county.draw.days_before_window)


@dataclass(frozen=True, slots=True)
class Ground:
    """What every round of a year is frozen from."""

    plan: SignedPlan
    objects: pl.DataFrame
    history: Mapping[Disclosure, bytes]
    """history.tsv of a round of either kind."""
    held: dict[str, Evidence]
    """Attempts held before: serial -> evidence."""
    registers: Registers
    tasks: pl.DataFrame
    task_items: pl.DataFrame
    rosters: pl.DataFrame
    county: County
    year: int
    secret: str
    """Salts people's commitments."""

    def staff(self, one: Round) -> dict[str, bytes]:
        """Return the frozen files about people of a round."""
        task_items = self.task_items.filter(pl.col("task_id").is_in(list(one.starts)))
        sources = narrowed(self.registers.sources, self.rosters, tasks=self.tasks, task_items=task_items)
        return staff_files(
            replace(self.registers, sources=sources),
            task_items=task_items,
            scope=self.plan.scope,
            seat_count=self.county.visits.inspectors_per_department,
            year=self.year,
            department_keys=self.county.department_keys,
            secret=self.secret,
        )

    def earlier(self, one: Round, held: Mapping[str, Evidence]) -> Evidence | None:
        """Return the void attempt before this one, of those held."""
        serial = one.serial(self.county.code, self.year)
        return held.get(f"{serial.rpartition('-')[0]}-{one.attempt - 1}")


def hold_due(
    script: Script, ground: Ground, tasks: pl.DataFrame, seeds: Mapping[int, str] | None = None
) -> Iterator[tuple[str, Evidence]]:
    """Hold every round of a demonstration that is due on its scripted day: serial and evidence, one after the other.

    `seeds` are the seeds of rounds that have one of their own, by number. What was held before is in the ground.
    Raises RefusedError on days nobody has declared.
    """
    county, year, held = ground.county, ground.year, dict(ground.held)
    past = [held_of(files) for files in held.values()]
    waiting = due(planned_rounds(past, tasks, county, year), script.today)
    days, start_within = county.working_days(year), county.visits.start_within_workdays
    if problems := provisional_problems(waiting, days, start_within=start_within):
        raise RefusedError(problems)
    while waiting:
        one = waiting[0]
        serial = one.serial(county.code, year)
        held[serial] = hold(
            replace(script, seed=(seeds or {}).get(one.number, script.seed)),
            ground.plan,
            one,
            objects=ground.objects,
            history=ground.history[one.disclosure],
            staff=ground.staff(one),
            is_void=goes_void(one, past),
            earlier=ground.earlier(one, held),
        )
        yield serial, held[serial]
        past.append(held_of(held[serial]))
        waiting = due(planned_rounds(past, tasks, county, year), script.today)
