"""Indicators of the year's inspections (抽查工作指标): how far, how joint, how often, what was found; with formulas."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from onevisit.results.tables import Indicators, ProblemRates
from onevisit.results.vocabulary import HARMLESS
from onevisit.tables import frame_of

_CHECK = ["object_id", "task_id", "plan_row_id", "department", "item_code"]
_SMALL = 3
"""A count below this, other than none, could be traced to a business."""
_SPANS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "all": lambda one: one | ~one,
    "own": lambda one: ~one,
    "joint": lambda one: one,
}


@dataclass(frozen=True, slots=True)
class YearTables:
    """What the indicators of a year are made from; every frame is a table of its stage."""

    tasks: pl.DataFrame
    items: pl.DataFrame
    obligations: pl.DataFrame
    visits: pl.DataFrame
    findings: pl.DataFrame
    published: pl.DataFrame
    """`publish.public_results`."""
    warnings: pl.DataFrame
    last_visits: pl.DataFrame
    """`visits.visits` of the year before; no rows where there was none."""


class _Formula(NamedTuple):
    name: str
    formula: str
    numerator: str
    denominator: str


_OF_CHECKS = (
    _Formula("抽查完成率", "已公示数÷应检查数", "is_published", "is_due"),
    _Formula("完结率", "完结数÷已公示数（已公示且处置完结）", "is_closed", "is_published"),
    _Formula("检查完成率", "已检查数÷应检查数", "is_done", "is_due"),
    _Formula("问题检出率", "发现问题数÷已检查数", "is_problem", "is_done"),
)
_PLAN = _Formula("计划完成率", "全部检查完毕的任务数÷年度计划任务数", "is_finished", "is_planned")
_OWN_PLAN = _PLAN._replace(formula="本部门全部检查完毕的任务数÷本部门参加的年度计划任务数")
_JOINT = _Formula("部门联合检查率", "两个以上部门一起上门的次数÷入户次数", "is_joint", "is_visit")


def indicators_of(year: YearTables) -> pl.DataFrame:
    """Return the table `Indicators`: the county's, then every department's, then every task's."""
    checks, visits, parts = _checks(year), _visits(year.visits), _parts(year)
    rows = [*_shares(checks, _OF_CHECKS, {"scope": "county"}), *_shares(_whole(parts), [_PLAN], {"scope": "county"})]
    rows += [*_ratio(visits, _JOINT, {"scope": "county", "span": "all"}), *_against_last_year(year)]
    rows += [_saved(year), _warned(year)]
    for department in sorted({*parts["department"], *checks["department"]}):
        place = {"scope": "department", "department": department}
        rows += _shares(checks.filter(pl.col("department") == department), _OF_CHECKS, place)
        rows += _shares(parts.filter(pl.col("department") == department), [_OWN_PLAN], place)
        rows += _ratio(visits.filter(pl.col("departments").list.contains(department)), _JOINT, {**place, "span": "all"})
    for task_id in year.tasks["task_id"].sort():
        place = {"scope": "task", "task_id": task_id, "span": "all"}
        owed = checks.filter(pl.col("task_id") == task_id)
        rows += [row for one in _OF_CHECKS for row in _ratio(owed, one, place)]
        rows += _ratio(visits.filter(pl.col("task_ids").list.contains(task_id)), _JOINT, place)
    blank = {"department": None, "task_id": None, "numerator": None, "denominator": None, "value": None}
    return frame_of(Indicators, [{**blank, **row} for row in rows])


def visits_apart(obligations: pl.DataFrame) -> int:
    """Return how many doors the drawn objects would open if every department went alone for every plan row."""
    on_site = obligations.filter("is_on_site")
    return on_site.select("object_id", "plan_row_id", "department").unique().height


def problem_rates(findings: pl.DataFrame, objects: pl.DataFrame) -> pl.DataFrame:
    """Return the table `ProblemRates`; `objects` has object_id and credit_class, who is gone counts as N."""
    classed = (
        _in_force(findings)
        .join(objects.select("object_id", "credit_class"), on="object_id", how="left")
        .with_columns(pl.col("credit_class").fill_null("N"), is_problem=_is_problem())
    )
    rows: list[dict[str, object]] = []
    for kind, column in (("item", "item_code"), ("class", "credit_class")):
        counted = classed.group_by(column).agg(pl.len(), pl.col("is_problem").sum()).sort(column)
        for cell, checked, found in counted.iter_rows():
            is_small = any(0 < one < _SMALL for one in (checked, found, checked - found))
            rows.append(
                {
                    "cell_kind": kind,
                    "cell": cell,
                    "checked_count": checked,
                    "problem_count": found,
                    "rate": round(found / checked, 4),
                    "is_publishable": kind == "item" and not is_small,
                }
            )
    return frame_of(ProblemRates, rows)


