"""The workbook in which results are checked and approved (检查结果审核表), one a department.

It is written here and read back here: what is said in it goes through `audit.step_entries`.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onevisit.errors import Problem, RefusedError, problem
from onevisit.filings.sheets import read_sheets
from onevisit.forms import Block, Form, FormColumn, Highlight, Line, changed_cells, read_facts, read_form
from onevisit.marking import Fault, Filled, add_errors, with_answers
from onevisit.results.audit import History, Step, step_entries
from onevisit.results.corrections import change_text
from onevisit.results.versions import Version, digest_of, key_of
from onevisit.workbooks import Book

TITLE = "检查结果审核表"
NUMBER, OPINION, WHY, BY = "结果编号", "意见", "理由", "审核（批准）人"
_PASS, _BACK = "通过", "退回"
_OPINIONS = (_PASS, _BACK)
_NUMBER_LENGTH = 16


def _form(name: str) -> Form:
    return Form(
        name,
        (
            FormColumn(NUMBER, 18, "code"),
            FormColumn("抽查任务编号", 12, "code"),
            FormColumn("检查对象", 26),
            FormColumn("抽查事项", 26),
            FormColumn("检查完成日期", 13, "centre"),
            FormColumn("检查结果", 26),
            FormColumn("发现问题", 30),
            FormColumn("后续处置", 24),
            FormColumn("到场扫码时间", 17, "centre"),
            FormColumn("录入人", 14),
            FormColumn("更正内容", 34),
            FormColumn(OPINION, 10, "centre", is_input=True, choices=_OPINIONS, prompt="还没有看的留空。"),
            FormColumn(WHY, 28, is_input=True, prompt="退回的必须写明理由。"),
            FormColumn(BY, 14, "centre", is_input=True, prompt="不能是录入人；批准人不能是审核人。"),
        ),
        key=(NUMBER,),
        highlights=(
            Highlight(WHY, f'AND({{{OPINION}}}="{_BACK}",{{{WHY}}}="")', "wrong"),
            Highlight(BY, f'AND({{{OPINION}}}<>"",{{{BY}}}="")', "wrong"),
            Highlight(OPINION, f'{{{OPINION}}}<>""', "done"),
        ),
        frozen=4,
    )


TO_CHECK, TO_APPROVE = _form("待审核"), _form("待批准")
_STEPS: dict[str, Step] = {TO_CHECK.name: "check", TO_APPROVE.name: "approve"}


@dataclass(frozen=True, slots=True)
class Audits:
    """What waits in a year for a second or third person."""

    county: str
    year: int
    waiting: Sequence[tuple[str, Version]]
    """State and version (`audit.waiting`)."""
    history: History
    names: Mapping[str, str]
    """Object or item -> its name."""

    def departments(self) -> list[str]:
        """Return the departments whose results wait, sorted."""
        return sorted({version["department"] for _, version in self.waiting})


@dataclass(frozen=True, slots=True)
class Opinion:
    """What was said of one version."""

    version: Version
    step: Step
    by: str
    why: str


def audit_workbook(audits: Audits, department: str, *, filled: Filled | None = None) -> bytes:
    """Return a department's workbook; with `filled`, as it goes back: red cells, comments, 导入错误 in front."""
    filled = filled or Filled()
    blocks = {
        form.name: with_answers(form, _blocks(audits, department, form), filled) for form in (TO_CHECK, TO_APPROVE)
    }
    subtitle = f"{audits.county}　{audits.year}年度　{department}"
    book = Book(f"{audits.year}年度{TITLE}", f"{subtitle}　内部资料，不得公开")
    book.facts({"表": TITLE, "年度": str(audits.year), "部门": department})
    if filled.faults:
        add_errors(book, filled.faults, blocks, key_title=NUMBER, what="意见")
    for form in (TO_CHECK, TO_APPROVE):
        shown = list(blocks[form.name].values())
        book.form(form, shown, note=f"{len(shown):,} 项；黄色格填写，灰色格锁定；录入人不能审核，审核人不能批准")
    return book.content()


