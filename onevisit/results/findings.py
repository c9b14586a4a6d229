"""Findings: which filed results stand, and why the others go back to the department.

A result stands when it answers one obligation of the department that filed it. Nothing is mended
here: a refused row says what is wrong and what to do.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from onevisit.errors import Problem, problem
from onevisit.results import vocabulary
from onevisit.results.tables import Findings, Refused
from onevisit.tables import frame_of
from onevisit.text import fold, parse_date, squeeze

Key = tuple[str, str, str, str]
"""Object, task, plan row, item: what one result answers."""


class Judged(NamedTuple):
    """Filed results, each either a finding or refused."""

    findings: pl.DataFrame
    refused: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Due:
    """What a result must answer to."""

    department: str
    starts_on: dt.date


def judge(
    filed: pl.DataFrame,
    obligations: pl.DataFrame,
    *,
    today: dt.date,
    publish_by: Callable[[dt.date], dt.date | None],
) -> Judged:
    """Judge every filed row; rows in order of department, file, sheet and row.

    The first sound result of an obligation stands, a later one is refused with the place of the first.
    """
    due = _due(obligations)
    owed = _owed(due)
    findings: list[dict[str, object]] = []
    refused: list[dict[str, object]] = []
    first: dict[Key, str] = {}
    for row in filed.sort("department", "file", "sheet", "row").iter_rows(named=True):
        key = _key(row)
        finding, problems = _read(row, key, due, owed, today)
        if not problems and key in first:
            problems = [problem("E009", column="事项编码", value=key[3], first=first[key])]
        if problems:
            refused.extend(_refusal(row, one) for one in problems)
        else:
            first[key] = _place(row)
            findings.append(finding)
    days = {one["checked_on"] for one in findings}
    by = {day: publish_by(day) for day in sorted(d for d in days if isinstance(d, dt.date))}
    stands = frame_of(Findings, findings).with_columns(
        publish_by=pl.col("checked_on").replace_strict(by, return_dtype=pl.Date)
    )
    return Judged(
        stands.sort("task_id", "object_id", "plan_row_id", "item_code"),
        frame_of(Refused, refused).sort("department", "file", "sheet", "row", "code"),
    )


def _due(obligations: pl.DataFrame) -> dict[Key, Due]:
    columns = ("object_id", "task_id", "plan_row_id", "item_code", "department", "starts_on")
    rows = obligations.select(columns).iter_rows()
    return {(one, task, plan, item): Due(department, start) for one, task, plan, item, department, start in rows}


def _owed(due: Mapping[Key, Due]) -> dict[tuple[str, str], list[Key]]:
    owed: dict[tuple[str, str], list[Key]] = {}
    for key in sorted(due):
        owed.setdefault((key[0], key[1]), []).append(key)
    return owed


def _key(row: Mapping[str, Any]) -> Key:
    object_id, task, item = (squeeze(row[name]).upper() for name in ("object_id", "task_id", "item_code"))
    return object_id, task, squeeze(row["plan_row_id"]), item


def _read(
    row: Mapping[str, Any],
    key: Key,
    due: Mapping[Key, Due],
    owed: Mapping[tuple[str, str], list[Key]],
    today: dt.date,
) -> tuple[dict[str, object], list[Problem]]:
    """Return the finding a row would make, and everything that keeps it from being one."""
    problems = list(_misplaced(row, key, due, owed))
    checked_on, wrong_day = _checked_on(row, due.get(key), today)
    types, wrong_types = _types(row)
    disposal, wrong_disposal = _disposal(row)
    is_disposed, wrong_state = _is_disposed(row)
    problems += [one for one in (wrong_day, wrong_types, wrong_disposal, wrong_state) if one]
    finding: dict[str, object] = {
        **dict(zip(("object_id", "task_id", "plan_row_id", "item_code"), key, strict=True)),
        "department": row["department"],
        "checked_on": checked_on,
        "result_types": types,
        "problem": fold(row["problem"]) or None,
        "disposal": disposal,
        # Nothing to dispose of is disposed of; a problem without a word about it is open.
        "is_disposed": vocabulary.HARMLESS.issuperset(types) if is_disposed is None else is_disposed,
        "file": row["file"],
        "sheet": row["sheet"],
        "row": row["row"],
    }
    return finding, problems


def _misplaced(
    row: Mapping[str, Any], key: Key, due: Mapping[Key, Due], owed: Mapping[tuple[str, str], list[Key]]
) -> Iterator[Problem]:
    object_id, task, plan, item = key
    if key in due:
        if due[key].department != row["department"]:
            yield problem("E003", column="事项编码", value=item, department=due[key].department)
        return
    others = owed.get((object_id, task), [])
    rows = [one[2] for one in others if one[3] == item]
    if not others:
        yield problem("E001", column="对象编号", value=object_id, task=task)
    elif rows:
        yield problem("E002", column="抽查计划编号", value=plan, item=item, plan="、".join(rows))
    else:
        items = "、".join(sorted({one[3] for one in others if due[one].department == row["department"]}))
        yield problem("E004", column="事项编码", value=item, task=task, items=items or "无")


def _checked_on(row: Mapping[str, Any], due: Due | None, today: dt.date) -> tuple[dt.date | None, Problem | None]:
    filed = fold(row["checked_on"])
    column = "检查完成日期"
    try:
        on = parse_date(filed)
    except ValueError:
        on = None
    if on is None:
        return None, problem("E005", column=column, value=filed)
    if on > today:
        return on, problem("E006", column=column, value=filed, today=today.isoformat())
    if due and on < due.starts_on:
        return on, problem("E007", column=column, value=filed, start=due.starts_on.isoformat())
    return on, None


def _types(row: Mapping[str, Any]) -> tuple[list[str], Problem | None]:
    filed = fold(row["result_types"])
    try:
        types = vocabulary.result_types(filed)
    except ValueError as error:
        return [], problem("E008", column="检查结果", value=filed, part=str(error))
    if not types:
        return [], problem("E010", column="检查结果")
    if vocabulary.CLEAN in types and len(types) > 1:
        return types, problem("E011", column="检查结果", value=filed)
    return types, None


def _disposal(row: Mapping[str, Any]) -> tuple[str | None, Problem | None]:
    try:
        return vocabulary.disposal(row["disposal"]), None
    except KeyError:
        known = "；".join(vocabulary.DISPOSALS)
        return None, problem("E012", column="后续处置措施", value=fold(row["disposal"]), known=known)


def _is_disposed(row: Mapping[str, Any]) -> tuple[bool | None, Problem | None]:
    try:
        return vocabulary.yes_or_no(row["is_disposed"]), None
    except KeyError:
        return None, problem("E013", column="是否处置完结", value=fold(row["is_disposed"]))


def _place(row: Mapping[str, Any]) -> str:
    return " ".join(part for part in (row["file"], row["sheet"], f"第{row['row']}行") if part)


def _refusal(row: Mapping[str, Any], one: Problem) -> dict[str, object]:
    return {
        **{name: row[name] for name in ("department", "file", "sheet", "row")},
        "column": one.column,
        "value": one.value,
        "code": one.code,
        "reason": one.reason,
        "fix": one.fix,
    }
