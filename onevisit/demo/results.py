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


def returned_results(
    obligations: pl.DataFrame, objects: pl.DataFrame, *, county: County, year: int, seed: str, today: dt.date
) -> dict[str, bytes]:
    """Return the departments' 检查结果.xlsx for what is owed by today: `<department>/<file>` -> bytes.

    `obligations` and `objects` are tables of the visits and registries stages; the order of their
    rows does not matter.
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
    _spoil(returned, county, today)
    return {
        f"{department.name}/检查结果.xlsx": _file(county, department, returned[department.name], year)
        for department in county.departments
        if returned[department.name]
    }


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
