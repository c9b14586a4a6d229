"""Tasks: the plan after merging, numbered, named and with everything that is checked in each."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from onevisit.plan.cells import Cells, make_cells
from onevisit.plan.scope import WHOLE_LIST
from onevisit.plan.tables import TaskItems, Tasks
from onevisit.tables import frame_of

Row = Mapping[str, Any]


def form_tasks(
    submitted: pl.DataFrame, *, scope: pl.DataFrame, objects: pl.DataFrame, proposals: pl.DataFrame
) -> pl.DataFrame:
    """Return the tasks that follow from the steps of merging: every plan row is in exactly one.

    Numbered by first day, then by first plan row; led by the department of the row with the largest
    expected number (谁发起、谁牵头), ties by row number.
    """
    rows = {row["plan_row_id"]: row for row in submitted.sort("plan_row_id").iter_rows(named=True)}
    cells = make_cells(submitted, scope, objects)
    groups = _groups(list(rows), proposals)
    members = sorted(
        ([rows[row_id] for row_id in group] for group in groups),
        key=lambda group: (max(row["starts_on"] for row in group), group[0]["plan_row_id"]),
    )
    return frame_of(Tasks, [_task(number, group, cells) for number, group in enumerate(members, start=1)])


def list_task_items(tasks: pl.DataFrame, *, submitted: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Return what is checked within each task and by whom: the rows' own items and their partners'.

    A partner's item rides on the plan row whose department named it.
    """
    rows = tasks.select("task_id", plan_row_id="plan_rows").explode("plan_row_id").join(submitted, on="plan_row_id")
    own = rows.select(
        "task_id", "plan_row_id", "department", "item_code", pl.lit("initiator").alias("role"), "is_on_site"
    )
    partners = (
        rows.select("task_id", "plan_row_id", pl.col("partner_items").alias("item_code"), "is_on_site")
        .explode("item_code")
        .drop_nulls("item_code")
        .join(items.select("item_code", "department"), on="item_code")
        .with_columns(role=pl.lit("partner"))
        .select(own.columns)
    )
    return (
        pl.concat([own, partners])
        .select(list(TaskItems.to_schema().columns))
        .sort("task_id", "plan_row_id", "role", "item_code")
    )


def _groups(row_ids: Sequence[str], proposals: pl.DataFrame) -> list[list[str]]:
    """Follow the steps; return the groups of rows, each sorted."""
    group_of = {row_id: [row_id] for row_id in row_ids}
    for left, right in proposals.sort("step").select("left_rows", "right_rows").iter_rows():
        joined = sorted([*group_of[left[0]], *group_of[right[0]]])
        for row_id in joined:
            group_of[row_id] = joined
    return [group for row_id, group in group_of.items() if group[0] == row_id]


def _task(number: int, group: Sequence[Row], cells: Cells) -> dict[str, object]:
    places = [cells.row_ids.index(row["plan_row_id"]) for row in group]
    lead = max(group, key=lambda row: row["expected_count"])
    departments = sorted({name for row in group for name in (row["department"], *row["partners"])})
    return {
        "task_id": f"T{number:03d}",
        "name": _name(group, is_joint=len(departments) > 1),
        "plan_rows": [row["plan_row_id"] for row in group],
        "lead_department": lead["department"],
        "departments": departments,
        "item_codes": sorted({code for row in group for code in (row["item_code"], *row["partner_items"])}),
        "is_joint": len(departments) > 1,
        "is_on_site": any(row["is_on_site"] for row in group),
        "is_by_class": any(row["is_by_class"] for row in group),
        "starts_on": max(row["starts_on"] for row in group),
        "ends_on": min(row["ends_on"] for row in group),
        "matching": lead["matching"],
        "scope_count": cells.reached(places),
        "expected_visits": cells.doors(places),
        "visits_apart": round(sum(cells.doors([place]) for place in places), 4),
    }


def _name(group: Sequence[Row], *, is_joint: bool) -> str:
    """Name a task as an official would: a lone row by its own name and item, a merged one by whom it visits."""
    if len(group) == 1:
        return f"{group[0]['task_name']}（{group[0]['item_name']}）"
    tags = list(dict.fromkeys(tag for row in group for tag in row["scope_text"].split("、")))
    whom = "、".join("市场主体" if tag == WHOLE_LIST else tag for tag in tags[:2]) + ("等" if len(tags) > 2 else "")
    first = max(row["starts_on"] for row in group)
    last = min(row["ends_on"] for row in group)
    months = f"{first.month}月" if first.month == last.month else f"{first.month}月至{last.month}月"
    return f"{whom}{'部门联合抽查' if is_joint else '综合抽查'}（{months}）"
