"""The workbook in which a department answers whether its people must keep away from namesakes' objects (回避核对表).

It is written here; what comes back is read in `recusal_import.py`, which writes it once more, with the
mistakes marked, when there are any. Internal: it names inspectors and representatives.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.forms import Block, Form, FormColumn, Highlight
from onevisit.marking import Filled, add_errors, with_answers
from onevisit.registries.suspicions import WORDS
from onevisit.workbooks import Book

TITLE = "回避核对表"
NUMBER, ANSWER, REASON, BY = "核对编号", "是否应当回避", "理由", "填写人"

_IS_WORD = "OR(" + ",".join(f'{{{ANSWER}}}="{word}"' for word in WORDS.values()) + ")"

ASKED = Form(
    "回避核对",
    (
        FormColumn(NUMBER, 15, "code"),
        FormColumn("执法检查人员", 14, "centre"),
        FormColumn("执法证编号", 19, "code"),
        FormColumn("检查对象", 32),
        FormColumn("对象编号", 22, "code"),
        FormColumn("负责人", 12, "centre"),
        FormColumn("镇（街道）", 12, "centre"),
        FormColumn("疑似原因", 18),
        FormColumn("原答复", 26),
        FormColumn(
            ANSWER,
            14,
            "centre",
            is_input=True,
            choices=tuple(WORDS.values()),
            prompt="从列表中选一个；还不能答复的留空。",
        ),
        FormColumn(REASON, 34, is_input=True, prompt="凭什么这样答复，必填。"),
        FormColumn(BY, 12, "centre", is_input=True, prompt="答复人的姓名。"),
    ),
    key=(NUMBER,),
    highlights=(
        Highlight(REASON, f'AND({{{ANSWER}}}<>"",{{{REASON}}}="")', "wrong"),
        Highlight(ANSWER, f'AND({{{ANSWER}}}&{{{REASON}}}<>"",NOT({_IS_WORD}))', "wrong"),
        Highlight(BY, f'AND({{{ANSWER}}}<>"",{{{BY}}}="")', "wrong"),
        Highlight(ANSWER, _IS_WORD, "done"),
    ),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked in a year, and what was answered so far."""

    county: str
    year: int
    suspicions: pl.DataFrame
    """`Suspicions`, of every department, with the answers that hold now."""
    inspectors: pl.DataFrame
    objects: pl.DataFrame

    def departments(self) -> list[str]:
        """Return the departments that are asked, sorted."""
        return sorted(self.suspicions["department"].unique())


def recusal_workbook(asked: Asked, department: str, *, due: dt.date, filled: Filled | None = None) -> bytes:
    """Return a department's workbook; with `filled`, as it goes back: red cells, comments, 导入错误 in front.

    The same suspicions give the same bytes, whatever the order of their rows.
    """
    filled = filled or Filled()
    blocks = with_answers(ASKED, blocks_of(asked, department), filled)
    book = Book(f"{asked.year}年度{TITLE}", f"{asked.county}　{asked.year}年度　{department}　内部资料，不得公开")
    book.facts({"表": TITLE, "年度": str(asked.year), "部门": department})
    if filled.faults:
        add_errors(book, filled.faults, {ASKED.name: blocks}, key_title=NUMBER, what="答复")
    book.guide("填写说明", _guide(department, due, len(blocks)))
    book.form(ASKED, list(blocks.values()), note=f"{len(blocks):,} 条；黄色格填写，灰色格锁定")
    return book.content()


def blocks_of(asked: Asked, department: str | None = None) -> dict[str, Block]:
    """Return number -> its line as it is sent, of a department or of all; what is not answered comes first."""
    wanted = asked.suspicions if department is None else asked.suspicions.filter(department=department)
    rows = (
        wanted.join(
            asked.inspectors.select("person_id", "certificate_no", inspector="name"), on="person_id", how="left"
        )
        .join(asked.objects.select("object_id", "name", "legal_rep", "town"), on="object_id", how="left")
        .sort(pl.col("answer").is_not_null(), "suspicion_id")
    )
    return {row["suspicion_id"]: Block((_line(row),)) for row in rows.iter_rows(named=True)}


def _line(row: Mapping[str, Any]) -> dict[str, str]:
    texts = {
        NUMBER: row["suspicion_id"],
        "执法检查人员": row["inspector"],
        "执法证编号": row["certificate_no"],
        "检查对象": row["name"],
        "对象编号": row["object_id"],
        "负责人": row["legal_rep"],
        "镇（街道）": row["town"],
        "疑似原因": row["grounds"],
        "原答复": row["answer"] and f"{WORDS[row['answer']]}（{row['by']}，{row['at'][:10]}）",
    }
    return {title: text or "" for title, text in texts.items()}


def _guide(department: str, due: dt.date, count: int) -> list[tuple[str, list[str]]]:
    return [
        (
            f"请{department}在{due.year}年{due.month}月{due.day}日前填好，交回县市场监管局",
            [
                f"1．下一张表“回避核对”列出 {count} 条：本部门人员与检查对象的负责人同名，不知道有没有利害关系。",
                "2．请问过本人，在黄色格中填写：“是否应当回避”从下拉列表里选，“理由”写明凭什么，“填写人”写姓名。",
                "3．灰色格已锁定，不要改动；名录本身有错的，在报送的名录里改正后重新报送。",
                "4．一时答复不了的留空，不必删行；已经答复过的也在表中，要改的重新选，要收回的选“撤回原答复”。",
            ],
        ),
        (
            "答复的意思",
            [
                "应当回避：就是本人、近亲属或者有其他利害关系，不参加对这一对象的检查；已经抽中的由候补人员接替。",
                "不需回避：只是同名，没有利害关系。",
                "撤回原答复：以前的答复作废；原来的答复仍留在决定记录里。",
                "没有答复的，同名本身不影响抽取，由市场监管局催办。",
            ],
        ),
    ]
