"""What a plan asks of its reviewer: one model of it for the workbook and the review page.

A question is a topic and a subject (`rulings.py`) with the facts to decide on, the answers there are,
and the ruling in effect. Facts that are figures follow from the rest and may change with the registers;
the others are what a ruling rests on, and `Question.digest` is of them: when it changes, the question is
another one. How an answer is read and checked is said in `answers.py`.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import polars as pl

from onevisit.county import CLASSES, PlanRules
from onevisit.plan.caps import ClassCounts, class_counts
from onevisit.plan.raises import raised
from onevisit.plan.rulings import ANSWERS, TITLES, WITHDRAWN, Answer, Topic, parts_of, subject_of
from onevisit.plan.tables import (
    CONFLICT_KINDS,
    AliasProposals,
    Capacity,
    Conflicts,
    Load,
    Moves,
    Neighbours,
    Proposals,
    Raises,
    Refused,
    RulePrices,
    Rulings,
    Scope,
    Submitted,
    Tasks,
    UnkeptRulings,
)
from onevisit.registries.tables import Items, Objects
from onevisit.tables import Table

Row = Mapping[str, Any]
ValueKind = Literal["ratio", "window", "items"]

LIMITED_CONFLICTS = frozenset({"listed_ratio"})
"""Kinds of conflict that name a limit a row can be cut to."""

_TOLD = frozenset({"ruling_without_row", "ruling_not_applied", "drawn_task_changed"})
"""Kinds of conflict that only tell something: a ruling not carried out, or a change of what is drawn, which stays."""

_OPTIONAL: frozenset[Topic] = frozenset({"ratio", "window"})
_DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True)
class PlanTables:
    """What the questions are made of: the plan's tables, and what an answer is checked against."""

    year: int
    rules: PlanRules
    submitted: pl.DataFrame
    refused: pl.DataFrame
    conflicts: pl.DataFrame
    proposals: pl.DataFrame
    tasks: pl.DataFrame
    rulings: pl.DataFrame
    unkept: pl.DataFrame
    moves: pl.DataFrame
    alias_proposals: pl.DataFrame
    neighbours: pl.DataFrame
    rule_prices: pl.DataFrame
    capacity: pl.DataFrame
    load: pl.DataFrame
    items: pl.DataFrame
    class_counts: Mapping[str, ClassCounts]
    """Plan row -> objects in its scope, per class."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to decide on; `before` is what a change would replace."""

    title: str
    text: str
    before: str = ""
    is_figure: bool = False
    """Whether it follows from the rest, and is nothing a ruling rests on by itself."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a ratio is held against: the scope it applies to and the cap of its item."""

    counts: ClassCounts
    item_max_bp: int | None
    is_capped: bool
    """Key items have no cap."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The value that some answers ask for besides."""

    kind: ValueKind
    hint: str
    """In Chinese: how it is written."""
    answers: frozenset[Answer]
    """The answers that ask for it; the others take none."""
    year: int
    rules: PlanRules
    limit: Limit | None = None
    items: Mapping[str, str] = field(default_factory=dict[str, str])
    """Item code -> name, of the department that is asked for items."""
    department: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The ruling in effect on a question."""

    answer: Answer
    word: str
    value: str
    why: str
    by: str
    at: str
    log_year: int
    seq: int
    channel: str

    def text(self) -> str:
        """Return it as officials read it: answer, value, who, when, and where it is recorded."""
        value = f"：{self.value}" if self.value else ""
        return f"{self.word}{value}（{self.by}，{self.at[:10]}，{self.log_year}年决定记录第{self.seq}条）"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing a reviewer may rule on."""

    topic: Topic
    subject: str
    title: str
    facts: tuple[Fact, ...]
    choices: Mapping[str, Answer]
    """Word -> answer, in the order to offer them."""
    wanted: Wanted | None = None
    standing: Standing | None = None
    hints: tuple[str, ...] = ()
    """What the system remarks, in Chinese."""
    basis: str = ""
    """What an answer is about besides the subject: when it changes, the answer before holds no more."""
    is_asked: bool = True
    """Whether this version of the plan raises it; else only its ruling is left, to be changed or taken back."""

    @property
    def key(self) -> tuple[Topic, str]:
        """What names the question."""
        return self.topic, self.subject

    @property
    def waits(self) -> bool:
        """Whether the plan waits for an answer: a changed ratio or window is only for who wants it."""
        return self.is_asked and self.topic not in _OPTIONAL and self.standing is None

    @property
    def digest(self) -> str:
        """Return 16 hex digits that stay the same while the question is the same."""
        basis = [f"{fact.title}={fact.before}>{fact.text}" for fact in self.facts if not fact.is_figure]
        text = "\n".join([self.topic, self.subject, *basis])
        return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]

    def fact(self, title: str) -> str:
        """Return the text of a fact, empty when there is none."""
        return next((fact.text for fact in self.facts if fact.title == title), "")

    def before(self, title: str) -> str:
        """Return what a fact would replace, empty when it replaces nothing."""
        return next((fact.before for fact in self.facts if fact.title == title), "")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one topic is decided."""

    topic: Topic
    asked_count: int
    decided_count: int


def plan_tables(read: Callable[[type[Table]], pl.DataFrame], *, year: int, rules: PlanRules) -> PlanTables:
    """Read what the questions are made of; `read` returns a table of the year."""
    return PlanTables(
        year=year,
        rules=rules,
        submitted=read(Submitted),
        refused=read(Refused),
        conflicts=read(Conflicts),
        proposals=read(Proposals),
        tasks=read(Tasks),
        rulings=read(Rulings),
        unkept=read(UnkeptRulings),
        moves=read(Moves),
        alias_proposals=read(AliasProposals),
        neighbours=read(Neighbours),
        rule_prices=read(RulePrices),
        capacity=read(Capacity),
        load=read(Load),
        items=read(Items),
        class_counts=counts_of(read(Scope), raised(read(Objects), read(Raises))),
    )


def counts_of(scope: pl.DataFrame, objects: pl.DataFrame) -> dict[str, ClassCounts]:
    """Return plan row -> objects in its scope, per class in the order of CLASSES."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    reached = scope.join(objects.select("object_id", "credit_class"), on="object_id")
    for row_id, letter, count in reached.group_by("plan_row_id", "credit_class").len().iter_rows():
        counts[row_id][letter] = count
    return {row_id: class_counts(by_class) for row_id, by_class in counts.items()}


