"""What the plan leaves apart: tasks that a rule keeps from joining, and checks that go along without a door."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from onevisit.plan.cells import to_objects
from onevisit.plan.groups import Groups, named
from onevisit.plan.merge import Plan
from onevisit.plan.tables import STOPS, CarriedAlong, Neighbours
from onevisit.tables import frame_of


def list_neighbours(plan: Plan, proposals: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of final groups that a rule keeps apart though together they would save doors, dearest first."""
    groups = plan.grouped(proposals)
    rows = [_neighbour(plan, groups, left, right, saved) for left, right, saved in _worth_telling(plan, groups)]
    rows.sort(key=lambda row: (-row["visits_saved"], row["left_rows"], row["right_rows"]))
    return frame_of(Neighbours, [*rows])


def list_carried_along(plan: Plan, tasks: pl.DataFrame) -> pl.DataFrame:
    """Return each row that needs no door beside the task it goes along with: most common objects, then task id.

    Scope and window must go along as merging asks; a row that stays alone goes along with nothing.
    The row stays a task of its own and is drawn as it is: nothing about doors changes.
    """
    groups = plan.groups()
    number = {row_id: place for place, row_id in enumerate(plan.cells.row_ids)}
    doors = [(task["task_id"], [number[row] for row in task["plan_rows"]]) for task in _joint(tasks)]
    found: list[dict[str, object]] = []
    for place, row in enumerate(plan.rows.iter_rows(named=True)):
        if row["is_on_site"] or row["is_exclusive"]:
            continue
        fitting = [one for task_id, rows in doors if (one := _beside(plan, groups, place, task_id, rows))]
        if fitting:
            best = max(fitting, key=lambda one: one["common_objects"])
            own = {name: row[name] for name in ("plan_row_id", "department", "item_code", "method")}
            found.append({**best, **own})
    return frame_of(CarriedAlong, found).sort("task_id", "plan_row_id")


def _worth_telling(plan: Plan, groups: Groups) -> Iterator[tuple[int, int, int]]:
    on_site = set(plan.on_site)
    places = np.array(
        [place for place, rows in enumerate(groups.members) if on_site.issuperset(rows) and rows], np.int64
    )
    for left in places:
        others = places[places > left]
        for right, saved in zip(others, groups.savings(int(left), others), strict=True):
            if to_objects(int(saved)) >= plan.rules.merge_least_told:
                yield int(left), int(right), int(saved)


def _neighbour(plan: Plan, groups: Groups, left: int, right: int, saved: int) -> dict[str, Any]:
    rules = named(groups.stops(left), right)
    return {
        "left_rows": plan.ids(groups.members[left]),
        "right_rows": plan.ids(groups.members[right]),
        "rules": rules,
        "workdays": int(groups.common_days(left)[right]),
        "common_objects": groups.common_objects(left, right),
        "visits_saved": to_objects(saved),
        "reason": f"{'；'.join(_because(plan, groups, left, right, rule) for rule in rules)}。"
        f"如能合并，预计再少上门{to_objects(saved):.1f}户次。",
    }


def _because(plan: Plan, groups: Groups, left: int, right: int, rule: str) -> str:
    """Return a rule with its figures."""
    rules = plan.rules
    details = {
        "WINDOW": lambda: f"共同{groups.common_days(left)[right]}个工作日，至少要{rules.merge_min_common_workdays}个",
        "OVERLAP": lambda: f"有的计划之间重合不到范围较小一方的{rules.merge_min_overlap:.0%}",
        "ITEMS": lambda: f"共{(groups.items[left] | groups.items[right]).sum()}项，最多{rules.merge_max_items}项",
        "DEPARTMENTS": lambda: (
            f"共{(groups.departments[left] | groups.departments[right]).sum()}个，最多{rules.merge_max_departments}个"
        ),
    }
    return f"{STOPS[rule]}（{details[rule]()}）" if rule in details else STOPS[rule]


def _joint(tasks: pl.DataFrame) -> Iterator[dict[str, Any]]:
    return tasks.filter("is_on_site", pl.col("plan_rows").list.len() > 1).sort("task_id").iter_rows(named=True)


def _beside(plan: Plan, groups: Groups, place: int, task_id: str, rows: list[int]) -> dict[str, Any] | None:
    """Return how a row goes along with a task's rows, nothing when it does not."""
    cells, own = plan.cells, plan.rows.row(place, named=True)
    reached = cells.is_inside[rows].any(axis=0)
    common = int((cells.is_inside[place] & reached) @ cells.sizes)
    smaller = min(int(cells.is_inside[place] @ cells.sizes), int(reached @ cells.sizes))
    members = plan.rows[rows]
    days = min(groups.last[place], groups.last[rows].min()) - max(groups.first[place], groups.first[rows].max()) + 1
    if not common or common < plan.rules.merge_min_overlap * smaller or days < plan.rules.merge_min_common_workdays:
        return None
    return {
        "task_id": task_id,
        "common_objects": common,
        "common_share": round(common / smaller, 4),
        "starts_on": max(own["starts_on"], *members["starts_on"]),
        "ends_on": min(own["ends_on"], *members["ends_on"]),
    }
