"""What is filed and what waits for whom, read from the inbox and the exported tables."""

import datetime as dt
from collections.abc import Iterator

import polars as pl
from rich.console import Console
from rich.table import Table as Grid

from assets.clock import today
from assets.decisions import decision_logs, read_decision_log
from assets.folders import Folders
from assets.papers import printed_visits
from assets.platform import read_receipts
from onevisit.county import County
from onevisit.decisions import parse_log
from onevisit.draw.tables import Rounds
from onevisit.filings.tables import Accounting
from onevisit.plan.due import days_text, missing_plans
from onevisit.plan.signoff import current_approval, stated
from onevisit.plan.tables import Capacity, Conflicts, Lenders, Rosters, Submitted, Tasks
from onevisit.plan.tables import Refused as RefusedPlanRows
from onevisit.publish.platform import failures_table
from onevisit.publish.tables import PublicVersions
from onevisit.registries.judgements import in_effect, judgements
from onevisit.registries.suspicions import answered, answers
from onevisit.registries.tables import DuplicatesToReview, Suspicions
from onevisit.results.lateness import KIND_WORDS
from onevisit.results.tables import Corrections, Findings, FrequencyWarnings, Overdue
from onevisit.visits.tables import Borrowing, Schedule, Shortages, Visits
from pipelines.summary import accounting_by_department, exported, exported_fingerprint


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
    yield from _recusals_waiting(folders, year)
    yield from _plan_waiting(folders, county, year)
    yield from _rounds_waiting(folders, county, year)
    yield from _visits_waiting(folders, county, year)
    yield from _results_waiting(folders, county, year)
    yield from _platform_waiting(folders, county, year)


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


def _recusals_waiting(folders: Folders, year: int) -> Iterator[tuple[str, str]]:
    said = answers(decision_logs(folders, year))
    asked = answered(exported(folders, Suspicions, year), said).filter(pl.col("answer").is_null())
    for department, count in asked.group_by("department").len().sort("department").iter_rows():
        yield (
            department,
            f"{count} 对执法检查人员与检查对象负责人同名，待核对是否应当回避（回避核对/{department}.xlsx），"
            f"答复之前不回避。 / {count} namesakes to answer for; until then nobody is kept apart.",
        )


def _plan_waiting(folders: Folders, county: County, year: int) -> Iterator[tuple[str, str]]:
    submitted, refused = exported(folders, Submitted, year), exported(folders, RefusedPlanRows, year)
    when_zh, when_en = days_text(county.plan.due_on(year), today(county))
    for one in missing_plans(county.department_names, submitted, refused):
        if one.refused_count:
            yield (
                one.department,
                f"{year} 年度抽查计划报了 {one.refused_count} 行，全部退回；{when_zh}。"
                f" / all {one.refused_count} plan rows are refused; {when_en}.",
            )
        else:
            yield one.department, f"没有报送 {year} 年度抽查计划；{when_zh}。 / has filed no plan; {when_en}."
    unused = exported(folders, Rosters, year).drop_nulls("code")
    for department, count in unused.group_by("department").len().sort("department").iter_rows():
        rows = counted(count, "row of a roster cannot be used", "rows of rosters cannot be used")
        yield department, f"任务参加人员名单有 {count} 行不能使用（见任务参加人员）。 / {rows}."
    open_conflicts = exported(folders, Conflicts, year).filter(pl.col("answer").is_null())
    for frame, zh, en in (
        (refused, "条计划退回，待改正后重报", "plan problems to mend"),
        (open_conflicts, "项冲突待市场监管局协调", "conflicts for the bureau to settle"),
    ):
        for department, count in frame.group_by("department").len().sort("department").iter_rows():
            yield department, f"{count} {zh}。 / {count} {en}."
    yield from _sign_off_waiting(folders, county, year)


def _sign_off_waiting(folders: Folders, county: County, year: int) -> Iterator[tuple[str, str]]:
    fingerprint = exported_fingerprint(folders, year)
    if not fingerprint:
        return
    log = parse_log(read_decision_log(folders, year))
    when_zh, when_en = days_text(county.plan.due_on(year), today(county))
    short = exported(folders, Capacity, year).filter(pl.col("visits_short") > 0)
    for department, count in short.group_by("department").len().sort("department").iter_rows():
        yield department, f"{count} 个时段人手不足（见人手测算）。 / cannot keep {count} windows with its people."
    enough = exported(folders, Lenders, year).filter("is_enough").group_by("department", "pool").len()
    for department, pool, count in enough.sort("department", "pool").iter_rows():
        yield (
            department,
            f"其中 {count} 个时段{pool}可以借人补足（见片区可借）。 / {pool} could lend enough for {count}.",
        )
    if current_approval(log, fingerprint) is None:
        yield (
            county.bureau.name,
            f"年度抽查计划{stated(log, fingerprint)}。{when_zh}。 / the plan waits for the sign-off; {when_en}.",
        )
    elif fingerprint not in exported(folders, PublicVersions, year).filter("is_current")["plan_fingerprint"]:
        yield (
            county.bureau.name,
            f"年度抽查计划已签批，尚未公开；{when_zh}。 / the plan is signed off and not yet published; {when_en}.",
        )


def _rounds_waiting(folders: Folders, county: County, year: int) -> Iterator[tuple[str, str]]:
    rounds = exported(folders, Rounds, year).filter(pl.col("state") == "drawn")
    drawn = set(rounds.explode("task_ids")["task_ids"])
    due = today(county) + dt.timedelta(days=county.draw.days_before_window + 2)
    for task_id, lead, starts_on in (
        exported(folders, Tasks, year).select("task_id", "lead_department", "starts_on").iter_rows()
    ):
        if task_id not in drawn and starts_on <= due:
            yield lead, f"任务 {task_id} 自 {starts_on} 开始，尚未抽取。 / task {task_id} is due to be drawn."


