"""The workbook in which a department enters its results (检查结果录入表): a locked line an obligation.

It is written here; what comes back is read in `entry_import.py`, and written once more with the mistakes
marked when there are any. Holds names and certificate numbers: for the department alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.forms import Block, Form, FormColumn, Highlight
from onevisit.marking import Filled, add_errors, with_answers
from onevisit.results.audit import STATE_WORDS
from onevisit.results.tables import RESULT_TYPES
from onevisit.results.versions import KEY
from onevisit.results.vocabulary import DISPOSALS
from onevisit.visits.dossier import Dossier
from onevisit.workbooks import Book
from onevisit.workers import each

TITLE = "检查结果录入表"
TASK, OBJECT, PLAN_ROW, ITEM = "抽查任务编号", "对象编号", "抽查计划编号", "事项编码"
RESULTS = ("检查结果", "检查结果（二）", "检查结果（三）")
STATE = "处置状态"
INPUTS = {
    "checked_on": "检查完成日期",
    "inspectors": "检查人员",
    "substitute_reason": "替换原因",
    "scanned_at": "到场扫码时间",
    "scanned_place": "到场扫码地点",
    "problem": "发现问题",
    "disposal": "后续处置措施",
    "is_disposed": STATE,
    "dispose_by": "处置期限",
    "disposed_on": "处置完结日期",
    "disposal_to": "移送或抄告至",
    "report_file": "第三方报告",
    "report_sha256": "报告指纹",
    "entered_by": "录入人",
}
"""Field of a filed result -> the column it is entered in; the result has three."""
_FINISHED = ("已完结", "未完结")
_CHOICES = {"disposal": DISPOSALS, "is_disposed": _FINISHED}
_PROMPTS = {
    "checked_on": "写法：2027-03-15。",
    "inspectors": "实际到场人员的执法证编号，用顿号隔开；已填抽定的人员。",
    "substitute_reason": "到场人员不是抽定人员的，写明原因。",
    "scanned_at": "写法：2027-03-15 09:30，须为检查当日。",
    "disposal_to": "移送、抄告的，写明机关。",
    "report_file": "放在收件夹“附件”文件夹中的文件名。",
    "report_sha256": "可以留空，由系统填写。",
}
_WIDTHS = {"problem": 28, "disposal": 26, "inspectors": 24, "report_sha256": 18}
_RESULT_CHOICES = tuple(RESULT_TYPES)


def _input(name: str, title: str) -> FormColumn:
    return FormColumn(
        title,
        _WIDTHS.get(name, 14),
        is_input=True,
        choices=_CHOICES.get(name, ()),
        prompt=_PROMPTS.get(name, ""),
    )


ENTRY = Form(
    "检查结果录入",
    (
        FormColumn("检查对象", 24),
        FormColumn("抽查事项", 24),
        FormColumn(TASK, 12, "code"),
        FormColumn(OBJECT, 21, "code"),
        FormColumn(PLAN_ROW, 16, "code"),
        FormColumn(ITEM, 11, "code"),
        FormColumn("入户编号", 24, "code"),
        FormColumn("抽定人员", 26),
        FormColumn("检查时段", 24, "centre"),
        FormColumn("目前状态", 20),
        *(FormColumn(title, 22, is_input=True, choices=_RESULT_CHOICES) for title in RESULTS),
        *(_input(name, title) for name, title in INPUTS.items()),
    ),
    key=(TASK, OBJECT, PLAN_ROW, ITEM),
    highlights=(
        Highlight(INPUTS["checked_on"], f'AND({{{RESULTS[0]}}}<>"",{{{INPUTS["checked_on"]}}}="")', "wrong"),
        Highlight(INPUTS["entered_by"], f'AND({{{RESULTS[0]}}}<>"",{{{INPUTS["entered_by"]}}}="")', "wrong"),
        Highlight(RESULTS[0], f'{{{RESULTS[0]}}}<>""', "done"),
    ),
    frozen=2,
)


@dataclass(frozen=True, slots=True)
class Entries:
    """What is entered in a year: what every department owes, and what stands of it."""

    county: str
    year: int
    obligations: pl.DataFrame
    findings: pl.DataFrame
    """`results.findings` as the log has it now."""
    names: Mapping[str, str]
    """Object or item -> its name."""
    dossiers: Mapping[str, Dossier]

    def departments(self) -> list[str]:
        """Return the departments that owe anything, sorted."""
        return self.obligations["department"].unique().sort().to_list()


def entry_workbooks(entries: Entries) -> dict[str, bytes]:
    """Return the workbook of every department that owes anything, by its name."""
    owing = entries.departments()
    return dict(zip(owing, each(_entry_workbook, owing, entries), strict=True))


def _entry_workbook(department: str, entries: Entries) -> bytes:
    return entry_workbook(entries, department)


def entry_workbook(entries: Entries, department: str, *, filled: Filled | None = None) -> bytes:
    """Return a department's workbook; with `filled`, as it goes back: red cells, comments, 导入错误 in front."""
    filled = filled or Filled()
    blocks = with_answers(ENTRY, entry_blocks(entries, department), filled)
    subtitle = f"{entries.county}　{entries.year}年度　{department}"
    book = Book(f"{entries.year}年度{TITLE}", f"{subtitle}　内部资料，不得公开")
    book.facts({"表": TITLE, "年度": str(entries.year), "部门": department})
    if filled.faults:
        add_errors(book, filled.faults, {ENTRY.name: blocks}, key_title="编号", what="结果")
    book.guide("填写说明", _guide(department, len(blocks)))
    note = f"{len(blocks):,} 项待录入、退回待改正或者处置未完结；黄色格填写，灰色格锁定"
    book.form(ENTRY, list(blocks.values()), note=note)
    return book.content()


