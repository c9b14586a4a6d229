"""Findings: which filed results stand, and why the others go back to the department.

A result stands when it answers one obligation of the department that filed it. Nothing is mended
here: a refused row says what is wrong and what to do. What stands is as entered; whether it was
audited is said in `audit.py`.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl

from onevisit.errors import Problem, problem
from onevisit.results import vocabulary
from onevisit.results.returned import Known, Returned, returned_of
from onevisit.results.tables import Findings, Refused
from onevisit.results.versions import KEY, Key, digest_of
from onevisit.tables import conform, frame_of
from onevisit.text import fold, parse_date, squeeze


class Judged(NamedTuple):
    """Filed results, each either a finding or refused."""

    findings: pl.DataFrame
    refused: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Due:
    """What a result must answer to."""

    department: str
    starts_on: dt.date
    ends_on: dt.date
    visit_id: str | None


@dataclass(frozen=True, slots=True)
class _Against:
    """What every row is held against."""

    due: Mapping[Key, Due]
    owed: Mapping[tuple[str, str], list[Key]]
    today: dt.date
    known: Known


@dataclass(slots=True)
class _Sorted:
    """Rows on their way: those that stand so far, by what they answer, and the refusals."""

    standing: dict[Key, tuple[Mapping[str, Any], dict[str, Any]]] = field(
        default_factory=dict[Key, tuple[Mapping[str, Any], dict[str, Any]]]
    )
    refused: list[dict[str, object]] = field(default_factory=list[dict[str, object]])

    def refuse(self, row: Mapping[str, Any], problems: Iterable[Problem]) -> None:
        self.refused.extend(refusal(row, one) for one in problems)


def judge(
    filed: pl.DataFrame,
    obligations: pl.DataFrame,
    *,
    today: dt.date,
    publish_by: Callable[[dt.date], dt.date | None],
    known: Known | None = None,
) -> Judged:
    """Judge every filed row; rows in order of department, file, sheet and row.

    The first sound result of an obligation stands, a later one is refused with the place of the first.
    `known` is what a row that names its inspectors or a report is held against.
    """
    due = _due(obligations)
    against = _Against(due, _owed(due), today, known or Known())
    rows = _Sorted()
    for row in filed.sort("department", "file", "sheet", "row").iter_rows(named=True):
        key = _key(row)
        finding, problems = _read(row, key, against)
        if not problems and key in rows.standing:
            first = _place(rows.standing[key][0])
            problems = [problem("E009", column="事项编码", value=key[3], first=first)]
        if problems:
            rows.refuse(row, problems)
        else:
            rows.standing[key] = row, finding
    _part_contradictions(rows, due)
    findings = [finding | {"digest": digest_of(finding)} for _, finding in rows.standing.values()]
    return Judged(clocked(findings, obligations, publish_by), frame_of(Refused, rows.refused).sort(REFUSED_ORDER))


REFUSED_ORDER = ["department", "file", "sheet", "row", "code"]


def clocked(
    findings: list[dict[str, Any]], obligations: pl.DataFrame, publish_by: Callable[[dt.date], dt.date | None]
) -> pl.DataFrame:
    """Return findings as their table, in its order, each with the day by which it must be public.

    Not later than the task's last day: what is checked and not public by then counts as not done.
    """
    made = frame_of(Findings, findings)
    by = {day: publish_by(day) for day in made["checked_on"].unique().sort()}
    ends = obligations.select(*KEY, "ends_on").unique()
    clock = pl.col("checked_on").replace_strict(by, return_dtype=pl.Date)
    by_end = pl.when(clock.is_not_null()).then(pl.min_horizontal(clock, "ends_on"))
    timed = made.join(ends, on=KEY, how="left").with_columns(publish_by=by_end)
    return conform(Findings, timed).sort("task_id", "object_id", "plan_row_id", "item_code")


def refusal(row: Mapping[str, Any], one: Problem) -> dict[str, object]:
    """Return the line of `results.refused` about a filed row."""
    return {
        **{name: row[name] for name in ("department", "file", "sheet", "row")},
        "column": one.column,
        "value": one.value,
        "code": one.code,
        "reason": one.reason,
        "fix": one.fix,
    }


def _due(obligations: pl.DataFrame) -> dict[Key, Due]:
    columns = (
        "object_id", "task_id", "plan_row_id", "item_code", "department", "starts_on", "ends_on", "visit_id",
        "is_on_site",
    )  # fmt: skip
    return {
        (one, task, plan, item): Due(department, start, end, visit if on_site else None)
        for one, task, plan, item, department, start, end, visit, on_site in obligations.select(columns).iter_rows()
    }


def _owed(due: Mapping[Key, Due]) -> dict[tuple[str, str], list[Key]]:
    owed: dict[tuple[str, str], list[Key]] = {}
    for key in sorted(due):
        owed.setdefault((key[0], key[1]), []).append(key)
    return owed


def _key(row: Mapping[str, Any]) -> Key:
    object_id, task, item = (squeeze(row[name]).upper() for name in ("object_id", "task_id", "item_code"))
    return object_id, task, squeeze(row["plan_row_id"]), item


def _read(row: Mapping[str, Any], key: Key, against: _Against) -> tuple[dict[str, Any], list[Problem]]:
    """Return the finding a row would make, and everything that keeps it from being one."""
    due = against.due
    problems = list(_misplaced(row, key, due, against.owed))
    checked_on, wrong_day = day_read(row, due.get(key), against.today)
    types, wrong_types = types_read(row)
    disposal, wrong_disposal = disposal_read(row)
    is_disposed, wrong_state = _is_disposed(row)
    problems += [one for one in (wrong_day, wrong_types, wrong_disposal, wrong_state) if one]
    # Nothing to dispose of is disposed of; a problem without a word about it is open.
    is_done = vocabulary.HARMLESS.issuperset(types) if is_disposed is None else is_disposed
    visit_id = due[key].visit_id if key in due else None
    told = Returned(row["department"], checked_on, tuple(types), disposal, is_done, visit_id)
    more, wrong = returned_of(row, told, against.known, today=against.today)
    problems += wrong
    finding: dict[str, Any] = {
        **dict(zip(("object_id", "task_id", "plan_row_id", "item_code"), key, strict=True)),
        "department": row["department"],
        "checked_on": checked_on,
        "result_types": types,
        "problem": fold(row["problem"]) or None,
        "disposal": disposal,
        "is_disposed": is_done,
        "file": row["file"],
        "sheet": row["sheet"],
        "row": row["row"],
        "version": 1,
        "audit_state": "entered",
        "is_filed": True,
        **more,
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


def day_read(row: Mapping[str, Any], due: Due | None, today: dt.date) -> tuple[dt.date | None, Problem | None]:
    """Return the day a row says the check was done, or what is wrong with it."""
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


def types_read(row: Mapping[str, Any]) -> tuple[list[str], Problem | None]:
    """Return the standard types of a row, or what is wrong with them."""
    filed = fold(row["result_types"])
    try:
        types = vocabulary.result_types(filed)
    except ValueError as error:
        return [], problem("E008", column="检查结果", value=filed, part=str(error))
    if not types:
        return [], problem("E010", column="检查结果")
    if vocabulary.CLEAN in types and len(types) > 1:
        return types, problem("E011", column="检查结果", value=filed)
    if vocabulary.UNREACHABLE in types and vocabulary.is_seen(types):
        return types, problem("E021", column="检查结果", value=filed)
    return types, None


def disposal_read(row: Mapping[str, Any]) -> tuple[str | None, Problem | None]:
    """Return the standard disposal of a row, or what is wrong with it."""
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


def _part_contradictions(rows: _Sorted, due: Mapping[Key, Due]) -> None:
    """Refuse both sides where, at one visit and on one day, some met nobody and others checked something."""
    met: defaultdict[tuple[str, dt.date], list[Key]] = defaultdict(list)
    for key, (_, finding) in rows.standing.items():
        if visit_id := due[key].visit_id:
            met[visit_id, finding["checked_on"]].append(key)
    for keys in met.values():
        nobody = [key for key in keys if vocabulary.UNREACHABLE in rows.standing[key][1]["result_types"]]
        seen = [key for key in keys if vocabulary.is_seen(rows.standing[key][1]["result_types"])]
        if not nobody or not seen:
            continue
        places = {key: _told(rows.standing[key][0]) for key in (nobody[0], seen[0])}
        for code, these, that in (("E020", nobody, seen[0]), ("E022", seen, nobody[0])):
            for key in these:
                row, finding = rows.standing.pop(key)
                value = "；".join(finding["result_types"])
                rows.refuse(row, [problem(code, column="检查结果", value=value, other=places[that])])


def _told(row: Mapping[str, Any]) -> str:
    return f"{row['department']} {_place(row)}"


def _place(row: Mapping[str, Any]) -> str:
    return " ".join(part for part in (row["file"], row["sheet"], f"第{row['row']}行") if part)