def _in_force(findings: pl.DataFrame) -> pl.DataFrame:
    return findings.filter(pl.col("audit_state") != "withdrawn")


def _is_problem() -> pl.Expr:
    return pl.col("result_types").list.eval(~pl.element().is_in(sorted(HARMLESS))).list.any()


def _checks(year: YearTables) -> pl.DataFrame:
    """Return every check owed, and whether it is done, found something, is public, is closed."""
    published = year.published.join(year.items.select("item_code", "item_name"), on="item_name").select(_CHECK).unique()
    found = _in_force(year.findings).select(*_CHECK, "is_disposed", is_done=True, is_problem=_is_problem())
    return (
        year.obligations.select(_CHECK)
        .join(year.tasks.select("task_id", "is_joint"), on="task_id")
        .join(found, on=_CHECK, how="left")
        .join(published.with_columns(is_published=True), on=_CHECK, how="left")
        .with_columns(
            pl.col("is_disposed", "is_done", "is_problem", "is_published").fill_null(value=False), is_due=True
        )
        .with_columns(is_published=pl.col("is_published") & pl.col("is_done"))
        .with_columns(is_closed=pl.col("is_published") & pl.col("is_disposed"))
    )


def _parts(year: YearTables) -> pl.DataFrame:
    """Return every task and department that takes part, and whether all it owes there is done; nothing owed is not."""
    done = _checks(year).group_by("task_id", "department").agg(is_finished=pl.col("is_done").all())
    planned = year.tasks.select("task_id", "is_joint", department="departments").explode("department")
    return planned.join(done, on=["task_id", "department"], how="left").with_columns(
        pl.col("is_finished").fill_null(value=False), is_planned=True
    )


def _whole(parts: pl.DataFrame) -> pl.DataFrame:
    return parts.group_by("task_id", "is_joint").agg(pl.col("is_finished", "is_planned").all())


def _visits(visits: pl.DataFrame) -> pl.DataFrame:
    is_joint = pl.col("departments").list.len() > 1
    return visits.select("departments", "task_ids", is_visit=True, is_joint=is_joint)


def _shares(marked: pl.DataFrame, formulas: Iterable[_Formula], place: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the formulas over all tasks, over those of one department, and over joint ones."""
    return [
        row
        for one in formulas
        for span, chosen in _SPANS.items()
        for row in _ratio(marked.filter(chosen(pl.col("is_joint"))), one, {**place, "span": span})
    ]


def _ratio(marked: pl.DataFrame, one: _Formula, place: Mapping[str, object]) -> list[dict[str, object]]:
    numerator, denominator = (int(marked[name].sum()) for name in (one.numerator, one.denominator))
    value = round(numerator / denominator, 4) if denominator else None
    parts = {"numerator": numerator, "denominator": denominator, "value": value}
    return [{**place, "name": one.name, "formula": one.formula, "unit": "rate", **parts}]


def _against_last_year(year: YearTables) -> list[dict[str, object]]:
    now, before = year.visits.height, year.last_visits.height or None
    place = {"scope": "county", "span": "all"}
    change = round((now - before) / before, 4) if before else None
    formula = "（本年入户次数－上年入户次数）÷上年入户次数"
    return [
        {**place, "name": "入户次数", "formula": "本年上门的次数", "unit": "visits", "numerator": now, "value": now},
        {**place, "name": "入户次数比上年", "formula": formula, "unit": "rate", "numerator": now, "denominator": before,
         "value": change},
    ]  # fmt: skip


def _saved(year: YearTables) -> dict[str, object]:
    apart, visits = visits_apart(year.obligations), year.visits.height
    return {
        "scope": "county",
        "span": "all",
        "name": "减少入户次数",
        "formula": "各部门按每条计划分别上门的次数－入户次数",
        "unit": "visits",
        "numerator": apart,
        "denominator": visits,
        "value": apart - visits,
    }


def _warned(year: YearTables) -> dict[str, object]:
    count = year.warnings.filter(pl.col("scope") == "business")["object_id"].n_unique()
    place = {"scope": "county", "span": "all", "name": "频次预警", "unit": "businesses"}
    return {**place, "formula": "规定天数内两次被上门检查的户数", "numerator": count, "value": count}