def entry_blocks(entries: Entries, department: str) -> dict[str, Block]:
    """Return what a department has to enter, by key: owed and not returned yet, sent back, or not disposed of."""
    own = entries.obligations.filter(department=department).sort("ends_on", "task_id", "object_id", *KEY[2:])
    found = {
        tuple(row[name] for name in KEY): row
        for row in entries.findings.filter(department=department).iter_rows(named=True)
    }
    lines = ((row, found.get(tuple(row[name] for name in KEY))) for row in own.iter_rows(named=True))
    return {
        line_key(row["task_id"], row["object_id"], row["plan_row_id"], row["item_code"]): Block(
            (_line(entries, row, standing),)
        )
        for row, standing in lines
        if standing is None or standing["audit_state"] in ("entered", "returned") or not standing["is_disposed"]
    }


def line_key(*parts: str) -> str:
    """Return how a line is named: task, object, plan row, item."""
    return " ".join(parts)


def _line(entries: Entries, row: Mapping[str, Any], standing: Mapping[str, Any] | None) -> dict[str, str]:
    dossier = entries.dossiers.get(row["visit_id"] or "")
    team = [one for one in dossier.team if one.department == row["department"]] if dossier else []
    state = "待录入"
    if standing:
        state = STATE_WORDS[standing["audit_state"]]
        state += f"：{standing['returned_reason']}" if standing["returned_reason"] else ""
    sent = {
        TASK: row["task_id"],
        OBJECT: row["object_id"],
        PLAN_ROW: row["plan_row_id"],
        ITEM: row["item_code"],
        "检查对象": entries.names.get(row["object_id"], ""),
        "抽查事项": entries.names.get(row["item_code"], ""),
        "入户编号": row["visit_id"] or "（不上门）",
        "抽定人员": "、".join(f"{one.name} {one.certificate}".strip() for one in team),
        "检查时段": f"{row['starts_on']} 至 {row['ends_on']}",
        "目前状态": state,
        INPUTS["inspectors"]: "、".join(one.certificate for one in team if one.certificate),
    }
    return sent | (_entered(standing) if standing else {})


def _entered(standing: Mapping[str, Any]) -> dict[str, str]:
    """Return what was entered before, in the columns it is entered in."""
    texts = {title: _text(standing[name]) for name, title in INPUTS.items() if name != "is_disposed"}
    types: Sequence[str] = standing["result_types"]
    results = dict(zip(RESULTS, [*types, "", ""], strict=False))
    return {**texts, **results, STATE: _FINISHED[0] if standing["is_disposed"] else _FINISHED[1]}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType]
    return "" if value is None else str(value)


def _guide(department: str, count: int) -> list[tuple[str, list[str]]]:
    return [
        (
            f"请{department}在检查后及时录入，交回县市场监管局",
            [
                f"1．下一张表列出 {count} 项：待录入的、审核退回的，以及处置尚未完结的；查完一项录一项，没有查的留空。",
                "2．黄色格填写，灰色格锁定。检查结果从下拉列表中选；有几种结果的，依次选在三格中；“未发现问题”只能单独选。",
                "3．没有见到人的选“无法联系”：同一次入户、同一天，任何部门都不得再报其他结果。",
                "4．检查人员填实际到场人员的执法证编号；换了人的写明替换原因。到场扫码时间须为检查当日、抽取之后。",
                "5．发现问题的、无法联系的，选后续处置措施；移送、抄告的写明机关；完结的填完结日期。",
                "6．第三方报告放入收件夹“附件”文件夹，表中只写文件名。",
                "7．录入人不能审核自己录入的结果。表中有一处错误，全部不导入；错误会标红写回。",
            ],
        )
    ]
