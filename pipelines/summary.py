"""What a run tells at its end, in Chinese and English, read from the exported tables."""

from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table as Grid

from assets.folders import Folders
from onevisit.draw.tables import Drawn, Rounds
from onevisit.filings.tables import Accounting
from onevisit.plan.signoff import plan_fingerprint
from onevisit.plan.tables import Refused as RefusedRows
from onevisit.plan.tables import Scope, Submitted, TaskItems, Tasks
from onevisit.registries.tables import Inspectors, Objects
from onevisit.results.indicators import visits_apart
from onevisit.results.tables import Findings
from onevisit.tables import Table, fitted, frame_of, stage_of, table_of
from onevisit.visits.tables import Obligations, Shortages, Visits


def exported(folders: Folders, model: type[Table], year: int) -> pl.DataFrame:
    """Return an exported table; empty when no run has written it yet."""
    path = folders.exports(year) / f"{stage_of(model)}.{table_of(model)}.parquet"
    return fitted(model, pl.read_parquet(path)) if path.exists() else frame_of(model, [])


def exported_fingerprint(folders: Folders, year: int) -> str:
    """Return the fingerprint of the plan as exported, empty while there is none."""
    frames = [exported(folders, model, year) for model in (Submitted, Scope, Tasks, TaskItems)]
    return plan_fingerprint(*frames) if frames[2].height else ""


def accounting_by_department(accounting: pl.DataFrame) -> pl.DataFrame:
    """Return rows read, kept and refused per department, in the accounting's order of departments."""
    return accounting.group_by("department", maintain_order=True).agg(
        pl.col("read_count", "kept_count", "refused_count").sum()
    )


def print_summary(console: Console, folders: Folders, year: int) -> None:
    """Print the year's figures and where to look next."""
    print_accounting(console, folders, year)
    grid = Grid(title=f"{year} 年度 / the year", show_header=False, title_justify="left")
    for zh, en, value in figures(folders, year):
        grid.add_row(zh, en, value)
    console.print(grid)
    print_places(console, folders, year)


def print_accounting(console: Console, folders: Folders, year: int) -> None:
    """Print rows read, kept and refused per department."""
    console.print(_accounting_grid(exported(folders, Accounting, year)))


def print_places(console: Console, folders: Folders, year: int) -> None:
    """Print where the outputs lie that exist by now."""
    for zh, en, path in places(folders, year):
        if path.exists():
            console.print(f"  {zh} / {en}: {path}", soft_wrap=True)


def figures(folders: Folders, year: int) -> list[tuple[str, str, str]]:
    """Return the year's figures: Chinese, English, value."""
    submitted = exported(folders, Submitted, year)
    tasks = exported(folders, Tasks, year)
    drawn = exported(folders, Drawn, year)
    visits = exported(folders, Visits, year)
    obligations = exported(folders, Obligations, year)
    apart = visits_apart(obligations)
    saved = f"{apart - visits.height:,} ({(apart - visits.height) / apart:.1%})" if apart else "0"
    return [
        ("检查对象", "objects", f"{exported(folders, Objects, year).height:,}"),
        ("执法检查人员", "inspectors", f"{exported(folders, Inspectors, year).height:,}"),
        ("计划行（采用／退回）", "plan rows kept / refused", f"{submitted.height} / {_refused_rows(folders, year)}"),
        ("任务（合并前→合并后）", "tasks before -> after merging", f"{submitted.height} -> {tasks.height}"),
        (
            "抽取场次",
            "draw rounds held",
            f"{exported(folders, Rounds, year).filter(pl.col('state') == 'drawn').height}",
        ),
        ("抽中对象", "objects drawn", f"{drawn['object_id'].n_unique():,}"),
        ("入户次数", "visits", f"{visits.height:,}"),
        ("比逐条计划分别上门减少", "visits saved against every plan row and department going alone", saved),
        ("人手不足", "shortages of people, named", f"{exported(folders, Shortages, year).height:,}"),
        ("检查结果（已报送／已公示）", "findings filed / published", _findings_told(exported(folders, Findings, year))),
    ]


def _findings_told(findings: pl.DataFrame) -> str:
    return f"{findings.height:,} / {findings['audit_state'].eq('approved').sum():,}"


def places(folders: Folders, year: int) -> list[tuple[str, str, Path]]:
    """Return where the year's outputs lie: Chinese, English, path."""
    return [
        ("公示网站", "site", folders.public(year) / "index.html"),
        ("退回清单", "what departments must mend", folders.bureau(year) / "退回清单.xlsx"),
        ("疑似重复核对表", "pairs of records for departments to judge", folders.reviews(year)),
        ("计划审核表", "the bureau's workbook", folders.plan_review(year)),
        ("上门日程", "proposed days, and who is missing", folders.schedule(year)),
        ("抽取记录", "minutes of the draws, Word and PDF", folders.minutes(year)),
        ("部门入户安排", "who goes where and by when, a workbook a department", folders.duties(year)),
        ("检查结果录入表", "sheets to enter results in, a workbook a department", folders.entries(year)),
        ("检查结果审核表", "results to check and approve, a workbook a department", folders.audits(year)),
        ("入户检查卷宗", "papers of visits, Word and PDF", folders.dossiers(year)),
        ("抽查工作指标", "indicators, warnings, what results mean next year", folders.indicators(year)),
        ("任务档案", "one folder a task, written once", folders.archive(year)),
        ("省级平台导入文件", "files for the provincial platform", folders.platform(year)),
        ("整改通知和整改清单", "what each department must mend after the review", folders.notices(year)),
        ("两库督查报告", "supervision report", folders.bureau(year) / "两库督查报告.html"),
    ]


def _accounting_grid(accounting: pl.DataFrame) -> Grid:
    grid = Grid(title="报送 / filings", title_justify="left")
    grid.add_column("部门 / department")
    for header in ("读入 / read", "采用 / kept", "退回 / refused"):
        grid.add_column(header, justify="right")
    for department, *counts in accounting_by_department(accounting).iter_rows():
        grid.add_row(department, *(f"{count:,}" for count in counts))
    return grid


def _refused_rows(folders: Folders, year: int) -> int:
    return exported(folders, RefusedRows, year).select("file", "sheet", "row", "department").unique().height
