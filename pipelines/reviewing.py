"""Reviewing the plan with workbooks: a filled one taken into the decision log, and what holds by now.

Whatever is written goes to the year's decision log in one append, all of it or nothing. Nothing
printed here gives a reason: people write names in it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.clock import today
from assets.kept_plans import kept_plans
from onevisit.county import County
from onevisit.decisions import Entry
from onevisit.errors import Problem
from onevisit.plan.questions import progress
from onevisit.plan.review_import import Returned, read_review
from onevisit.plan.review_workbook import PlanReview, changes_since, plan_review, review_workbook
from onevisit.plan.rulings import TITLES, entry_of
from pipelines.returned import WRONG, write_beside
from pipelines.review.desk import Desk, View
from pipelines.settings import Settings

AGAIN = "（重新审核）"
"""How the workbook is named that goes back because something in it was left out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of reading a workbook, in Chinese."""

    text: str
    problems: tuple[Problem, ...] = ()
    """Mistakes, with which nothing was recorded; or else what was left out."""
    is_refused: bool = False
    marked: bytes | None = None
    """The workbook with its problems marked, when there are any."""


def take_workbook(desk: Desk, name: str, data: bytes, *, by: str) -> Outcome:
    """Record every ruling of a filled workbook, or nothing of it when there is a mistake in it.

    `by` answered where the workbook names nobody. Raises RefusedError when the file is no workbook of
    this year's plan (P120 to P122) or cannot be read, when a log was tampered with (P060), or when a
    run holds the data (C005).
    """

    def make(view: View) -> tuple[list[Entry], Callable[[View], Outcome]]:
        returned = read_review(name, data, _review(desk, view), by=by)
        entries = [
            entry_of(
                ruling,
                fingerprint=view.fingerprint,
                at=desk.now(),
                is_demonstration=view.county.demonstration is not None,
            )
            for ruling in returned.rulings
        ]
        return entries, lambda after: _outcome(returned, desk, after)

    return desk.record(make)


def import_workbook(settings: Settings, county: County, path: Path, year: int, *, by: str) -> Outcome:
    """Take a workbook from disk; with mistakes or things left out it is written back beside itself, marked."""
    outcome = take_workbook(Desk(settings, county, year), path.name, path.read_bytes(), by=by)
    if outcome.marked is None:
        return outcome
    back = write_beside(path, outcome.marked, WRONG if outcome.is_refused else AGAIN)
    lines = [outcome.text, *(one.text("zh") for one in outcome.problems), f"已写回标明位置的审核表：{back}"]
    return Outcome("\n".join(lines), outcome.problems, outcome.is_refused, outcome.marked)


def held_rulings(settings: Settings, county: County, year: int) -> str:
    """Return how far the plan is decided, and the rulings in effect, one a line: what, who and when."""
    view = Desk(settings, county, year).look()
    held = [(question, question.standing) for question in view.questions if question.standing]
    return "\n".join(
        [
            *(
                f"{TITLES[one.topic]}：应决定 {one.asked_count}，已决定 {one.decided_count}"
                for one in progress(view.questions)
            ),
            f"{year} 年度有效的审核决定共 {len(held)} 条",
            *(
                f"{TITLES[question.topic]}  {question.subject.replace('|', ' 与 ')}  {standing.text()}"
                for question, standing in held
            ),
        ]
    )


def _review(desk: Desk, view: View) -> PlanReview:
    changes = changes_since(view.log, kept_plans(desk.settings.folders, desk.year), view.plan.signed)
    return plan_review(
        view.tables, view.log, view.fingerprint, changes=changes, county=view.county, today=today(view.county)
    )


def _outcome(returned: Returned, desk: Desk, after: View) -> Outcome:
    mistakes = returned.filled.mistakes
    problems = tuple(fault.problem for fault in mistakes or returned.filled.faults)
    marked = review_workbook(_review(desk, after), returned.filled) if problems else None
    if mistakes:
        text = f"没有导入：表中有 {len(mistakes)} 处错误，全部意见都没有记录。"
        return Outcome(text, problems, is_refused=True, marked=marked)
    return Outcome("\n".join(_summary(returned, problems, after.year)), problems, marked=marked)


def _summary(returned: Returned, left_out: Sequence[Problem], year: int) -> list[str]:
    new, recorded = returned.rulings, returned.recorded_count
    counts = Counter(one.topic for one in new)
    words = "，".join(f"{TITLES[topic]} {counts[topic]}" for topic in TITLES if counts[topic])
    none = "没有新增：表中的意见此前都已导入。" if recorded else "没有新增：表中没有可以记录的新意见。"
    return [
        f"已导入 {len(new)} 条审核决定：{words}。" if new else none,
        *([f"另有 {recorded} 条此前已导入，没有重复记录。"] if new and recorded else []),
        *([f"下次运行 onevisit run plan --year {year} 时按新的决定整合；计划改变的，须重新签批。"] if new else []),
        *([f"有 {len(left_out)} 条没有导入，请重新审核："] if left_out else []),
    ]
