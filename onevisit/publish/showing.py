"""What the site shows: the public tables as records, joined, counted and in a fixed order.

Nothing here knows HTML; `site.py` puts the records on pages. The order of input rows is of no account.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, TypeVar

import polars as pl

from onevisit.results.vocabulary import CLEAN, HARMLESS

Verdict = Literal["clean", "problem", "none"]
"""Of one result: nothing found, a problem found, or nothing there to check (closed, moved, no such business)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the list."""

    code: str
    department: str
    category: str
    name: str
    is_key: bool
    tier: str
    object_scope: str
    methods: list[str]
    ratio: str
    content: list[str]
    materials: list[str]
    legal_basis: list[str]
    list_version: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One business drawn for one task."""

    serial: str
    task_id: str
    object_id: str
    name: str
    items: list[str]
    departments: list[str]
    batch: int
    is_substitute: bool
    is_lost: bool


@dataclass(frozen=True, slots=True)
class Result:
    """One department's result for one item of one business."""

    plan_row_id: str
    task_id: str
    object_id: str
    name: str
    item_name: str
    department: str
    checked_on: dt.date
    kinds: list[str]

    @property
    def verdict(self) -> Verdict:
        """What the result amounts to."""
        if CLEAN in self.kinds:
            return "clean"
        return "none" if HARMLESS.issuperset(self.kinds) else "problem"


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the plan with everything public about it."""

    task_id: str
    name: str
    draw_type: str
    item_names: list[str]
    items: Mapping[str, Item]
    """By name: the items of the list that the task's departments check."""
    scope: str
    scope_count: int
    ratios: list[str]
    methods: list[str]
    starts_on: dt.date
    ends_on: dt.date
    lead: str
    partners: list[str]
    plan_rows: list[str]
    rounds: list[str]
    drawn: list[Drawn]
    results: list[Result]

    @property
    def is_joint(self) -> bool:
        """Whether several departments come together."""
        return bool(self.partners)

    @property
    def verdicts(self) -> Counter[str]:
        """How many results of each verdict."""
        return Counter(one.verdict for one in self.results)

    @property
    def checked_count(self) -> int:
        """How many businesses have a result."""
        return len({one.object_id for one in self.results})

    def state(self, today: dt.date) -> str:
        """Where the task stands on a day."""
        if today < self.starts_on:
            return "未开始"
        return "进行中" if today <= self.ends_on else "已结束"


@dataclass(frozen=True, slots=True)
class Round:
    """One draw round."""

    serial: str
    draws_on: dt.date
    task_ids: list[str]
    is_open: bool
    disclosure: str
    is_void: bool
    locked_until: dt.date
    commitment: str
    merkle_root: str
    seed: str
    trail_head: str
    drawn_count: int

    def is_locked(self, today: dt.date) -> bool:
        """Whether seed and trail are still withheld on a day."""
        return today < self.locked_until


@dataclass(frozen=True, slots=True)
class Showing:
    """Every record of the site, sorted."""

    items: dict[str, list[Item]]
    """By department, the longest list first."""
    tasks: dict[str, Task]
    rounds: list[Round]
    """The latest first."""

    @property
    def drawn(self) -> list[Drawn]:
        """Everything drawn that is public, by task."""
        return [one for task in self.tasks.values() for one in task.drawn]

    @property
    def results(self) -> list[Result]:
        """Every public result, by task."""
        return [one for task in self.tasks.values() for one in task.results]


def show(
    *, items: pl.DataFrame, plan: pl.DataFrame, rounds: pl.DataFrame, drawn: pl.DataFrame, results: pl.DataFrame
) -> Showing:
    """Return the records of the five public tables."""
    listed = [_item(row) for row in items.sort("item_code").iter_rows(named=True)]
    by_department: dict[str, list[Item]] = {}
    for item in listed:
        by_department.setdefault(item.department, []).append(item)
    held = [_round(row) for row in rounds.sort("draws_on", "serial", descending=True).iter_rows(named=True)]
    drawn_of = _by_task(_drawn(row) for row in drawn.sort(_DRAWN_ORDER, nulls_last=True).iter_rows(named=True))
    results_of = _by_task(_result(row) for row in results.sort(_RESULT_ORDER).iter_rows(named=True))
    return Showing(
        items=dict(sorted(by_department.items(), key=lambda one: (-len(one[1]), one[0]))),
        tasks={
            row["task_id"]: _task(row, listed, held, drawn_of, results_of)
            for row in plan.sort("task_id").iter_rows(named=True)
        },
        rounds=held,
    )