def counted(count: int, one: str, many: str) -> str:
    """Return a number with what it counts, as one or as many."""
    return f"{count} {one if count == 1 else many}"


def _visits_waiting(folders: Folders, county: County, year: int) -> Iterator[tuple[str, str]]:
    short = exported(folders, Shortages, year)
    for department, kind, count in short.group_by("department", "kind").len().sort("department", "kind").iter_rows():
        who_zh, who_en = ("专家", "experts") if kind == "experts" else ("检查人员", "inspectors")
        lack = counted(count, f"visit lacks {who_en}", f"visits lack {who_en}")
        yield department, f"{count} 次入户缺{who_zh}（见人员缺口）。 / {lack}."
    offers = exported(folders, Borrowing, year).drop_nulls("pool").group_by("department", "state", "pool")
    lent = offers.agg(visits=pl.len(), people=pl.col("lent").sum()).sort("department", "state", "pool")
    for department, state, pool, visits, people in lent.iter_rows():
        if state == "drawn":
            count = counted(visits, "visit", "visits")
            said = (
                f"{visits} 次入户本部门派不出检查组，已从{pool}抽定 {people} 人次（见片区商借）。"
                f" / for {count} {people} person-visits were drawn from {pool}."
            )
        else:
            said = (
                f"其中 {visits} 次可向{pool}商借，共 {people} 人次（见片区商借）。"
                f" / {visits} of these can borrow {people} person-visits from {pool}."
            )
        yield department, said
    led = exported(folders, Schedule, year).join(
        exported(folders, Visits, year).select("visit_id", "lead_department"), on="visit_id"
    )
    unplaced = led.filter(pl.col("visit_on").is_null())
    for lead, count in unplaced.group_by("lead_department").len().sort("lead_department").iter_rows():
        none = counted(count, "visit has no day", "visits have no day")
        yield lead, f"{count} 次入户排不进日程（见上门日程）。 / {none}."
    moved = led.drop_nulls("moved_from")
    for lead, count in moved.group_by("lead_department").len().sort("lead_department").iter_rows():
        were = counted(count, "visit was moved when its day was near", "visits were moved when their day was near")
        yield lead, f"{count} 次入户临近又改期（原因见上门日程）。 / {were}."
    last = county.working_days(today(county).year).after(today(county), county.visits.start_within_workdays)
    near = led.filter(
        pl.col("visit_on").is_between(today(county), last),
        ~pl.col("visit_id").is_in(sorted(printed_visits(folders, year))),
    )
    for lead, count in near.group_by("lead_department").len().sort("lead_department").iter_rows():
        have = counted(count, "visit is near and has no papers", "visits are near and have no papers")
        yield lead, f"{count} 次入户在{last}前（含当日）上门，尚未生成卷宗（onevisit papers）。 / {have}."
    late = led.explode("late_tasks", empty_as_null=True).drop_nulls("late_tasks")
    leads = late.group_by("late_tasks").agg(pl.col("lead_department").min()).sort("late_tasks")
    for task_id, lead in leads.iter_rows():
        yield lead, f"任务 {task_id} 在抽取后五个工作日内没有入户。 / task {task_id} starts late."


def _results_waiting(folders: Folders, county: County, year: int) -> Iterator[tuple[str, str]]:
    findings = exported(folders, Findings, year)
    counts = findings.group_by("department", "audit_state").len().sort("department", "audit_state")
    for department, state, count in counts.iter_rows():
        if state in _AUDIT_WAITS:
            zh, en = _AUDIT_WAITS[state]
            yield department, f"{count} 项检查结果{zh}。 / {count} results {en}."
    asked = exported(folders, Corrections, year).filter(pl.col("state").is_in(["entered", "checked"]))
    for department, count in asked.group_by("department").len().sort("department").iter_rows():
        yield department, f"{count} 项更正待审核、批准。 / {count} corrections wait for their audit."
    late = exported(folders, Overdue, year).group_by("department", "owner", "kind")
    worst = late.agg(count=pl.len(), days=pl.col("days_over").max()).sort("department", "kind")
    for department, owner, kind, count, days in worst.iter_rows():
        yield (
            department,
            f"{count} 项{KIND_WORDS[kind]}，最多超期 {days} 个工作日。"
            f" / {count} {kind.replace('_', ' ')}, up to {days} working days over ({owner}).",
        )
    warned = exported(folders, FrequencyWarnings, year).filter(pl.col("scope") == "county")
    for reason, fix, count in warned.select("reason", "fix", "business_count").iter_rows():
        yield county.bureau.name, f"{reason}{fix} / {count} businesses were visited again too soon."


_AUDIT_WAITS = {
    "entered": ("待审核（检查结果审核）", "wait for a second person to check them"),
    "checked": ("待批准公示（检查结果审核）", "wait for another person to approve them"),
    "returned": ("审核退回，待改正（检查结果录入）", "were returned and wait to be mended"),
}


def _platform_waiting(folders: Folders, county: County, year: int) -> Iterator[tuple[str, str]]:
    failed = failures_table(read_receipts(folders, year))
    # What matches no row we wrote is for the bureau, which does the importing.
    by_department = failed.with_columns(pl.col("department").fill_null(county.bureau.name)).group_by(
        "department", "kind"
    )
    for department, kind, count in by_department.len().sort("department", "kind").iter_rows():
        yield (
            department,
            f"省级平台退回{kind} {count} 行，待更正后重新导入。 / {count} rows refused by the provincial platform.",
        )
