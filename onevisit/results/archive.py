"""Archive: one folder a task (一任务一档; policy III.4 归档方式): what belongs into it, and whether it is whole.

Written once. What comes later, a correction or papers made since, is a supplement with an index of its
own; nothing that was archived is changed by it.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.errors import Problem, problem
from onevisit.plan.schemes import scheme_file
from onevisit.workbooks import Book, Cell, Column

INDEX, SUMS = "目录.xlsx", "SHA256SUMS"
PLAN, SCHEME, EVIDENCE, MINUTES, DOSSIERS, RESULTS = (
    "01 计划和签批",
    "02 联合抽查方案",
    "03 抽取材料",
    "04 抽取记录",
    "05 入户检查卷宗",
    "06 检查结果和处置",
)
"""Folders of a task's archive, in the order of the work."""
SUBTITLE = "一任务一档，内部资料，不得公开"

_INDEX = (Column("序号", 7, "count"), Column("名称", 70), Column("来源", 44), Column("SHA-256", 68, "code"))
_FACTS = (Column("项目", 18), Column("内容", 80))
_PLAN_ROWS = (
    Column("抽查计划编号", 20),
    Column("发起部门", 18),
    Column("事项编码", 14),
    Column("抽查对象范围", 30),
    Column("抽查比例或数量", 30),
    Column("检查方式", 14),
)
_ITEMS = (
    Column("抽查计划编号", 20),
    Column("部门", 20),
    Column("事项编码", 14),
    Column("检查事项", 40),
    Column("需上门", 9, "centre"),
)
_SIGNED = (
    Column("时间", 26),
    Column("事由", 40),
    Column("何人", 16),
    Column("理由", 30),
    Column("计划指纹", 68, "code"),
)
_RESULTS = (
    Column("对象编号", 24, "code"),
    Column("检查对象", 34),
    Column("检查机关", 18),
    Column("检查事项", 34),
    Column("检查完成日期", 16, "date"),
    Column("检查结果", 34),
    Column("发现问题", 34),
    Column("后续处置", 34),
    Column("处置完结", 9, "centre"),
)
_MISSING = (
    Column("对象编号", 24, "code"),
    Column("检查对象", 34),
    Column("部门", 18),
    Column("检查事项", 34),
    Column("结束日期", 16, "date"),
)
_CHECK = ["object_id", "task_id", "plan_row_id", "department", "item_code"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of an archive: where it lies below the folder, what it was made from, and its bytes."""

    path: str
    source: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Fingerprint of the content, hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class TaskTables:
    """What the plan and the results of tasks are archived from; every frame is a table of its stage."""

    submitted: pl.DataFrame
    task_items: pl.DataFrame
    items: pl.DataFrame
    rounds: pl.DataFrame
    decisions: pl.DataFrame
    obligations: pl.DataFrame
    findings: pl.DataFrame
    objects: pl.DataFrame


def complete_tasks(
    tasks: pl.DataFrame,
    obligations: pl.DataFrame,
    findings: pl.DataFrame,
    *,
    today: dt.date,
    publish_by: Callable[[dt.date], dt.date | None],
) -> list[str]:
    """Return the tasks whose archive can be closed, sorted.

    Every check owed has an approved result whose disposal is finished, or the days to publish after the task's end
    have passed: what is missing then is missing for good and stands in the archive as missing. A task that
    was not drawn is never complete.
    """
    closed = (
        findings.filter("is_disposed", pl.col("audit_state") == "approved").select(_CHECK).with_columns(is_closed=True)
    )
    states = (
        obligations.join(closed, on=_CHECK, how="left")
        .group_by("task_id")
        .agg(is_closed=pl.col("is_closed").fill_null(value=False).all())
        .join(tasks.select("task_id", "ends_on"), on="task_id")
        .sort("task_id")
    )
    return [
        task_id
        for task_id, is_closed, ends_on in states.iter_rows()
        if is_closed or ((by := publish_by(ends_on)) is not None and by < today)
    ]


def task_folder(task: Mapping[str, Any]) -> str:
    """Return the name of a task's folder: T012 旅馆部门联合抽查（4月至6月）."""
    return scheme_file(task).removesuffix(".docx")


def made_pieces(task: Mapping[str, Any], tables: TaskTables) -> list[Piece]:
    """Return what is made for the archive from the tables: plan with sign-off, results with disposals."""
    return [
        Piece(f"{PLAN}/计划和签批.xlsx", "由年度抽查计划和决定记录生成", _plan_workbook(task, tables)),
        Piece(f"{RESULTS}/检查结果和处置.xlsx", "由检查结果表和应查事项表生成", _results_workbook(task, tables)),
    ]


def closed_folder(pieces: Iterable[Piece], *, title: str, on: dt.date) -> dict[str, bytes]:
    """Return the files of a folder to archive, its index and fingerprints included: relative path -> bytes."""
    ordered = sorted(pieces, key=lambda one: one.path)
    index = index_workbook(ordered, title=title, on=on)
    files = {one.path: one.content for one in ordered} | {INDEX: index}
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in sorted(files.items()))
    return files | {SUMS: sums.encode()}


