"""Rulings (审核决定): what people answered to the questions a plan raises, and which answers hold now.

They stand in the decision logs beside sign-offs. A ruling is a topic, a subject, an answer and, where
the answer asks for one, a value. The last word on a topic and subject counts; nothing is deleted, and
`withdrawn` takes an earlier word back. What a ruling does to the plan is said where the plan is made:
rows and ratios in `rows.py`, merging in `merge.py`. Items once said to be the same stay so in later
years; every other ruling is about one year's plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from onevisit.decisions import Decision, Entry, Role
from onevisit.plan.tables import Rulings
from onevisit.tables import frame_of

Topic = Literal["row", "ratio", "window", "conflict", "partner_item", "merge", "pair", "alias", "move", "scheme"]
Answer = Literal[
    "keep", "return", "change", "limit", "add", "none", "accept", "reject", "must", "must_not", "same", "different",
    "confirm", "object", "withdrawn",
]  # fmt: skip

ANSWERS: Mapping[Topic, Mapping[Answer, str]] = {
    "row": {"keep": "同意", "return": "退回部门"},
    "ratio": {"change": "调整比例"},
    "window": {"change": "调整时段"},
    "conflict": {"keep": "照原计划", "limit": "按上限执行", "return": "退回部门"},
    "partner_item": {"add": "补报事项", "none": "不参加"},
    "merge": {"accept": "同意合并", "reject": "不同意合并"},
    "pair": {"must": "必须合并", "must_not": "不得合并"},
    "alias": {"same": "同类事项", "different": "不同事项"},
    "move": {"accept": "同意调整", "reject": "不同意调整"},
    "scheme": {"confirm": "确认方案", "object": "不同意方案"},
}
"""What may be answered to each topic, as officials choose it; WITHDRAWN besides."""

WITHDRAWN = "撤回原决定"
"""How officials take an answer back."""

TITLES: Mapping[Topic, str] = {
    "row": "计划",
    "ratio": "抽查比例",
    "window": "检查时段",
    "conflict": "冲突",
    "partner_item": "配合事项",
    "merge": "合并建议",
    "pair": "指定合并",
    "alias": "同类事项",
    "move": "时段调整建议",
    "scheme": "联合抽查方案",
}
"""What officials call each topic."""

_NEEDS_NO_REASON: frozenset[Answer] = frozenset({"accept", "add", "confirm", "same"})
_UNORDERED: frozenset[Topic] = frozenset({"merge", "pair", "alias"})


@dataclass(frozen=True, slots=True)
class Ruling:
    """A ruling before it is in the log."""

    topic: Topic
    subject: str
    """As `subject_of` writes it."""
    answer: Answer
    by: str
    role: Role
    why: str = ""
    value: str = ""
    """The new ratio as a cell holds it, the new window as `first至last` in ISO dates, item codes joined by 、, or of
    a plan row the digest of what was filed when it was answered."""
    channel: str = ""


def subject_of(topic: Topic, *parts: str | Sequence[str]) -> str:
    """Return what a ruling is about, as the one text there is of it.

    row, ratio, window: the plan row. conflict: plan row, kind, value. partner_item: plan row, department.
    merge: the plan rows of either side. pair: two plan rows. alias: two item codes. move: the plan rows,
    the new window. scheme: the plan rows of the task, the department, the scheme's fingerprint. Several
    rows in one part are sorted; the sides of merge, pair and alias have no order.
    """
    texts = ["、".join(sorted(part)) if not isinstance(part, str) else part for part in parts]
    return "|".join(sorted(texts) if topic in _UNORDERED else texts)


def parts_of(topic: Topic, subject: str) -> list[list[str]]:
    """Return the parts of a subject, each a list: plan rows, item codes, or one text."""
    count = 3 if topic in ("conflict", "scheme") else 2
    whole = topic in ("conflict", "partner_item")
    return [[part] if whole else part.split("、") for part in subject.split("|", count - 1)]


def needs_reason(topic: Topic, answer: Answer) -> bool:
    """Tell whether an answer must say why: whatever departs from what was filed or proposed must."""
    return answer not in _NEEDS_NO_REASON and (topic, answer) != ("row", "keep")


def entry_of(ruling: Ruling, *, fingerprint: str, at: str, is_demonstration: bool) -> Entry:
    """Return a ruling as it goes into the decision log; `fingerprint` is the plan's it was made on."""
    word = WITHDRAWN if ruling.answer == "withdrawn" else ANSWERS[ruling.topic][ruling.answer]
    value = f"：{ruling.value}" if ruling.value and ruling.topic != "row" else ""
    return Entry(
        at=at,
        # A participant's word on a scheme says nothing against the plan, and cancels no sign-off.
        kind="confirm" if ruling.topic == "scheme" else "decide",
        by=ruling.by,
        role=ruling.role,
        plan_fingerprint=fingerprint,
        what=f"{TITLES[ruling.topic]}（{ruling.subject}）{word}{value}",
        why=ruling.why,
        channel=ruling.channel,
        details={
            "topic": ruling.topic,
            "subject": ruling.subject,
            "answer": ruling.answer,
            "value": ruling.value,
        },
        is_demonstration=is_demonstration,
    )


def rulings(logs: Sequence[tuple[int, Sequence[Decision]]], year: int) -> pl.DataFrame:
    """Return the rulings of one year's log among (year, log), and the aliases of all, as the table `Rulings`."""
    rows: list[dict[str, object]] = [
        {
            "log_year": log_year,
            "seq": record.seq,
            **record.details,
            "by": record.by,
            "role": record.role,
            "at": record.at,
            "why": record.why,
            "channel": record.channel,
            "plan_fingerprint": record.plan_fingerprint,
        }
        for log_year, log in sorted(logs, key=lambda one: one[0])
        for record in log
        if "topic" in record.details and (log_year == year or record.details["topic"] == "alias")
    ]
    question = ["topic", "subject"]
    is_last = pl.int_range(pl.len()).over(question) == pl.len().over(question) - 1
    return frame_of(Rulings, rows).with_columns(is_in_effect=is_last & (pl.col("answer") != "withdrawn"))


def ruled(table: pl.DataFrame, *topics: Topic) -> pl.DataFrame:
    """Return the rulings in effect on some topics, oldest first."""
    return table.filter("is_in_effect", pl.col("topic").is_in(list(topics))).sort("log_year", "seq")
