"""What the made-up departments return for what was drawn: mostly nothing found, a few problems, a few slips."""

import csv
import datetime as dt
import io
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

import polars as pl

from onevisit.county import County, Department
from onevisit.demo.headers import header_of
from onevisit.demo.workbooks import Page, workbook
from onevisit.results.vocabulary import CLEAN

_WHOLE_OBJECT = (
    ("通过登记的住所（经营场所）无法联系", 12),
    ("已关闭停业或正在组织清算", 8),
    ("注销", 5),
    ("迁出", 2),
    ("被吊销", 1),
    ("被撤销", 1),
    ("不配合检查情节严重", 1),
)
"""Results that hold for everything looked at on one visit, and their weights among 1,000 visits."""
_ONE_ITEM = (
    ("发现问题已责令改正", 62),
    ("发现问题待后续处理", 22),
    ("未按规定公示应当公示的信息", 14),
    ("公示信息隐瞒真实情况弄虚作假", 3),
    ("未发现开展本次抽查涉及的经营活动", 24),
)
"""Results of single items, and their weights among 1,000 items."""
_DISPOSALS = {
    "发现问题已责令改正": ("责令改正，后续跟踪由日常监管部门负责", ("是", "是", "否")),
    "发现问题待后续处理": ("发现案件线索，固定证据后移送办案机构", ("否",)),
    "公示信息隐瞒真实情况弄虚作假": ("发现案件线索，固定证据后移送办案机构", ("否",)),
    "未按规定公示应当公示的信息": ("责令改正，后续跟踪由日常监管部门负责", ("是", "否")),
    "不配合检查情节严重": ("其他", ("否",)),
    "通过登记的住所（经营场所）无法联系": ("违反其他部门规定，抄告相关部门", ("是",)),
}
_DISPOSED_TO = {
    "发现案件线索，固定证据后移送办案机构": "县综合行政执法大队（示例）",
    "违反其他部门规定，抄告相关部门": "登记机关（示例）",
}
"""To whom a matter goes."""
_SELDOM = ("注销", "迁出", "被吊销", "被撤销", "不配合检查情节严重", "公示信息隐瞒真实情况弄虚作假")
"""Results so seldom that one visit each is given them, so that every standard type can be seen."""
_MISSING, _LATE = 0.02, 0.03
"""Shares of visits that never come back, and that come after their window."""


class Owed(NamedTuple):
    """What one department must check at one object: a row of `visits.obligations`."""

    task_id: str
    object_id: str
    plan_row_id: str
    department: str
    item_code: str
    starts_on: dt.date
    ends_on: dt.date
    visit_id: str | None


class Returned(NamedTuple):
    """One row of a results file; field names as in the kind `results`."""

    plan_row_id: str
    task_id: str
    object_id: str
    name: str
    checked_by: str
    item_code: str
    checked_on: str
    result_types: str
    problem: str
    disposal: str
    is_disposed: str
    note: str = ""
    inspectors: str = ""
    scanned_at: str = ""
    scanned_place: str = ""
    disposal_to: str = ""
    dispose_by: str = ""
    disposed_on: str = ""
    entered_by: str = ""