def questions_of(tables: PlanTables) -> list[Question]:
    """Return every question of the plan, then what is ruled and asked no more; the same order for the same plan."""
    asking = _Asking(tables)
    asked = [
        *(question for row in asking.rows.values() for question in asking.of_row(row)),
        *map(asking.of_conflict, asking.conflicts),
        *map(asking.of_proposal, tables.proposals.sort("step").iter_rows(named=True)),
        *map(asking.of_move, tables.moves.sort("step").iter_rows(named=True)),
        *map(asking.of_alias, tables.alias_proposals.sort("left_item", "right_item").iter_rows(named=True)),
    ]
    return [*asked, *asking.left_over(asked)]


def pair_question(tables: PlanTables, one: str, other: str) -> Question:
    """Return the question whether two plan rows must, or must not, be merged: raised by the reviewer, not the plan."""
    return _Asking(tables).of_pair(one, other)


def progress(questions: Iterable[Question]) -> list[Progress]:
    """Return how far each topic that waits for answers is decided, in the order of TITLES."""
    counts: dict[Topic, list[bool]] = defaultdict(list)
    for question in questions:
        if question.is_asked and question.topic not in _OPTIONAL:
            counts[question.topic].append(question.standing is not None)
    return [Progress(topic, len(counts[topic]), sum(counts[topic])) for topic in TITLES if topic in counts]


def window_text(first: dt.date, last: dt.date) -> str:
    """Return a window as a ruling holds it: 2027-03-01至2027-05-31."""
    return f"{first.isoformat()}至{last.isoformat()}"


