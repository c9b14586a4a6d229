"""The forms of the plan's review workbook: which question stands in which line, and how an answer is written there.

Both ends of the workbook's way come here: `review_workbook.py` writes these lines, `review_import.py`
reads them again and compares. Every answer is text in a yellow cell; a ruling in effect fills its
cells in, so that nobody answers twice.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

from onevisit.forms import Block, Form, FormColumn, Highlight
from onevisit.plan.answers import Field, Reply
from onevisit.plan.caps import ceilings_bp
from onevisit.plan.questions import PlanTables, Question, questions_of
from onevisit.plan.rulings import ANSWERS, TITLES, WITHDRAWN, Answer, Topic, parts_of
from onevisit.text import split_list

ANSWER, RATIO, WINDOW, ITEMS, WHY, BY = "审核意见", "调整比例", "调整时段", "配合事项编码", "理由", "审核人"
PLAN_ROW, TASK, HINTS, CAP = "抽查计划编号", "任务", "系统提示", "比例上限"
LEFT, RIGHT, NUMBER = "甲方计划", "乙方计划", "序号"
ONE, OTHER, ASKED_FOR = "计划甲", "计划乙", "要求"
TAKE_BACK = "撤回"
"""Written into a cell of a value, it takes back the change ruled before."""
NO_CAP = "不限"
NO_PAIR = "-"
BLANK_PAIRS = 30
"""Free lines for pairs of plan rows that somebody wants merged or kept apart."""

_VALUE_COLUMNS: Mapping[Topic, str] = {"ratio": RATIO, "window": WINDOW, "partner_item": ITEMS}
_BY_VALUE: frozenset[Topic] = frozenset({"ratio", "window"})
"""Topics with no column of answers: whoever writes a value wants the change."""
_SPARE_CHOICES = 12


def _answer(choices: Iterable[str], title: str = ANSWER) -> FormColumn:
    prompt = "从列表中选一个；还不能决定的留空。"
    return FormColumn(title, 11, "centre", is_input=True, choices=tuple(choices), prompt=prompt)


_WHY = FormColumn(WHY, 20, is_input=True, prompt="与报送、建议不同的决定，都要写明理由。")
_BY = FormColumn(BY, 9, "centre", is_input=True, prompt="作出决定的人的姓名。")
_RATIO = FormColumn(
    RATIO,
    12,
    "centre",
    is_input=True,
    prompt="不调整的留空。写成5%、3‰、10户，或者A类5%、B类10%、C类20%、D类50%；撤回以前的调整，填“撤回”。",
    limit='OR(COUNT(FIND("%",{cell}),FIND("‰",{cell}),FIND("户",{cell}),FIND("家",{cell}),FIND("个",{cell}),'
    f'FIND("分之",{{cell}}),FIND("全",{{cell}}))>0,{{cell}}="{TAKE_BACK}")',
    limit_says="请写明单位，如5%、3‰、10户；撤回以前的调整，填“撤回”。",
)
_WINDOW = FormColumn(
    WINDOW,
    16,
    "centre",
    is_input=True,
    prompt="不调整的留空。写成2027年4月1日至2027年6月30日这样；撤回以前的调整，填“撤回”。",
    limit='OR({cell}="' + TAKE_BACK + '",AND(LEN({cell})>=9,COUNT(FIND("至",{cell}),FIND("到",{cell}),FIND("-",{cell}),'
    'FIND("—",{cell}),FIND("~",{cell}))>0))',
    limit_says="请写明首尾两个日期，如2027年4月1日至2027年6月30日；撤回以前的调整，填“撤回”。",
)
_ITEMS = FormColumn(ITEMS, 20, is_input=True, prompt="只在选“补报事项”时填写：该部门的事项编码，多个用“、”分开。")


def _words(*topics: Topic, without: Sequence[Answer] = ()) -> tuple[str, ...]:
    given = {word: None for topic in topics for answer, word in ANSWERS[topic].items() if answer not in without}
    return (*given, WITHDRAWN)


def _highlights(words: Sequence[str], quiet: Sequence[str], *, answer: str = ANSWER) -> tuple[Highlight, ...]:
    """Red while something is missing, green when done; `quiet` words need no reason."""
    is_word = "OR(" + ",".join(f'{{{answer}}}="{word}"' for word in words) + ")"
    is_quiet = "".join(f',{{{answer}}}<>"{word}"' for word in quiet)
    return (
        Highlight(WHY, f'AND({{{answer}}}<>""{is_quiet},{{{WHY}}}="")', "wrong"),
        Highlight(answer, f'AND({{{answer}}}<>"",NOT({is_word}))', "wrong"),
        Highlight(BY, f'AND({{{answer}}}<>"",{{{BY}}}="")', "wrong"),
        Highlight(answer, is_word, "done"),
    )


_ROW_WORDS = _words("row")
_CHANGED = f'OR({{{RATIO}}}<>"",{{{WINDOW}}}<>"")'
ROWS = Form(
    "计划审核",
    (
        FormColumn(PLAN_ROW, 15, "code"),
        FormColumn(TASK, 24),
        FormColumn("发起部门", 14),
        FormColumn("抽查事项", 28),
        FormColumn("事项类别", 9, "centre"),
        FormColumn("抽查对象范围", 16),
        FormColumn("抽查基数", 9, "centre"),
        FormColumn("抽查比例（数量）", 16),
        FormColumn(CAP, 8, "centre"),
        FormColumn("预计户数", 8, "centre"),
        FormColumn("检查时段", 13, "centre"),
        FormColumn("检查方式", 11, "centre"),
        FormColumn("配合部门和事项", 20),
        FormColumn("备注", 11),
        FormColumn(HINTS, 30),
        _answer(_ROW_WORDS),
        _RATIO,
        _WINDOW,
        _WHY,
        _BY,
    ),
    key=(PLAN_ROW,),
    highlights=(
        # A bare number is a share to the program: 5 is over every cap, 0.05 has no unit either.
        Highlight(
            RATIO,
            f'AND({{{RATIO}}}<>"",IFERROR(OR(VALUE({{{RATIO}}})>IFERROR(VALUE({{{CAP}}}),1),ISERROR(FIND("%",{{{RATIO}}}))),FALSE))',
            "wrong",
        ),
        Highlight(WHY, f'AND({_CHANGED},{{{WHY}}}="")', "wrong"),
        Highlight(BY, f'AND({_CHANGED},{{{BY}}}="")', "wrong"),
        Highlight(RATIO, f'{{{RATIO}}}<>""', "done"),
        Highlight(WINDOW, f'{{{WINDOW}}}<>""', "done"),
        *_highlights(_ROW_WORDS, [ANSWERS["row"]["keep"]]),
    ),
)
_MERGE_WORDS = _words("merge")
MERGES = Form(
    "合并建议",
    (
        FormColumn(LEFT, 16),
        FormColumn(RIGHT, 16),
        FormColumn("步骤", 6, "centre"),
        FormColumn("检查什么", 46),
        FormColumn("涉及部门", 22),
        FormColumn("共同时段", 13, "centre"),
        FormColumn("共同对象", 10, "centre"),
        FormColumn("合并前\n预计上门", 11, "centre"),
        FormColumn("合并后\n预计上门", 11, "centre"),
        FormColumn("预计减少", 11, "centre"),
        FormColumn("合并理由", 44),
        FormColumn("因此不能再合并的", 30),
        FormColumn(HINTS, 22),
        _answer(_MERGE_WORDS),
        _WHY,
        _BY,
    ),
    key=(LEFT, RIGHT),
    highlights=_highlights(_MERGE_WORDS, [ANSWERS["merge"]["accept"]]),
)
_PAIR_WORDS = _words("pair")
PAIRS = Form(
    "指定合并",
    (
        FormColumn(NUMBER, 7, "centre"),
        FormColumn(ONE, 20, is_input=True, prompt="抽查计划编号，与“计划审核”表一致。"),
        FormColumn(OTHER, 20, is_input=True, prompt="另一条计划的抽查计划编号。"),
        _answer(_PAIR_WORDS, ASKED_FOR),
        replace(_WHY, width=50),
        replace(_BY, width=12),
        FormColumn(HINTS, 50),
    ),
    key=(NUMBER,),
    highlights=(
        Highlight(ASKED_FOR, f'AND({{{ONE}}}&{{{OTHER}}}<>"",{{{ASKED_FOR}}}="")', "wrong"),
        *_highlights(_PAIR_WORDS, [], answer=ASKED_FOR),
    ),
)
_MOVE_WORDS = _words("move")
MOVES = Form(
    "时段调整",
    (
        FormColumn("调整的计划", 16),
        FormColumn("建议时段", 13, "centre"),
        FormColumn("步骤", 6, "centre"),
        FormColumn("检查什么", 42),
        FormColumn("有关部门", 20),
        FormColumn("现在时段", 13, "centre"),
        FormColumn("移动", 12, "centre"),
        FormColumn("并入的计划", 42),
        FormColumn("减少上门", 11, "centre"),
        FormColumn("累计减少", 13, "centre"),
        FormColumn("说明", 36),
        FormColumn(HINTS, 20),
        _answer(_MOVE_WORDS),
        _WHY,
        _BY,
    ),
    key=("调整的计划", "建议时段"),
    highlights=_highlights(_MOVE_WORDS, [ANSWERS["move"]["accept"]]),
)
_ALIAS_WORDS = _words("alias")
ALIASES = Form(
    "同类事项",
    (
        FormColumn("甲编码", 12, "code"),
        FormColumn("乙编码", 12, "code"),
        FormColumn("甲事项", 34),
        FormColumn("甲部门", 18),
        FormColumn("乙事项", 34),
        FormColumn("乙部门", 18),
        FormColumn("名称相似度", 10, "centre"),
        FormColumn("共同对象", 10, "centre"),
        FormColumn(HINTS, 28),
        _answer(_ALIAS_WORDS),
        _WHY,
        _BY,
    ),
    key=("甲编码", "乙编码"),
    highlights=_highlights(_ALIAS_WORDS, [ANSWERS["alias"]["same"]]),
)
_CONFLICT_WORDS = _words("conflict", "partner_item")
CONFLICTS = Form(
    "冲突",
    (
        FormColumn(PLAN_ROW, 15, "code"),
        FormColumn("冲突种类", 18),
        FormColumn("内容", 18),
        FormColumn("发起部门", 16),
        FormColumn("抽查事项", 30),
        FormColumn("说明", 40),
        FormColumn("怎么办", 40),
        FormColumn(HINTS, 28),
        _answer(_CONFLICT_WORDS),
        _ITEMS,
        _WHY,
        _BY,
    ),
    key=(PLAN_ROW, "冲突种类", "内容"),
    highlights=(
        Highlight(ITEMS, f'AND({{{ANSWER}}}="{ANSWERS["partner_item"]["add"]}",{{{ITEMS}}}="")', "wrong"),
        *_highlights(_CONFLICT_WORDS, [ANSWERS["partner_item"]["add"]]),
    ),
)
_OTHER_WORDS = _words("row", "conflict", "partner_item", "merge", "alias", "move")
OTHERS = Form(
    "其他决定",
    (
        FormColumn("审核问题", 14, "centre"),
        FormColumn("对象", 34),
        FormColumn("所涉计划和情况", 60),
        FormColumn(HINTS, 50),
        _answer(_OTHER_WORDS),
        replace(_WHY, width=40),
        _BY,
    ),
    key=("审核问题", "对象"),
    highlights=_highlights(_OTHER_WORDS, []),
)
FORMS = (ROWS, MERGES, PAIRS, MOVES, ALIASES, CONFLICTS, OTHERS)

_PASSING: Mapping[str, frozenset[str]] = {
    ROWS.name: frozenset({TASK, "抽查基数", CAP, "预计户数", HINTS}),
    MERGES.name: frozenset(MERGES.locked) - {"检查什么", "涉及部门", "共同时段"},
    PAIRS.name: frozenset({HINTS}),
    MOVES.name: frozenset(MOVES.locked) - {"检查什么", "有关部门", "现在时段"},
    ALIASES.name: frozenset({"名称相似度", "共同对象", HINTS}),
    CONFLICTS.name: frozenset({HINTS}),
    OTHERS.name: frozenset(OTHERS.locked),
}
"""Columns that change with the registers and the log, and which a ruling does not rest on."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A reply to one question as a line holds it, and the column of each of its fields."""

    question: Question
    reply: Reply
    columns: Mapping[Field, str]