def index_workbook(pieces: Sequence[Piece], *, title: str, on: dt.date) -> bytes:
    """Return 目录: number, name, source and fingerprint of every file."""
    book = Book(title, SUBTITLE)
    rows = [[number, one.path, one.source, one.sha256] for number, one in enumerate(pieces, start=1)]
    book.table("目录", _INDEX, rows, note=f"{title}　归档日期{on.isoformat()}　共{len(rows)}件")
    return book.content()


def read_sums(text: str) -> dict[str, str]:
    """Return path -> fingerprint of a SHA256SUMS; lines of another form are left out, so what they meant is extra."""
    lines = (line.split("  ", 1) for line in text.splitlines())
    return {parts[1]: parts[0] for parts in lines if len(parts) == 2}


def new_pieces(pieces: Iterable[Piece], archived: Iterable[Mapping[str, str]]) -> list[Piece]:
    """Return the pieces that the archive does not have as they are now; `archived` are SHA256SUMS, oldest first."""
    latest = {path: digest for sums in archived for path, digest in sums.items()}
    return [one for one in pieces if latest.get(one.path) != one.sha256]


def folder_problems(folder: str, files: Mapping[str, bytes]) -> list[Problem]:
    """Return what is wrong with an archived folder: E063 no fingerprints, E064 changed, E065 missing, E066 added."""
    if SUMS not in files:
        return [problem("E063", file=folder)]
    sums = read_sums(files[SUMS].decode("utf-8", errors="replace"))
    found = {path: hashlib.sha256(content).hexdigest() for path, content in files.items() if path != SUMS}
    return [
        problem(code, file=folder, value=path)
        for path in sorted({*sums, *found})
        if (code := _broken(sums.get(path), found.get(path)))
    ]


def _broken(noted: str | None, found: str | None) -> str | None:
    if found is None:
        return "E065"
    if noted is None:
        return "E066"
    return None if noted == found else "E064"


def _plan_workbook(task: Mapping[str, Any], tables: TaskTables) -> bytes:
    task_id = task["task_id"]
    held = tables.rounds.filter(pl.col("task_ids").list.contains(task_id), pl.col("state") == "drawn")
    signed = tables.decisions.filter(
        pl.col("kind").is_in(["approve", "withdraw"]),
        pl.col("plan_fingerprint").is_in(held["plan_fingerprint"].implode()),
    ).sort("seq")
    facts: list[tuple[str, Cell]] = [
        ("任务编号", task_id),
        ("任务名称", task["name"]),
        ("发起（牵头）部门", task["lead_department"]),
        ("参与部门", "、".join(task["departments"])),
        ("检查时段", f"{task['starts_on']}至{task['ends_on']}"),
        ("检查人员匹配方式", task["matching"]),
        ("抽查基数", task["scope_count"]),
        ("抽取场次", "、".join(held["serial"].sort())),
    ]
    rows = tables.submitted.filter(pl.col("plan_row_id").is_in(task["plan_rows"])).sort("plan_row_id")
    checks = (
        tables.task_items.filter(pl.col("task_id") == task_id)
        .join(tables.items.select("item_code", "item_name"), on="item_code", how="left")
        .sort("plan_row_id", "department", "item_code")
    )
    book = Book(f"{task_id} 计划和签批", SUBTITLE)
    book.table("任务", _FACTS, facts, note=task["name"])
    book.table(
        "计划行",
        _PLAN_ROWS,
        rows.select("plan_row_id", "department", "item_code", "scope_text", "ratio_in_force", "method").rows(),
    )
    book.table(
        "检查事项", _ITEMS, checks.select("plan_row_id", "department", "item_code", "item_name", "is_on_site").rows()
    )
    book.table("签批记录", _SIGNED, signed.select("at", "what", "by", "why", "plan_fingerprint").rows())
    return book.content()


def _results_workbook(task: Mapping[str, Any], tables: TaskTables) -> bytes:
    named = [
        (tables.objects.select("object_id", "name"), "object_id"),
        (tables.items.select("item_code", "item_name"), "item_code"),
    ]
    findings = tables.findings.filter(pl.col("task_id") == task["task_id"])
    owed = tables.obligations.filter(pl.col("task_id") == task["task_id"]).join(findings, on=_CHECK, how="anti")
    for other, key in named:
        findings, owed = (one.join(other, on=key, how="left") for one in (findings, owed))
    found = findings.with_columns(result=pl.col("result_types").list.join("；")).sort(_CHECK)
    columns = ("object_id", "name", "department", "item_name", "checked_on", "result", "problem", "disposal")
    results = found.select(*columns, "is_disposed")
    followed = results.filter((pl.col("disposal") != "无需后续处置") | ~pl.col("is_disposed"))
    book = Book(f"{task['task_id']} 检查结果和处置", SUBTITLE)
    book.table("检查结果", _RESULTS, results.rows(), paper="A3")
    book.table("后续处置", _RESULTS, followed.rows(), paper="A3")
    missing = owed.sort(_CHECK).select("object_id", "name", "department", "item_name", "ends_on")
    book.table("未报结果", _MISSING, missing.rows(), note="应查而没有结果的事项")
    return book.content()