_DRAWN_ORDER = ["task_id", "batch", "object_id", "serial", "is_substitute"]
_RESULT_ORDER = ["task_id", "object_id", "plan_row_id", "item_name", "department", "checked_on", "result"]


def _item(row: dict[str, Any]) -> Item:
    return Item(
        code=row["item_code"],
        department=row["department"],
        category=row["category"],
        name=row["item_name"],
        is_key=row["tier"] == "重点检查事项",
        tier=row["tier"],
        object_scope=row["object_scope"],
        methods=_parts(row["methods"], "、"),
        ratio=row["ratio_text"] or "",
        content=_parts(row["content"], "；"),
        materials=_parts(row["materials"], "；"),
        legal_basis=_parts(row["legal_basis"], "；"),
        list_version=row["list_version"],
    )


def _round(row: dict[str, Any]) -> Round:
    return Round(
        serial=row["serial"],
        draws_on=row["draws_on"],
        task_ids=_parts(row["task_ids"], "、"),
        is_open=row["disclosure"] == "全程公开",
        disclosure=row["disclosure"],
        is_void=row["state"] != "已抽取",
        locked_until=row["locked_until"],
        commitment=row["commitment"],
        merkle_root=row["merkle_root"],
        seed=row["seed"] or "",
        trail_head=row["trail_head"] or "",
        drawn_count=row["drawn_count"] or 0,
    )


def _drawn(row: dict[str, Any]) -> Drawn:
    return Drawn(
        serial=row["serial"],
        task_id=row["task_id"],
        object_id=row["object_id"],
        name=row["name"],
        items=_parts(row["items"], "、"),
        departments=_parts(row["departments"], "、"),
        batch=row["batch"] or 0,
        is_substitute=row["is_substitute"],
        is_lost=row["is_lost"],
    )


def _result(row: dict[str, Any]) -> Result:
    return Result(
        plan_row_id=row["plan_row_id"],
        task_id=row["task_id"],
        object_id=row["object_id"],
        name=row["name"],
        item_name=row["item_name"],
        department=row["department"],
        checked_on=row["checked_on"],
        kinds=_parts(row["result"], "；"),
    )


def _task(
    row: dict[str, Any],
    items: list[Item],
    rounds: list[Round],
    drawn: Mapping[str, list[Drawn]],
    results: Mapping[str, list[Result]],
) -> Task:
    task_id, partners = row["task_id"], _parts(row["partners"], "、")
    names = _parts(row["items"], "；")
    return Task(
        task_id=task_id,
        name=row["name"],
        draw_type=row["draw_type"],
        item_names=names,
        items={
            item.name: item
            for item in items
            if item.name in names and item.department in {row["lead_department"], *partners}
        },
        scope=row["scope"],
        scope_count=row["scope_count"],
        ratios=_parts(row["ratios"], "；"),
        methods=_parts(row["methods"], "、"),
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        lead=row["lead_department"],
        partners=partners,
        plan_rows=_parts(row["plan_rows"], "、"),
        rounds=sorted(one.serial for one in rounds if task_id in one.task_ids),
        drawn=drawn.get(task_id, []),
        results=results.get(task_id, []),
    )


_Row = TypeVar("_Row", Drawn, Result)


def _by_task(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    return {task: list(group) for task, group in groupby(rows, key=attrgetter("task_id"))}


def _parts(text: str | None, separator: str) -> list[str]:
    return [part for part in (text or "").split(separator) if part]