@dataclass(frozen=True, slots=True)
class Seal:
    """Digests of a line as it is sent, kept on the hidden sheet: what tells a change of the plan from one by hand."""

    asked: str
    """Of its questions; of a line of 指定合并 the pair itself, NO_PAIR when it is free."""
    locked: str
    inputs: str

    def text(self) -> str:
        """Return the seal as the hidden sheet holds it."""
        return f"{self.asked} {self.locked} {self.inputs}"


def parse_seal(text: str) -> Seal:
    """Return a seal from its text. Raises ValueError when it is none."""
    asked, locked, inputs = text.split(" ")
    return Seal(asked, locked, inputs)


@dataclass(frozen=True)
class AskedLine:
    """A line of a form as it is sent: the questions it asks and the text of every cell."""

    form: Form
    questions: tuple[Question, ...]
    texts: Mapping[str, str]
    comments: Mapping[str, str] = field(default_factory=dict[str, str])
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def key(self) -> tuple[str, ...]:
        """What names the line in its form."""
        return key_of(self.form, self.texts)

    @cached_property
    def seal(self) -> "Seal":
        """What the line is as it is sent."""
        if self.form is PAIRS:
            asked = "".join(question.subject for question in self.questions) or NO_PAIR
        else:
            asked = _digest(question.digest for question in self.questions)
        return Seal(
            asked,
            _digest(self.texts.get(title, "") for title in self.form.locked),
            inputs_digest(self.form, self.texts),
        )

    def asked(self, texts: Mapping[str, str], *, by: str) -> list[Asked]:
        """Return what the line's texts reply to each question.

        `by` answers where the line does not say who, or still names who answered before.
        """
        named = texts[BY]
        by = named if named and named != self.texts[BY] else by or named
        return [_asked(self.form, question, texts, by=by) for question in self.questions]


