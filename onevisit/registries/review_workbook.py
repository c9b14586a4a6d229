"""The workbook in which a department judges pairs of records that may be one (疑似重复核对表).

One pair is two lines, 甲 above 乙, so that every value stands under the one it is compared with. It
is written here; what comes back is read in `review_import.py`, which writes it once more, with the
mistakes marked, when there are any. Internal: it shows names of representatives; phones are masked
and ID numbers never shown.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from onevisit.codes import classify, hide_numbers, masked_phone
from onevisit.forms import Block, Form, FormColumn, Highlight, Tone
from onevisit.marking import Filled, add_errors, with_answers
from onevisit.registries.explanation import percent
from onevisit.registries.judgements import WORDS, in_effect
from onevisit.workbooks import Book

TITLE = "疑似重复核对表"
NUMBER, SIDE, JUDGEMENT, REASON, JUDGE = "疑似编号", "甲乙", "判断", "理由", "判断人"
SIDES = {"甲": "left", "乙": "right"}

KINDS = {
    "likely_same": "可能是同一对象",
    "suspect_code": "代码可疑",
    "two_codes": "两个代码",
    "two_ids": "两个编号",
}
"""What is in doubt about a pair, as officials read it."""

_LIKELY, _UNLIKELY = 0.6, 0.3
_MASKED_ID = re.compile(r"[1-9][0-9]{5}\*+[0-9]{3}[0-9X]")

_INPUTS = (
    FormColumn(
        JUDGEMENT,
        12,
        "centre",
        is_input=True,
        is_joint=True,
        choices=tuple(WORDS.values()),
        prompt="从列表中选一个；还不能判断的留空。",
    ),
    FormColumn(REASON, 24, is_input=True, is_joint=True, prompt="判为同一对象、不同对象或者撤回时必填。"),
    FormColumn(JUDGE, 10, "centre", is_input=True, is_joint=True, prompt="作出判断的人的姓名。"),
)
_NEEDS_REASON = "、".join(WORDS[ruling] for ruling in ("same", "different", "withdrawn"))
_IS_WORD = "OR(" + ",".join(f'{{{JUDGEMENT}}}="{word}"' for word in WORDS.values()) + ")"
_HIGHLIGHTS = (
    Highlight(REASON, f'AND({{{JUDGEMENT}}}<>"",{{{JUDGEMENT}}}<>"{WORDS["unsure"]}",{{{REASON}}}="")', "wrong"),
    Highlight(JUDGEMENT, f'AND({{{JUDGEMENT}}}&{{{REASON}}}<>"",NOT({_IS_WORD}))', "wrong"),
    Highlight(JUDGE, f'AND({{{JUDGEMENT}}}<>"",{{{JUDGE}}}="")', "wrong"),
    Highlight(JUDGEMENT, _IS_WORD, "done"),
)

PAIRS = Form(
    "疑似重复",
    (
        FormColumn(NUMBER, 14, "code"),
        FormColumn(SIDE, 6, "centre"),
        FormColumn("部门和出处", 24),
        FormColumn("名称", 26),
        FormColumn("代码", 21, "code"),
        FormColumn("地址", 26),
        FormColumn("镇（街道）", 11, "centre"),
        FormColumn("负责人", 9, "centre"),
        FormColumn("联系电话", 14, "centre"),
        FormColumn("成立日期", 12, "centre"),
        FormColumn("状态", 7, "centre"),
        FormColumn("可能性", 8, "centre", is_joint=True),
        FormColumn("疑似原因", 24, is_joint=True),
        FormColumn("逐项理由", 48, is_joint=True),
        *_INPUTS,
    ),
    key=(NUMBER, SIDE),
    highlights=_HIGHLIGHTS,
)
JUDGED = Form(
    "已判断",
    (
        FormColumn(NUMBER, 14, "code"),
        FormColumn("甲方记录", 34),
        FormColumn("乙方记录", 34),
        FormColumn("原判断", 12, "centre"),
        FormColumn("原判断人", 11, "centre"),
        FormColumn("判断时间", 18, "centre"),
        FormColumn("原理由", 30),
        *(replace(column, is_joint=False) for column in _INPUTS),
    ),
    key=(NUMBER,),
    highlights=_HIGHLIGHTS,
)
_COMPARED = {
    "名称": "name",
    "代码": "code",
    "地址": "address",
    "镇（街道）": "town",
    "负责人": "legal_rep",
    "联系电话": "phone",
    "成立日期": "opened_on",
    "状态": "state",
}


@dataclass(frozen=True, slots=True)
class Review:
    """What is asked in a year, and what was answered so far."""

    county: str
    year: int
    pairs: pl.DataFrame
    """`DuplicatesToReview`, of every department."""
    judgements: pl.DataFrame
    """`Judgements`."""
    sources: pl.DataFrame
    """`ObjectSources`: what a record is called, and whose code is trusted."""

    def departments(self) -> list[str]:
        """Return the departments that are asked, or whose records were judged, sorted."""
        judged = in_effect(self.judgements).select(record_key=pl.concat_list("left_key", "right_key"))
        filers = self.sources.join(judged.explode("record_key"), on="record_key", how="semi")
        return sorted({*self.pairs["department"], *filers["department"]})


def review_workbook(review: Review, department: str, *, due: dt.date, filled: Filled | None = None) -> bytes:
    """Return a department's workbook; with `filled`, as it goes back: red cells, comments, 导入错误 in front.

    The same review gives the same bytes, whatever the order of its rows.
    """
    filled = filled or Filled()
    pairs = with_answers(PAIRS, blocks_of_pairs(review.pairs.filter(department=department)), filled)
    judged = with_answers(JUDGED, blocks_of_judged(review, department), filled)
    subtitle = f"{review.county}　{review.year}年度　{department}"
    book = Book(f"{review.year}年度{TITLE}", f"{subtitle}　内部资料，不得公开")
    book.facts({"表": TITLE, "年度": str(review.year), "部门": department})
    if filled.faults:
        blocks = {PAIRS.name: pairs, JUDGED.name: judged}
        add_errors(book, filled.faults, blocks, key_title=NUMBER, what="判断")
    book.guide("填写说明", _guide(review.year, department, due, pair_count=len(pairs)))
    book.form(PAIRS, list(pairs.values()), note=f"{len(pairs):,} 对；黄色格填写，灰色格锁定，橙色格两边不同")
    book.form(JUDGED, list(judged.values()), note=f"{len(judged):,} 对有效；要改判或者撤回的，填写黄色格")
    return book.content()


def blocks_of_pairs(pairs: pl.DataFrame) -> dict[str, Block]:
    """Return pair number -> its two lines as they are sent, the likeliest pair first."""
    ordered = pairs.sort("probability", "pair_id", descending=[True, False], nulls_last=True)
    return {row["pair_id"]: _pair_block(row) for row in ordered.iter_rows(named=True)}


def blocks_of_judged(review: Review, department: str | None = None) -> dict[str, Block]:
    """Return pair number -> its line in 已判断: what holds of a department's records, or of all; newest first."""
    known = {row["record_key"]: row for row in review.sources.iter_rows(named=True)}
    held = in_effect(review.judgements).sort("log_year", "seq", descending=True)
    return {
        row["pair_id"]: Block(lines=(judged_line(row, known),))
        for row in held.iter_rows(named=True)
        if department is None or _concerns(row, review, department, known)
    }