def returned_results(
    obligations: pl.DataFrame,
    objects: pl.DataFrame,
    *,
    county: County,
    year: int,
    seed: str,
    today: dt.date,
    certificates: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> dict[str, bytes]:
    """Return the departments' 检查结果.xlsx for what is owed by today: `<department>/<file>` -> bytes.

    `obligations` and `objects` are tables of the visits and registries stages; the order of their
    rows does not matter. `certificates` are the numbers of each visit's team: (visit, department) -> numbers.
    """
    rng = Random(f"onevisit.demo|{seed}|{year}|results")  # noqa: S311 - made up, not drawn
    names = dict(objects.select("object_id", "name").iter_rows())
    points = _check_points(county.guides_csv)
    workdays = [day.on for day in county.working_days(year).days if day.is_workday and day.on <= today]
    returned: defaultdict[str, list[Returned]] = defaultdict(list)
    visits = _visits(obligations)
    seldom = dict(zip(rng.sample(range(len(visits)), min(len(visits) // 20, len(_SELDOM))), _SELDOM, strict=False))
    for number, visit in enumerate(visits):
        whole = seldom.get(number) or _chosen(_WHOLE_OBJECT, rng)
        for row in _visit_rows(
            visit, name=names[visit[0].object_id], whole=whole, points=points, workdays=workdays, rng=rng
        ):
            returned[row.checked_by].append(row)
    facts = _Facts(certificates or {}, dict(objects.select("object_id", "town").iter_rows()), county, seed, today)
    visit_of = {owed[:5]: owed.visit_id for visit in visits for owed in visit}
    for rows in returned.values():
        rows[:] = [_completed(row, visit_of[_owed_key(row)], facts) for row in rows]
    _spoil(returned, county, today)
    return {
        f"{department.name}/检查结果.xlsx": _file(county, department, returned[department.name], year)
        for department in county.departments
        if returned[department.name]
    }


class _Facts(NamedTuple):
    """What a full return is made from."""

    certificates: Mapping[tuple[str, str], Sequence[str]]
    towns: Mapping[str, str | None]
    county: County
    seed: str
    today: dt.date


def _owed_key(row: Returned) -> tuple[str, str, str, str, str]:
    return row.task_id, row.object_id, row.plan_row_id, row.checked_by, row.item_code


def _completed(row: Returned, visit_id: str | None, facts: _Facts) -> Returned:
    """Return a row with who checked, the scan-in, what follows and who entered it."""
    team = facts.certificates.get((visit_id or "", row.checked_by), ())
    if visit_id and not team:
        # Nobody could be drawn: such a row comes as older files do.
        return row
    rng = Random(f"{facts.seed}|{_owed_key(row)}|returned")  # noqa: S311 - made up, not drawn
    on = dt.date.fromisoformat(row.checked_on)
    is_open = row.is_disposed != "是"
    has_disposal = row.disposal != "无需后续处置"
    return row._replace(
        inspectors="、".join(team),
        # The same for all who came.
        scanned_at=f"{on} {_hour(visit_id, facts)}" if visit_id else "",
        scanned_place=f"{facts.towns.get(row.object_id) or facts.county.name}经营场所门口" if visit_id else "",
        disposal_to=_DISPOSED_TO.get(row.disposal, "") if has_disposal else "",
        dispose_by=(on + dt.timedelta(days=rng.choice((30, 60, 400)))).isoformat() if has_disposal else "",
        disposed_on="" if is_open or not has_disposal else min(on + dt.timedelta(days=14), facts.today).isoformat(),
        entered_by=f"示例录入人（{row.checked_by}）",
    )


def _hour(visit_id: str, facts: _Facts) -> str:
    rng = Random(f"{facts.seed}|{visit_id}|scan")  # noqa: S311 - made up, not drawn
    return f"{rng.randint(9, 16):02}:{rng.randint(0, 59):02}"


def _file(county: County, department: Department, rows: Sequence[Returned], year: int) -> bytes:
    header = header_of(county, department, "results", Returned._fields)
    return workbook([Page("结果", (f"{department.name}{year}年度检查结果",), header, rows)])


def _visits(obligations: pl.DataFrame) -> list[list[Owed]]:
    """Return what is owed per task and object, in canonical order."""
    groups: defaultdict[tuple[str, str], list[Owed]] = defaultdict(list)
    for row in sorted(obligations.select(Owed._fields).iter_rows()):
        owed = Owed(*row)
        groups[owed.task_id, owed.object_id].append(owed)
    return list(groups.values())


def _visit_rows(
    visit: Sequence[Owed],
    *,
    name: str,
    whole: str,
    points: Mapping[str, Sequence[str]],
    workdays: Sequence[dt.date],
    rng: Random,
) -> list[Returned]:
    """Return the results of one object and task, `whole` for every item of it; none when they never come back."""
    day = _checked_on(visit[0], workdays, rng)
    if day is None or rng.random() < _MISSING:
        return []
    rows: list[Returned] = []
    for owed in visit:
        result = whole or _chosen(_ONE_ITEM, rng) or CLEAN
        disposal, finished = _DISPOSALS.get(result, ("无需后续处置", ("是",)))
        point = rng.choice(points.get(owed.item_code, ("现场情况",)))
        rows.append(
            Returned(
                plan_row_id=owed.plan_row_id,
                task_id=owed.task_id,
                object_id=owed.object_id,
                name=name,
                checked_by=owed.department,
                item_code=owed.item_code,
                checked_on=day.isoformat(),
                result_types=result,
                problem=f"“{point}”一项不符合要求" if result.startswith("发现问题") else "",
                disposal=disposal,
                is_disposed=rng.choice(finished),
            )
        )
    return rows


def _checked_on(owed: Owed, workdays: Sequence[dt.date], rng: Random) -> dt.date | None:
    """Return a working day within the window and up to today, now and then one behind the window."""
    first, last = bisect_left(workdays, owed.starts_on), bisect_right(workdays, owed.ends_on)
    if rng.random() < _LATE:
        first, last = last, last + 8
    inside = workdays[first:last]
    return rng.choice(inside) if inside else None


def _chosen(weighted: Sequence[tuple[str, int]], rng: Random) -> str:
    """Return one of the results by its weight in a thousand, or nothing."""
    mark = rng.random() * 1000
    for text, weight in weighted:
        mark -= weight
        if mark < 0:
            return text
    return ""


def _check_points(guides_csv: str) -> dict[str, list[str]]:
    rows = csv.DictReader(io.StringIO(guides_csv))
    return {row["item_code"]: row["content"].split("；") for row in rows}


def _spoil(returned: Mapping[str, list[Returned]], county: County, today: dt.date) -> None:
    """Spoil one row in each of the first departments, so that refusals show."""
    filled = [rows for _, rows in sorted(returned.items()) if rows]
    wrong = (
        {"object_id": f"{county.id_prefix}-99999999"},
        {"result_types": f"{CLEAN}、发现问题已责令改正"},
        {"checked_on": (today + dt.timedelta(days=9)).isoformat()},
    )
    for rows, changes in zip(filled, wrong, strict=False):
        middle = len(rows) // 2
        rows[middle] = rows[middle]._replace(**changes)
