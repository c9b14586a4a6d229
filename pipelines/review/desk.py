"""What lies on the reviewer's desk: the plan as exported, the decision log, and what they add up to.

Everything is read from the exported tables and the log, and kept until a file changes. Whatever is
written goes through `Desk.record`: read under the lock that runs hold, answer rendered, then appended.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import polars as pl

from assets.clock import now
from assets.decisions import append_decisions, decision_logs
from onevisit.county import County
from onevisit.decisions import Decision, Entry, extended
from onevisit.errors import Problem
from onevisit.plan import signoff
from onevisit.plan.questions import PlanTables, Question, plan_tables, questions_of
from onevisit.plan.readiness import blockers, uncounted
from onevisit.plan.rulings import Topic, rulings
from onevisit.plan.schemes import PlanOnPaper, schemes
from onevisit.plan.tables import Decisions, Scope, TaskItems
from onevisit.plan.versions import KeptPlan
from onevisit.tables import Table
from pipelines.lock import alone
from pipelines.settings import Settings
from pipelines.summary import exported

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """One version of the plan as the tables hold it."""

    tables: PlanTables
    """Its rulings are those it was made with."""
    signed: KeptPlan
    """What a signature is put under."""
    fingerprint: str
    """Empty while there is no plan."""
    is_whole: bool
    """Whether one run made it to its end, which is when a plan is kept."""
    record_count: int
    """How long the year's decision log was then."""


@dataclass(frozen=True)
class View:
    """The plan and the log at one moment."""

    county: County
    year: int
    plan: Plan
    logs: Sequence[tuple[int, Sequence[Decision]]]

    @property
    def fingerprint(self) -> str:
        """The plan's fingerprint, empty while there is none."""
        return self.plan.fingerprint

    @cached_property
    def log(self) -> list[Decision]:
        """The year's decision log."""
        return [record for year, log in self.logs if year == self.year for record in log]

    @cached_property
    def tables(self) -> PlanTables:
        """The plan's tables with the rulings as they stand in the log now."""
        return replace(self.plan.tables, rulings=rulings(self.logs, self.year))

    @cached_property
    def questions(self) -> list[Question]:
        """Every question, with the ruling in effect."""
        return questions_of(self.tables)

    @cached_property
    def by_key(self) -> Mapping[tuple[Topic, str], Question]:
        """Questions by topic and subject."""
        return {question.key: question for question in self.questions}

    @cached_property
    def uncounted_count(self) -> int:
        """How many rulings the plan was not made with yet."""
        made, records = self.plan.tables.rulings, self.plan.record_count
        return uncounted(self.tables.rulings, made, year=self.year, record_count=records).height

    @cached_property
    def blockers(self) -> list[Problem]:
        """What stands in the way of signing."""
        return blockers(self.tables, self.questions, uncounted_count=self.uncounted_count, is_whole=self.plan.is_whole)

    @cached_property
    def words(self) -> pl.DataFrame:
        """What participants say of the schemes by now, as the table `Schemes`."""
        tables = self.tables
        paper = PlanOnPaper(tables.tasks, self.plan.signed.task_items, tables.submitted, tables.items)
        return schemes(paper, tables.rulings)

    @cached_property
    def told(self) -> list[str]:
        """What whoever signs should know and may sign all the same, in Chinese."""
        return [*self.plan.tables.capacity.drop_nulls("reason")["reason"], *self.plan.tables.unkept["reason"]]

    @cached_property
    def standing(self) -> signoff.Standing:
        """Where this version of the plan stands."""
        return signoff.standing(self.log, self.fingerprint)

    def with_entries(self, entries: Sequence[Entry]) -> "View":
        """Return the view after entries were appended to the year's log."""
        longer = extended(self.log, entries)
        others = [(year, log) for year, log in self.logs if year != self.year]
        return replace(self, logs=[*others, (self.year, longer)])


class Desk:
    """Reads what a county decides on in one year, and records what is decided."""

    def __init__(self, settings: Settings, county: County, year: int) -> None:
        self.settings = settings
        self.county = county
        self.year = year
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._plan: tuple[object, Plan] | None = None
        self._view: tuple[object, View] | None = None

    def look(self) -> View:
        """Return what is on the desk now. Raises RefusedError (P060) when a log was tampered with."""
        folders = self.settings.folders
        with self._reading:
            tables = _state(sorted(folders.exports(self.year).glob("*.parquet")))
            if self._plan is None or self._plan[0] != tables:
                self._plan = tables, read_plan(self.settings, self.county, self.year)
            logs = _state([folders.decisions(year) for year in folders.sealed_years() if year <= self.year])
            if self._view is None or self._view[0] != (tables, logs):
                view = View(self.county, self.year, self._plan[1], decision_logs(folders, self.year))
                self._view = (tables, logs), view
            return self._view[1]

    def record(self, make: Callable[[View], tuple[Sequence[Entry], Callable[[View], T]]]) -> T:
        """Append the entries that `make` returns for what is on the desk, and return what it makes of the view after.

        The answer is made before anything is written: if that fails, nothing is. Raises RefusedError:
        C005 when a run holds the data, P060, and whatever `make` refuses.
        """
        with self._writing, alone(self.settings):
            before = self.look()
            entries, answer_of = make(before)
            after = before.with_entries(entries)
            answer = answer_of(after)
            append_decisions(self.settings.folders, self.year, after.log[len(before.log) :])
        return answer

    def now(self) -> str:
        """Return the moment as the log has it."""
        return now(self.county)


def read_plan(settings: Settings, county: County, year: int) -> Plan:
    """Read the plan from the exported tables."""

    def read(model: type[Table]) -> pl.DataFrame:
        return exported(settings.folders, model, year)

    tables = plan_tables(read, year=year, rules=county.plan)
    signed = KeptPlan(tables.submitted, read(Scope), tables.tasks, read(TaskItems))
    frames = (signed.submitted, signed.scope, signed.tasks, signed.task_items)
    fingerprint = signoff.plan_fingerprint(*frames) if tables.tasks.height else ""
    is_whole = fingerprint != "" and (settings.folders.plans(year) / fingerprint).is_dir()
    return Plan(tables, signed, fingerprint, is_whole, _last_record(read(Decisions)))


def _last_record(decisions: pl.DataFrame) -> int:
    """Return the number in the log of the last record the tables know of."""
    return int(decisions["seq"].tail(1).sum())


def _state(paths: Sequence[Path]) -> object:
    found = [(path, path.stat()) for path in paths if path.exists()]
    return tuple((path, stat.st_mtime_ns, stat.st_size, stat.st_ino) for path, stat in found)
