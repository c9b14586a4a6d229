"""Rosters (任务参加人员名单): whom a department sends to a task, where it does not want to send everybody it lists.

Optional. Where a department filed one for a task, only who is on it, and not on leave for the task's whole
window, is frozen for the department's items of the task. A round freezes people by item: an item that
another task of the round asks of the department too, without a roster, stays open to everybody.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from onevisit.errors import Problem, problem
from onevisit.plan.tables import Rosters
from onevisit.registries.cells import dated, stated
from onevisit.registries.names import plain
from onevisit.tables import frame_of

PLACE = ["department", "file", "sheet", "row"]


def rosters_table(
    filed: pl.DataFrame,
    *,
    inspectors: pl.DataFrame,
    sources: pl.DataFrame,
    tasks: pl.DataFrame,
    task_items: pl.DataFrame,
) -> pl.DataFrame:
    """Return every filed row as `Rosters`: the task and the person it names, or why it cannot be used.

    A person is known by the certificate number on the department's own list, without one by the name where
    only one there has it. A plan row stands for the task it is in.
    """
    people = _people(inspectors, sources)
    known = set(tasks["task_id"])
    of_row: dict[str, str] = dict(task_items.select("plan_row_id", "task_id").unique().sort(pl.all()).iter_rows())
    taking_part = set(task_items.select("task_id", "department").iter_rows())
    rows = filed.select(
        *PLACE,
        task=pl.coalesce(stated(pl.col("task_id")).str.to_uppercase(), stated(pl.col("plan_row_id"))),
        number=plain(stated(pl.col("certificate_no"))),
        name=plain(pl.col("person_name")),
        leave_from=dated(pl.col("leave_from")),
        leave_to=dated(pl.col("leave_to")),
    )
    told: list[dict[str, object]] = []
    for row in rows.sort(PLACE).iter_rows(named=True):
        task_id = row["task"] if row["task"] in known else of_row.get(row["task"])
        keys = [(row["department"], row["number"] or "", row["name"]), (row["department"], "", row["name"])]
        persons = people.get(keys[0] if row["number"] else keys[1], set())
        person_id = next(iter(persons)) if len(persons) == 1 else None
        found = _fault(row, task_id, person_id, taking_part)
        told.append(
            {
                **{name: row[name] for name in (*PLACE, "leave_from", "leave_to")},
                "task_id": task_id,
                "person_id": person_id,
                **{name: getattr(found, name, None) for name in ("code", "reason", "fix")},
            }
        )
    return frame_of(Rosters, told)


def narrowed(
    sources: pl.DataFrame, rosters: pl.DataFrame, *, tasks: pl.DataFrame, task_items: pl.DataFrame
) -> pl.DataFrame:
    """Return the inspectors' crosswalk with the items a round's rosters leave to each; `task_items` are the round's."""
    standing = rosters.filter(pl.col("code").is_null()).join(
        tasks.select("task_id", "starts_on", "ends_on"), on="task_id"
    )
    asked = task_items.select("task_id", "department", "item_code").unique()
    rostered = standing.select("task_id", "department").unique()
    open_to_all = asked.join(rostered, on=["task_id", "department"], how="anti").select("department", "item_code")
    held = asked.join(rostered, on=["task_id", "department"]).join(
        open_to_all, on=["department", "item_code"], how="anti"
    )
    is_away = (pl.col("leave_from") <= pl.col("starts_on")) & (pl.col("leave_to") >= pl.col("ends_on"))
    away = standing.filter(is_away.fill_null(value=False)).select("task_id", "department", "person_id")
    going = standing.select("task_id", "department", "person_id").join(
        away, on=["task_id", "department", "person_id"], how="anti"
    )
    may = set(held.join(going, on=["task_id", "department"]).select("department", "item_code", "person_id").iter_rows())
    barred = set(held.select("department", "item_code").iter_rows())
    kept = [
        [code for code in codes if (department, code) not in barred or (department, code, person_id) in may]
        for department, person_id, codes in sources.select("department", "person_id", "item_codes").iter_rows()
    ]
    return sources.with_columns(pl.Series("item_codes", kept, dtype=pl.List(pl.String)))


def days_away(rosters: pl.DataFrame) -> dict[str, list[tuple[dt.date, dt.date]]]:
    """Return person -> first and last days of the leave that rosters tell."""
    told = rosters.filter(pl.col("code").is_null(), pl.col("leave_from").is_not_null())
    away: dict[str, list[tuple[dt.date, dt.date]]] = {}
    for person_id, first, last in (
        told.select("person_id", "leave_from", "leave_to").unique().sort(pl.all()).iter_rows()
    ):
        away.setdefault(person_id, []).append((first, last))
    return away


def _people(inspectors: pl.DataFrame, sources: pl.DataFrame) -> Mapping[tuple[str, str, str], set[str]]:
    """Return (department, certificate number or nothing, name) -> the persons of that department's list."""
    listed = (
        sources.select("department", "person_id")
        .unique()
        .join(
            inspectors.select(
                "person_id", name=plain(pl.col("name")), number=plain(pl.col("certificate_no")).fill_null("")
            ),
            on="person_id",
        )
    )
    people: dict[tuple[str, str, str], set[str]] = {}
    for department, person_id, name, number in listed.iter_rows():
        for key in {(department, number, name), (department, "", name)}:
            people.setdefault(key, set()).add(person_id)
    return people


def _fault(
    row: Mapping[str, Any], task_id: str | None, person_id: str | None, taking_part: Iterable[tuple[str, str]]
) -> Problem | None:
    if task_id is None:
        return problem("P146", value=row["task"] or "")
    if (task_id, row["department"]) not in taking_part:
        return problem("P147", value=task_id, department=row["department"])
    if person_id is None:
        return problem("P148", department=row["department"])
    if (row["leave_from"] is None) != (row["leave_to"] is None) or (
        row["leave_from"] and row["leave_to"] < row["leave_from"]
    ):
        return problem("P149")
    return None