def read_audit(name: str, data: bytes, audits: Audits, *, by: str = "") -> tuple[str, list[Opinion], Filled]:
    """Return whose workbook it is, every opinion in it, and what was filled in with what is wrong.

    `by` is who says what names nobody. Raises RefusedError when the file is no workbook of this year: E042,
    E043, or what `read_sheets` refuses.
    """
    sheets = read_sheets(name, data)
    facts = read_facts(sheets)
    if facts.get("表") != TITLE:
        raise RefusedError([problem("E042", file=name, detail="缺少随表发出的隐藏工作表")])
    if facts.get("年度") != str(audits.year):
        raise RefusedError([problem("E043", file=name, filed=facts.get("年度", ""), year=audits.year)])
    opinions: list[Opinion] = []
    texts: dict[tuple[str, str], Mapping[str, str]] = {}
    faults: list[Fault] = []
    for form in (TO_CHECK, TO_APPROVE):
        lines = read_form(form, sheets)
        if isinstance(lines, str):
            raise RefusedError([problem("E042", file=name, detail=lines)])
        known = {_number(version): version for _, version in audits.waiting}
        sent = _blocks(audits, facts["部门"], form)
        for line in lines:
            if not any(line.texts[title] for title in form.inputs):
                continue
            number = line.texts[NUMBER]
            texts[form.name, number] = {title: line.texts[title] for title in form.inputs}
            wrong = list(_wrong(form, line, sent))
            if not wrong:
                said = _opinion(form, line, known[number], by)
                opinions.append(said)
                wrong = list(_turned_away(audits.history, said))
            places: dict[str, Any] = {"file": name, "sheet": form.name, "row": line.row}
            faults += [Fault(_placed(one, places), form.name, number) for one in wrong]
    return facts["部门"], opinions, Filled(texts, tuple(faults))


def channel_of(data: bytes) -> str:
    """Return how a workbook is named in the log."""
    return f"workbook {hashlib.sha256(data).hexdigest()[:16]}"


def _number(version: Version) -> str:
    return digest_of(version)[:_NUMBER_LENGTH]


def _blocks(audits: Audits, department: str, form: Form) -> dict[str, Block]:
    state = "checked" if form is TO_APPROVE else "entered"
    own = [one for stands, one in audits.waiting if stands == state and one["department"] == department]
    ordered = sorted(own, key=lambda one: (one["checked_on"], key_of(one)))
    return {_number(one): Block((_line(one, audits),)) for one in ordered}


def _line(version: Version, audits: Audits) -> dict[str, str]:
    asked = audits.history.asked.get(digest_of(version))
    chain = audits.history.chains.get(key_of(version), [])
    return {
        NUMBER: _number(version),
        "抽查任务编号": version["task_id"],
        "检查对象": audits.names.get(version["object_id"], version["object_id"]),
        "抽查事项": audits.names.get(version["item_code"], version["item_code"]),
        "检查完成日期": version["checked_on"].isoformat(),
        "检查结果": "；".join(version["result_types"]),
        "发现问题": version["problem"] or "",
        "后续处置": version["disposal"] or "",
        "到场扫码时间": version["scanned_at"] or "",
        "录入人": asked.record.by if asked else version["entered_by"] or "",
        "更正内容": f"{change_text(chain[-1].version, version)}\n理由：{asked.record.why}" if asked and chain else "",
    }


def _wrong(form: Form, line: Line, sent: Mapping[str, Block]) -> Iterator[Problem]:
    number = line.texts[NUMBER]
    if number not in sent:
        yield problem("E046", column=NUMBER, value=number)
        return
    for title in changed_cells(form, line, sent[number].lines[0], is_first=True):
        yield problem("E045", column=title)
    if line.texts[OPINION] not in _OPINIONS:
        yield problem("E047", column=OPINION, value=line.texts[OPINION][:20])


def _opinion(form: Form, line: Line, version: Version, by: str) -> Opinion:
    step = "return" if line.texts[OPINION] == _BACK else _STEPS[form.name]
    return Opinion(version, step, line.texts[BY] or by, line.texts[WHY])


def _turned_away(history: History, said: Opinion) -> Iterator[Problem]:
    try:
        step_entries(history, [said.version], said.step, by=said.by, at="", why=said.why, channel="")
    except RefusedError as refused:
        yield from refused.problems


_COLUMN_OF = {"E032": BY, "E033": BY, "E034": BY, "E035": OPINION, "E036": WHY}


def _placed(one: Problem, places: Mapping[str, Any]) -> Problem:
    column = one.column or _COLUMN_OF[one.code]
    return Problem(one.code, one.reason, one.fix, one.reason_en, one.fix_en, column=column, value=one.value, **places)
