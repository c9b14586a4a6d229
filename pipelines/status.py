"""What is filed and what waits for whom, read from the inbox and the exported tables."""

import datetime as dt
from collections.abc import Iterator

import polars as pl
from rich.console import Console
from rich.table import Table as Grid

from assets.clock import today
from assets.decisions import decision_logs, read_decision_log
from assets.folders import Folders
from onevisit.county import County
from onevisit.decisions import parse_log
from onevisit.draw.tables import Rounds
from onevisit.filings.tables import Accounting
from onevisit.plan.signoff import current_approval, plan_fingerprint
from onevisit.plan.tables import Conflicts, Scope, Submitted, TaskItems, Tasks
from onevisit.plan.tables import Refused as RefusedPlanRows
from onevisit.registries.judgements import in_effect, judgements
from onevisit.registries.tables import DuplicatesToReview
from onevisit.results.tables import Progress
from pipelines.summary import accounting_by_department, exported


def print_status(console: Console, folders: Folders, county: County, year: int) -> None:
    """Print one line per department, then everything that waits for somebody."""
    console.print(_departments(folders, county, year))
    waiting = list(waits(folders, county, year))
    for who, what in waiting:
        console.print(f"  {who}: {what}", soft_wrap=True)
    if not waiting:
        console.print("  没有待办事项。 / Nothing waits.")


def waits(folders: Folders, county: County, year: int) -> Iterator[tuple[str, str]]:
    """Yield who is waited for, and for what."""
    yield from _filings_waiting(folders, county, year)
    yield from _judgements_waiting(folders, year)
    yield from _plan_waiting(folders, county, year)
    yield from _rounds_waiting(folders, county, year)
    yield from _results_waiting(folders, year)


def _departments(folders: Folders, county: County, year: int) -> Grid:
    counts = {row[0]: row[1:] for row in accounting_by_department(exported(folders, Accounting, year)).iter_rows()}
    grid = Grid(title=f"{year} 年度报送 / filings", title_justify="left")
    grid.add_column("部门 / department")
    for header in ("收件夹文件 / files", "读入 / read", "采用 / kept", "退回 / refused"):
        grid.add_column(header, justify="right")
    for name in county.department_names:
        files = sum(1 for path in (folders.inbox(year) / name).glob("*") if path.is_file())
        read, kept, refused = counts.get(name, (0, 0, 0))
        grid.add_row(name, str(files), f"{read:,}", f"{kept:,}", f"{refused:,}")
    return grid


def _filings_waiting(folders: Folders, county: County, year: int) -> Iterator[tuple[str, str]]:
    for name in county.department_names:
        if not any((folders.inbox(year) / name).glob("*")):
            yield name, f"尚未报送 {year} 年度材料。 / has not filed for {year}."


def _judgements_waiting(folders: Folders, year: int) -> Iterator[tuple[str, str]]:
    judged = in_effect(judgements(decision_logs(folders, year)))
    # Judged since the last run, a pair is still on the list.
    asked = exported(folders, DuplicatesToReview, year).join(judged, on="pair_id", how="anti")
    for department, count in asked.group_by("department").len().sort("department").iter_rows():
        yield (
            department,
            f"{count} 对疑似重复待核对（疑似重复/{department}.xlsx）。 / {count} pairs of records to judge.",
        )


def _plan_waiting(folders: Folders, county: County, year: int) -> Iterator[tuple[str, str]]:
    for model, zh, en in (
        (RefusedPlanRows, "条计划退回，待改正后重报", "plan problems to mend"),
        (Conflicts, "项冲突待市场监管局协调", "conflicts for the bureau to settle"),
    ):
        counts = exported(folders, model, year).group_by("department").len().sort("department")
        for department, count in counts.iter_rows():
            yield department, f"{count} {zh}。 / {count} {en}."
    models = (Submitted, Scope, Tasks, TaskItems)
    submitted, scope, tasks, task_items = (exported(folders, model, year) for model in models)
    fingerprint = plan_fingerprint(submitted, scope, tasks, task_items)
    if tasks.height and current_approval(parse_log(read_decision_log(folders, year)), fingerprint) is None:
        yield county.bureau.name, f"{tasks.height} 项任务的年度计划待签批。 / the plan waits for the sign-off."


def _rounds_waiting(folders: Folders, county: County, year: int) -> Iterator[tuple[str, str]]:
    rounds = exported(folders, Rounds, year).filter(pl.col("state") == "drawn")
    drawn = set(rounds.explode("task_ids")["task_ids"])
    due = today(county) + dt.timedelta(days=county.draw.days_before_window + 2)
    for task_id, lead, starts_on in (
        exported(folders, Tasks, year).select("task_id", "lead_department", "starts_on").iter_rows()
    ):
        if task_id not in drawn and starts_on <= due:
            yield lead, f"任务 {task_id} 自 {starts_on} 开始，尚未抽取。 / task {task_id} is due to be drawn."


def _results_waiting(folders: Folders, year: int) -> Iterator[tuple[str, str]]:
    overdue = exported(folders, Progress, year).group_by("department").agg(pl.col("overdue_count").sum())
    for department, count in overdue.filter(pl.col("overdue_count") > 0).sort("department").iter_rows():
        yield department, f"{count} 项检查结果逾期未报。 / {count} results are overdue."