def inputs_digest(form: Form, texts: Mapping[str, str]) -> str:
    """Return a digest of what stands in a line's input cells."""
    return _digest(texts.get(title, "") for title in form.inputs)


def _digest(texts: Iterable[str]) -> str:
    # Programs write line breaks and blanks differently.
    bare = "\n".join("".join(text.split()) for text in texts)
    return hashlib.sha256(bare.encode()).hexdigest()[:16]


def answer_column_of(form: Form) -> str:
    """Return the title of the column in which a form's answers are chosen."""
    return ASKED_FOR if form is PAIRS else ANSWER


def lasting(form: Form) -> list[str]:
    """Return the locked columns whose change is a change of the question."""
    return [title for title in form.locked if title not in _PASSING[form.name]]


def key_of(form: Form, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the key of a line, however a program wrote the line breaks in it."""
    return tuple("、".join(split_list(texts[title])) for title in form.key)


def lines_of(tables: PlanTables) -> dict[str, list[list[AskedLine]]]:
    """Return form name -> its lines in groups that are shown as one, in the order of the forms."""
    questions = questions_of(tables)
    asked = [question for question in questions if question.is_asked and question.topic != "pair"]
    left = [question for question in questions if not question.is_asked]
    return {
        ROWS.name: _row_lines(asked, tables),
        MERGES.name: [[_merge_line(one)] for one in asked if one.topic == "merge"],
        PAIRS.name: [[line] for line in _pair_lines([one for one in questions if one.topic == "pair"])],
        MOVES.name: [[_move_line(one)] for one in asked if one.topic == "move"],
        ALIASES.name: [[_alias_line(one)] for one in asked if one.topic == "alias"],
        CONFLICTS.name: [[_conflict_line(one)] for one in asked if one.topic in ("conflict", "partner_item")],
        OTHERS.name: [[_other_line(one)] for one in left],
    }


def block_of(lines: Sequence[AskedLine]) -> Block:
    """Return a group of lines as a form shows it."""
    return Block(
        lines=tuple(line.texts for line in lines),
        comments={(at, title): text for at, line in enumerate(lines) for title, text in line.comments.items()},
        choices={(at, title): words for at, line in enumerate(lines) for title, words in line.choices.items()},
    )


def pair_line(question: Question, number: str) -> AskedLine:
    """Return the line of 指定合并 about two plan rows."""
    one, other = (part[0] for part in parts_of("pair", question.subject))
    return _line(PAIRS, [question], {NUMBER: number, ONE: one, OTHER: other})


def _asked(form: Form, question: Question, texts: Mapping[str, str], *, by: str) -> Asked:
    value_column = _value_column(form, question)
    value = texts[value_column] if value_column else ""
    if question.topic in _BY_VALUE and value_column:
        answer_column = value_column
        is_back = value in (TAKE_BACK, WITHDRAWN)
        word = WITHDRAWN if is_back else ANSWERS[question.topic]["change"] if value else ""
        value = "" if is_back else value
    else:
        answer_column = answer_column_of(form)
        word = texts[answer_column]
    columns: dict[Field, str] = {"answer": answer_column, "value": value_column or answer_column, "why": WHY, "by": BY}
    return Asked(question, Reply(word, value, texts[WHY], by), columns)


def _value_column(form: Form, question: Question) -> str:
    column = _VALUE_COLUMNS.get(question.topic, "")
    return column if column in form.inputs else ""


def _filled(form: Form, questions: Sequence[Question]) -> dict[str, str]:
    """Return the input cells of a line as the rulings in effect fill them."""
    texts: dict[str, str] = dict.fromkeys(form.inputs, "")
    standing = [(question, question.standing) for question in questions if question.standing]
    # What is asked no more is answered anew or taken back, never answered the same.
    if form is OTHERS or not standing:
        return texts
    for question, held in standing:
        column = _value_column(form, question)
        if column:
            texts[column] = held.value
        if not (column and question.topic in _BY_VALUE):
            texts[answer_column_of(form)] = held.word
    texts[WHY] = "；".join(dict.fromkeys(held.why for _, held in standing if held.why))
    texts[BY] = "、".join(dict.fromkeys(held.by for _, held in standing))
    return texts


def _line(
    form: Form, questions: Sequence[Question], texts: Mapping[str, str], *, comments: Mapping[str, str] | None = None
) -> AskedLine:
    hints = [hint for question in questions for hint in question.hints]
    held = [f"已定：{question.standing.text()}" for question in questions if question.standing]
    shown = {**_filled(form, questions), **texts, HINTS: "\n".join([*hints, *held])}
    choices = {answer_column_of(form): tuple(questions[0].choices)} if questions else {}
    return AskedLine(form, tuple(questions), shown, comments=comments or {}, choices=choices)


def _row_lines(asked: Sequence[Question], tables: PlanTables) -> list[list[AskedLine]]:
    by_row: dict[str, dict[Topic, Question]] = {}
    for question in asked:
        if question.topic in ("row", "ratio", "window"):
            by_row.setdefault(question.subject, {})[question.topic] = question
    task_of = {
        row_id: f"{task['task_id']}　{task['name']}"
        for task in tables.tasks.sort("task_id").iter_rows(named=True)
        for row_id in task["plan_rows"]
    }
    ordered = sorted(by_row, key=lambda row_id: (row_id not in task_of, task_of.get(row_id, ""), row_id))
    groups = groupby(ordered, key=lambda row_id: task_of.get(row_id, row_id))
    return [
        [_row_line(list(by_row[row_id].values()), task_of.get(row_id, "")) for row_id in group] for _, group in groups
    ]


def _row_line(questions: Sequence[Question], task: str) -> AskedLine:
    row = questions[0]
    filed = row.before("抽查比例（数量）")
    copied = (
        "发起部门",
        "抽查事项",
        "抽查对象范围",
        "抽查基数",
        "预计户数",
        "检查方式",
        "配合部门和事项",
        "备注",
    )
    texts = {
        PLAN_ROW: row.subject,
        TASK: task,
        **{title: row.fact(title) for title in copied},
        "事项类别": row.fact("事项类别").removesuffix("检查事项"),
        "抽查比例（数量）": row.fact("抽查比例（数量）") + (f"\n（报送{filed}）" if filed else ""),
        CAP: _cap(questions),
        "检查时段": _two_lines(row.fact("检查时段")),
    }
    return _line(ROWS, questions, texts)


def _cap(questions: Sequence[Question]) -> str:
    """Return the highest flat ratio a row may be given."""
    for question in questions:
        if question.wanted and (limit := question.wanted.limit):
            if not limit.is_capped:
                return NO_CAP
            return f"{ceilings_bp(limit.item_max_bp, is_by_class=False, rules=question.wanted.rules)[0] / 100:g}%"
    return ""


def _merge_line(question: Question) -> AskedLine:
    left, right = (part for part in parts_of("merge", question.subject))
    texts = {
        LEFT: "\n".join(left),
        RIGHT: "\n".join(right),
        "步骤": question.fact("步骤"),
        "检查什么": "\n".join(part for part in (question.fact(LEFT), question.fact(RIGHT)) if part),
        "涉及部门": question.fact("涉及部门"),
        "共同时段": _two_lines(question.fact("共同时段")),
        "共同对象": question.fact("共同对象"),
        "合并前\n预计上门": question.before("预计上门"),
        "合并后\n预计上门": question.fact("预计上门"),
        "预计减少": question.fact("减少上门"),
        "合并理由": question.fact("合并理由"),
        "因此不能再合并的": question.fact("因此不能再合并的"),
    }
    return _line(MERGES, [question], texts)


def _pair_lines(held: Sequence[Question]) -> list[AskedLine]:
    """Return a line for every pair that is ruled, and free ones below."""
    lines = [pair_line(question, str(number)) for number, question in enumerate(held, start=1)]
    free = (str(number) for number in range(len(held) + 1, len(held) + BLANK_PAIRS + 1))
    return [
        *lines,
        *(replace(_line(PAIRS, [], {NUMBER: number}), choices={ASKED_FOR: _PAIR_WORDS[:-1]}) for number in free),
    ]


def _move_line(question: Question) -> AskedLine:
    rows, [window] = parts_of("move", question.subject)
    copied = ("步骤", "有关部门", "移动", "并入的计划", "减少上门", "累计减少", "说明")
    texts = {
        "调整的计划": "\n".join(rows),
        "建议时段": _two_lines(window),
        "检查什么": question.fact("调整的计划"),
        "现在时段": _two_lines(question.before("检查时段")),
        **{title: question.fact(title) for title in copied},
    }
    return _line(MOVES, [question], texts)


def _alias_line(question: Question) -> AskedLine:
    [left], [right] = parts_of("alias", question.subject)
    copied = ("甲部门", "乙部门", "名称相似度", "共同对象")
    texts = {
        "甲编码": left,
        "乙编码": right,
        "甲事项": question.fact("甲事项").split("　", 1)[-1],
        "乙事项": question.fact("乙事项").split("　", 1)[-1],
        **{title: question.fact(title) for title in copied},
    }
    return _line(ALIASES, [question], texts)


def _two_lines(window: str) -> str:
    return window.replace("至", "\n至")


def _conflict_line(question: Question) -> AskedLine:
    texts = {
        PLAN_ROW: parts_of(question.topic, question.subject)[0][0],
        **{title: question.fact(title) for title in ("冲突种类", "内容", "发起部门", "抽查事项", "说明", "怎么办")},
    }
    return _line(CONFLICTS, [question], texts, comments=_spare_items(question))


def _spare_items(question: Question) -> dict[str, str]:
    """Return the comment that lists what a partner may check."""
    wanted = question.wanted
    if wanted is None:
        return {}
    shown = [f"{code}　{name}" for code, name in list(wanted.items.items())[:_SPARE_CHOICES]]
    more = len(wanted.items) - len(shown)
    rest = [f"……另有{more}项，见省级随机抽查事项清单"] if more > 0 else []
    return {ITEMS: "\n".join([f"{wanted.department}的抽查事项：", *shown, *rest])}


def _other_line(question: Question) -> AskedLine:
    facts = "\n".join(fact.text for fact in question.facts)
    texts = {
        "审核问题": TITLES[question.topic],
        "对象": question.subject.replace("|", "\n"),
        "所涉计划和情况": facts,
    }
    line = _line(OTHERS, [question], texts)
    words = tuple(
        word for word, answer in question.choices.items() if not (question.wanted and answer in question.wanted.answers)
    )
    return replace(line, choices={ANSWER: words})