def judged_line(row: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the line of a judgement in 已判断; `known` are the rows of `ObjectSources` by record key."""
    return {
        NUMBER: row["pair_id"],
        "甲方记录": _record(row["left_key"], known),
        "乙方记录": _record(row["right_key"], known),
        "原判断": WORDS[row["judgement"]],
        "原判断人": row["by"],
        "判断时间": row["at"][:16].replace("T", " "),
        "原理由": row["why"],
    }


def _concerns(row: Mapping[str, Any], review: Review, department: str, known: Mapping[str, Mapping[str, Any]]) -> bool:
    filers = {known[key]["department"] for key in (row["left_key"], row["right_key"]) if key in known}
    return department in filers


def _record(key: str, known: Mapping[str, Mapping[str, Any]]) -> str:
    found = known.get(key)
    return f"{found['name']}\n{found['department']}　{key}" if found else f"（本年度没有报送）\n{key}"


def _pair_block(row: Mapping[str, Any]) -> Block:
    lines = tuple(_pair_line(row, side) for side in SIDES)
    tones: dict[tuple[int, str], Tone] = {
        (number, title): "differs"
        for title in _COMPARED
        if all(line[title] for line in lines) and len({line[title] for line in lines}) > 1
        for number in range(len(lines))
    }
    if row["probability"] is not None and row["probability"] >= _LIKELY:
        tones[0, "可能性"] = "strong"
    return Block(lines, tones)


def _pair_line(row: Mapping[str, Any], side: str) -> dict[str, str]:
    def of(column: str) -> str:
        value = row[f"{SIDES[side]}_{column}"]
        return "" if value is None else str(value)

    place = " ".join(part for part in (of("file"), of("sheet"), f"第{of('row')}行") if part)
    return {
        NUMBER: row["pair_id"],
        SIDE: side,
        "部门和出处": f"{of('department')}\n{place}",
        **{title: of(column) for title, column in _COMPARED.items()},
        "代码": "" if classify(of("code"))[0] == "id_card" else of("code"),
        "联系电话": masked_phone(of("phone")),
        "可能性": _likelihood(row["probability"]),
        "疑似原因": f"【{KINDS[row['kind']]}】{hide_numbers(row['reason'])}",
        "逐项理由": _MASKED_ID.sub("（身份证号）", hide_numbers(row["waterfall"])),
    }


def _likelihood(probability: float | None) -> str:
    if probability is None:
        return "—"
    word = "高" if probability >= _LIKELY else "中" if probability >= _UNLIKELY else "低"
    return f"{word}\n{percent(probability)}"


def _guide(year: int, department: str, due: dt.date, *, pair_count: int) -> list[tuple[str, list[str]]]:
    return [
        (
            f"请{department}在{due.year}年{due.month}月{due.day}日前填好，交回县市场监管局",
            [
                f"1．下一张表“疑似重复”列出 {pair_count} 对记录，系统拿不准是不是同一个检查对象，请逐对判断。",
                "2．每对占两行，甲在上、乙在下，上下对照着看，橙色的格是两边不同的内容，右边写有逐项理由。",
                "3．在黄色格中填写：“判断”从下拉列表里选，“理由”写明凭什么这样判断，“判断人”写姓名。",
                "4．灰色格已锁定，不要改动；名录本身有错的，在报送的名录里改正后重新报送。",
                "5．一时判断不了的留空，不必删行；以前的判断在“已判断”表中，要改判或者撤回也在那里填写。",
            ],
        ),
        (
            "四种判断",
            [
                "同一对象：两条记录说的是同一个企业、个体户或者场所，以后合为一户，只抽一次、只进一次门。",
                "不同对象：确实是两户，如总店和分店、同名的两家店、同一经营者的两家店，以后不再合并、不再询问。",
                "说不清：看过了，凭现有材料不能判断；两条记录维持现状，以后还会再问。",
                "撤回原判断：以前的判断作废，这对记录重新由系统比对；原来的判断仍留在决定记录里。",
            ],
        ),
        (
            "要注意的",
            [
                f"判为{_NEEDS_REASON}的，都必须写理由；填完一对，“判断”格变绿，还缺内容的格变红。",
                "“可能性”是系统按名称、地址、负责人、电话等算出来的，只供参考：高为60%以上，低为30%以下。",
                "两条记录各有一个可信的统一社会信用代码的，是“两个代码”，判为同一对象要格外慎重。",
                "判断一经导入即写入决定记录，记下何人、何时、凭什么；随时可以撤回，不会删除。",
                "本表每次运行都会重新生成，请另存一份填写，以 .xlsx 格式交回。",
            ],
        ),
    ]