class _Asking:
    """Makes questions; holds what they share."""

    def __init__(self, tables: PlanTables) -> None:
        self.tables = tables
        self.rows = {row["plan_row_id"]: row for row in tables.submitted.sort("plan_row_id").iter_rows(named=True)}
        self.items = {row["item_code"]: row for row in tables.items.iter_rows(named=True)}
        self.task_of = {row_id: task for task in tables.tasks.iter_rows(named=True) for row_id in task["plan_rows"]}
        held = tables.rulings.filter("is_in_effect").sort("log_year", "seq")
        self.standing = {(row["topic"], row["subject"]): _standing(row) for row in held.iter_rows(named=True)}
        found = tables.conflicts.sort("plan_row_id", "kind", "value")
        self.conflicts = list(found.iter_rows(named=True))
        self.remarks: dict[str, list[str]] = defaultdict(list)
        for row in found.iter_rows(named=True):
            if row["answer"] is None:
                self.remarks[row["plan_row_id"]].append(f"有待处理的冲突：{row['reason']}")
        self.unkept: dict[tuple[str, str], str] = {
            (row["topic"], row["subject"]): row["reason"] for row in tables.unkept.iter_rows(named=True)
        }
        short = tables.capacity.drop_nulls("reason").sort("department", "starts_on", "ends_on", "item_code")
        self.shortages = [(set(row["task_ids"]), row["reason"]) for row in short.iter_rows(named=True)]

    def make(self, topic: Topic, subject: str, title: str, facts: Iterable[Fact], **details: Any) -> Question:
        answers = details.pop("answers", tuple(ANSWERS[topic]))
        if why := self.unkept.get((topic, subject)):
            details["hints"] = (*details.get("hints", ()), why)
        standing, basis = self.standing.get((topic, subject)), details.get("basis", "")
        if standing and basis and standing.value not in ("", basis):
            past = f"此前的意见“{standing.word}”（第{standing.seq}条）是对改动前的报送内容说的，请重新审核。"
            details["hints"] = (*details.get("hints", ()), past)
            standing = None
        if standing and topic == "row":
            # What the answer was about is no part of what officials read of it.
            standing = replace(standing, value="")
        choices: dict[str, Answer] = {ANSWERS[topic][answer]: answer for answer in answers}
        if standing:
            choices[WITHDRAWN] = "withdrawn"
        shown = tuple(fact for fact in facts if fact.text or fact.before)
        return Question(topic, subject, title, shown, choices, standing=standing, **details)

    def of_row(self, row: Row) -> list[Question]:
        row_id = row["plan_row_id"]
        facts, title, hints = self._row_facts(row), f"{row_id}　{row['item_name']}", self._row_hints(row)
        item, counts = self.items.get(row["item_code"], {}), self.tables.class_counts.get(row_id)
        limit = Limit(
            counts or [row["scope_count"] if letter == "N" else 0 for letter in CLASSES],
            item.get("ratio_max_bp"),
            is_capped=row["tier"] != "key",
        )
        ratio, window = self._ratio_wanted(limit), self._window_wanted()
        now = window_text(row["starts_on"], row["ends_on"])
        return [
            self.make("row", row_id, title, facts, hints=hints, basis=row["filed_digest"]),
            self.make("ratio", row_id, title, [*_identity(row), _ratio_fact(row)], wanted=ratio),
            self.make("window", row_id, title, [*_identity(row), Fact("检查时段", now)], wanted=window),
        ]

    def of_conflict(self, row: Row) -> Question:
        row_id, kind, value = row["plan_row_id"], row["kind"], row["value"]
        known = self.rows.get(row_id)
        facts = [
            *(_identity(known) if known else []),
            Fact("冲突种类", CONFLICT_KINDS[kind]),
            Fact("内容", value),
            Fact("说明", row["reason"]),
            Fact("怎么办", row["fix"]),
        ]
        title = f"{row_id}　{CONFLICT_KINDS[kind]}：{value}"
        if kind == "partner_without_item":
            wanted = self._items_wanted(value)
            return self.make("partner_item", subject_of("partner_item", row_id, value), title, facts, wanted=wanted)
        answers = tuple(one for one in ANSWERS["conflict"] if one != "limit" or kind in LIMITED_CONFLICTS)
        if kind in _TOLD:
            answers = ("keep",)
        return self.make("conflict", subject_of("conflict", row_id, kind, value), title, facts, answers=answers)

    def of_proposal(self, step: Row) -> Question:
        left, right = step["left_rows"], step["right_rows"]
        facts = [
            Fact("步骤", str(step["step"]), is_figure=True),
            Fact("甲方计划", self.named(left)),
            Fact("乙方计划", self.named(right)),
            Fact("涉及部门", "、".join(step["departments"])),
            Fact("共同时段", window_text(step["starts_on"], step["ends_on"])),
            Fact("共同对象", f"{step['common_objects']:,}户", is_figure=True),
            Fact(
                "预计上门",
                f"{step['visits_together']:,.1f}户次",
                before=f"{step['visits_apart']:,.1f}户次",
                is_figure=True,
            ),
            Fact("减少上门", f"{step['visits_saved']:,.1f}户次", is_figure=True),
            Fact("合并理由", step["reason"], is_figure=True),
            Fact("因此不能再合并的", "\n".join(step["lost"]), is_figure=True),
        ]
        title = f"第{step['step']}步：{'、'.join(left)} 与 {'、'.join(right)} 合并"
        return self.make("merge", subject_of("merge", left, right), title, facts)

    def of_move(self, move: Row) -> Question:
        window = window_text(move["new_starts_on"], move["new_ends_on"])
        days = move["shift_workdays"]
        facts = [
            Fact("步骤", str(move["step"]), is_figure=True),
            Fact("调整的计划", self.named(move["plan_rows"])),
            Fact("有关部门", "、".join(move["department_names"])),
            Fact("检查时段", window, before=window_text(move["starts_on"], move["ends_on"])),
            Fact("移动", f"{'推后' if days > 0 else '提前'}{abs(days)}个工作日", is_figure=True),
            Fact("并入的计划", self.named(move["joins_rows"]), is_figure=True),
            Fact("减少上门", f"{move['visits_saved']:,.1f}户次", is_figure=True),
            Fact("累计减少", f"{move['total_saved']:,.1f}户次\n（{move['share_saved']:.1%}）", is_figure=True),
            Fact("说明", move["reason"], is_figure=True),
        ]
        title = f"{'、'.join(move['plan_rows'])} 调整到 {window}"
        return self.make("move", subject_of("move", move["plan_rows"], window), title, facts)

    def of_alias(self, pair: Row) -> Question:
        codes = pair["left_item"], pair["right_item"]
        facts = [
            Fact("甲事项", f"{pair['left_item']}　{pair['left_name']}"),
            Fact("甲部门", pair["left_department"]),
            Fact("乙事项", f"{pair['right_item']}　{pair['right_name']}"),
            Fact("乙部门", pair["right_department"]),
            Fact("名称相似度", f"{pair['similarity']:.0%}", is_figure=True),
            Fact("共同对象", f"{pair['common_objects']:,}户", is_figure=True),
        ]
        return self.make("alias", subject_of("alias", *codes), f"{codes[0]} 与 {codes[1]}", facts)

    def of_pair(self, one: str, other: str) -> Question:
        subject = subject_of("pair", one, other)
        facts = [Fact(f"计划{side}", self.named([row_id])) for side, row_id in zip("甲乙", (one, other), strict=True)]
        return self.make("pair", subject, f"{one} 与 {other}", facts)

    def left_over(self, asked: Iterable[Question]) -> list[Question]:
        """Return what is ruled and not asked: a returned row, a rejected step, a pair somebody named."""
        keys = {question.key for question in asked}
        left = sorted(key for key in self.standing if key not in keys and key[0] != "scheme")
        return [self._left_over(topic, subject) for topic, subject in left]

    def _left_over(self, topic: Topic, subject: str) -> Question:
        parts = parts_of(topic, subject)
        if topic == "pair":
            return self.of_pair(parts[0][0], parts[1][0])
        facts = [Fact("所涉计划", self.named([one for part in parts for one in part if one in self.rows]))]
        if topic == "row":
            said = self.tables.refused.filter(plan_row_id=subject).sort("department", "row", "column", "code")
            facts = [Fact("退回原因", "\n".join(said["reason"]))]
        title = f"{subject.replace('|', ' ｜ ')}　{TITLES[topic]}"
        wanted = {
            "ratio": lambda: self._ratio_wanted(None),
            "window": self._window_wanted,
            "partner_item": lambda: self._items_wanted(parts[-1][0]),
        }.get(topic, lambda: None)()
        hints = tuple(self.remarks[parts[0][0]]) if parts[0][0] not in self.rows else ()
        return self.make(topic, subject, title, facts, wanted=wanted, hints=hints, is_asked=False)

    def named(self, row_ids: Sequence[str]) -> str:
        """Return plan rows with what they are, one a line."""
        return "\n".join(self._named(row_id) for row_id in row_ids)

    def _named(self, row_id: str) -> str:
        row = self.rows.get(row_id)
        return f"{row_id}　{row['department']}　{row['item_name']}" if row else row_id

    def _row_facts(self, row: Row) -> list[Fact]:
        partners = [*row["partners"], *row["partner_items"]]
        return [
            *_identity(row),
            Fact("事项类别", "重点检查事项" if row["tier"] == "key" else "一般检查事项"),
            Fact(
                "抽查对象范围",
                "\n".join([row["scope_text"], *([f"（{'、'.join(row['towns'])}）"] if row["towns"] else [])]),
            ),
            _ratio_fact(row),
            Fact("抽查基数", f"{row['scope_count']:,}户", is_figure=True),
            Fact("预计户数", f"{row['expected_count']:,.1f}", is_figure=True),
            Fact("检查时段", window_text(row["starts_on"], row["ends_on"])),
            Fact("检查方式", row["method"]),
            Fact("配合部门和事项", "、".join(partners)),
            Fact("备注", row["note"] or ""),
        ]

    def _row_hints(self, row: Row) -> tuple[str, ...]:
        task = self.task_of.get(row["plan_row_id"], {}).get("task_id")
        short = [f"人力不足：{reason}" for task_ids, reason in self.shortages if task in task_ids]
        return (*row["changes"], *self.remarks[row["plan_row_id"]], *short)

    def _wanted(self, kind: ValueKind, hint: str, *answers: Answer, **details: Any) -> Wanted:
        return Wanted(kind, hint, frozenset(answers), self.tables.year, self.tables.rules, **details)

    def _ratio_wanted(self, limit: Limit | None) -> Wanted:
        return self._wanted("ratio", "写成5%、3‰、10户，或者A类5%、B类10%、C类20%、D类50%", "change", limit=limit)

    def _window_wanted(self) -> Wanted:
        return self._wanted("window", f"写成{self.tables.year}年4月1日至{self.tables.year}年6月30日", "change")

    def _items_wanted(self, department: str) -> Wanted:
        own = {code: row["item_name"] for code, row in sorted(self.items.items()) if row["department"] == department}
        return self._wanted("items", "填写事项编码，多个用“、”分开", "add", items=own, department=department)


def _ratio_fact(row: Row) -> Fact:
    in_force, filed = row["ratio_in_force"], row["ratio_text"]
    return Fact("抽查比例（数量）", in_force, before="" if filed == in_force else filed)


def _identity(row: Row) -> list[Fact]:
    return [
        Fact("发起部门", row["department"]),
        Fact("抽查事项", f"{row['item_code']}　{row['item_name']}"),
    ]


def _standing(row: Row) -> Standing:
    return Standing(
        answer=row["answer"],
        word=ANSWERS[row["topic"]][row["answer"]],
        **{name: row[name] for name in ("value", "why", "by", "at", "log_year", "seq", "channel")},
    )
