"""The bureau's review workbook (年度抽查计划审核表): every question of the plan to answer, and what it rests on.

It is written here; what comes back is read in `review_import.py`, which has it written once more, with
the mistakes marked, when there are any. Internal: it shows ratios as filed, which may tell risk
classes apart. Sign-off itself is a record in the decision log, not a cell.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from onevisit.county import County
from onevisit.decisions import Decision
from onevisit.errors import Problem
from onevisit.forms import FIRST_ROW, Block, Tone
from onevisit.plan.questions import PlanTables, progress, questions_of
from onevisit.plan.review_forms import (
    ALIASES,
    CONFLICTS,
    FORMS,
    MERGES,
    MOVES,
    OTHERS,
    PAIRS,
    ROWS,
    AskedLine,
    block_of,
    lines_of,
)
from onevisit.plan.rulings import TITLES
from onevisit.plan.signoff import current_approval
from onevisit.plan.tables import STOPS
from onevisit.plan.versions import KeptPlan, changes_between, versions_of
from onevisit.publish.open_data import SAMPLE_NOTICE
from onevisit.workbooks import Book, Cell, Column

TITLE = "年度抽查计划审核表"
ERRORS, LEFT_OUT = "导入错误", "未导入"
SEAL = "行"
"""Prefix of the hidden facts that seal a line: 行|<sheet>|<key> -> its digests."""

Rows = list[list[Cell]]

_SHOWN_TASKS = 8

_ERROR_COLUMNS = (
    Column("工作表", 11),
    Column("行", 14, "centre"),
    Column("列", 14),
    Column("对象", 24),
    Column("处理", 12, "centre"),
    Column("问题", 64),
    Column("怎么改", 54),
    Column("问题代码", 9, "centre"),
)
_REFUSED = (
    Column("部门", 18),
    Column("抽查计划编号", 18),
    Column("文件", 22),
    Column("工作表", 10),
    Column("行号", 6, "centre"),
    Column("列", 14),
    Column("原值", 24),
    Column("退回原因", 46),
    Column("怎么改", 46),
    Column("问题代码", 9, "centre"),
)
_NEIGHBOURS = (
    Column("甲方计划", 45),
    Column("乙方计划", 45),
    Column("限制", 26),
    Column("共同工作日", 9, "count"),
    Column("共同对象（户）", 10, "count"),
    Column("合并可少上门", 11, "tenth"),
    Column("说明", 80),
)
_PRICES = (
    Column("放宽的限制", 20),
    Column("规则内容", 44),
    Column("分别上门\n（预计）", 11, "tenth"),
    Column("减少上门", 11, "tenth"),
    Column("减少比例", 9, "percent"),
    Column("最多可减少", 11, "tenth"),
    Column("最多可减少\n比例", 11, "percent"),
    Column("只看时段\n最多可减少", 12, "tenth"),
    Column("达到上限\n的比例", 10, "percent"),
)
_CAPACITY = (
    Column("部门", 20),
    Column("涉及事项", 12, "centre"),
    Column("开始日期", 15, "date"),
    Column("结束日期", 15, "date"),
    Column("工作日", 8, "count"),
    Column("可派人数", 9, "count"),
    Column("需要人次", 10, "tenth"),
    Column("可用人次", 10, "count"),
    Column("占用", 9, "percent"),
    Column("无法完成\n户次", 10, "count"),
    Column("涉及任务", 30),
    Column("说明", 44),
    Column("怎么办", 40),
)
_CHANGES = (
    Column("变更对象", 10, "centre"),
    Column("编号", 18),
    Column("变更", 8, "centre"),
    Column("内容", 20),
    Column("变更前", 44),
    Column("变更后", 44),
)
_LOAD = (Column("部门", 20), *(Column(f"{month}月", 8, "centre") for month in range(1, 13)))
_PROGRESS = (
    Column("审核问题", 24),
    Column("应决定", 12, "count"),
    Column("已决定", 12, "count"),
    Column("待决定", 12, "count"),
    Column("完成", 12, "percent"),
)
_DEPARTMENTS = (
    Column("部门", 22),
    Column("采用的计划（行）", 12, "count"),
    Column("其中已审核（行）", 12, "count"),
    Column("退回的计划（行）", 12, "count"),
    Column("冲突（条）", 10, "count"),
    Column("发起任务", 10, "count"),
    Column("配合任务", 10, "count"),
    Column("发起任务预计户数", 12, "tenth"),
)
_FIGURES = (Column("分类", 20), Column("指标", 44), Column("数量", 16, "tenth"))


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between the plan as it stands and the version that was signed last."""

    version: int
    rows: list[dict[str, str]]
    """As `changes_between` gives them."""


@dataclass(frozen=True, slots=True)
class PlanReview:
    """Everything the workbook shows of one year's plan."""

    county: str
    today: dt.date
    is_demonstration: bool
    departments: list[str]
    fingerprint: str
    """Empty while there is no plan."""
    approved_at: str | None
    record_count: int
    """Records in the year's decision log: what is recorded later, this workbook does not know."""
    tables: PlanTables
    changes: Changes | None = None
    """What differs from the version signed last; None while none was signed, or it is not kept."""

    @property
    def year(self) -> int:
        """The plan year."""
        return self.tables.year


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake in a filled workbook, or an answer that was left out: what it is, and in which line."""

    problem: Problem
    """Its place is in the file that came back."""
    form: str
    key: tuple[str, ...]
    said: str = ""
    """What was answered, of an answer that is left out though it is no mistake: the plan or the log moved on."""

    @property
    def is_left_out(self) -> bool:
        """Whether there is nothing to mend, but to look again."""
        return bool(self.said)


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody filled in, what is wrong with it, and what of it was left out."""

    texts: Mapping[tuple[str, tuple[str, ...]], Mapping[str, str]] = field(
        default_factory=dict[tuple[str, tuple[str, ...]], Mapping[str, str]]
    )
    """(sheet, key of the line) -> title of an input column -> text."""
    faults: tuple[Fault, ...] = ()

    @property
    def mistakes(self) -> list[Fault]:
        """What must be mended before anything of the workbook is recorded."""
        return [fault for fault in self.faults if not fault.is_left_out]


def plan_review(
    tables: PlanTables,
    log: Sequence[Decision],
    fingerprint: str,
    *,
    changes: Changes | None,
    county: County,
    today: dt.date,
) -> PlanReview:
    """Return what is reviewed: the plan as its tables hold it, and what the year's log says of it by now."""
    approval = current_approval(log, fingerprint)
    return PlanReview(
        county=county.name,
        today=today,
        is_demonstration=county.demonstration is not None,
        departments=county.department_names,
        fingerprint=fingerprint,
        approved_at=approval.at if approval else None,
        record_count=len(log),
        tables=tables,
        changes=changes,
    )


def changes_since(log: Sequence[Decision], plans: Mapping[str, KeptPlan], now: KeptPlan) -> Changes | None:
    """Return what differs from the version signed last; `plans` are the signed plans that are kept, by fingerprint."""
    last = versions_of(log)[-1:]
    if not last or last[0].fingerprint not in plans:
        return None
    return Changes(last[0].number, list(changes_between(plans[last[0].fingerprint], now)))


def review_workbook(review: PlanReview, filled: Filled | None = None) -> bytes:
    """Return the workbook; with `filled`, as it goes back: red cells, comments, the list of them in front.

    The same plan and log give the same bytes, whatever the order of rows.
    """
    filled = filled or Filled()
    lines = lines_of(review.tables)
    sample = f"{SAMPLE_NOTICE}　" if review.is_demonstration else ""
    fingerprint = f"计划指纹 {review.fingerprint[:12]}" if review.fingerprint else "还没有计划"
    book = Book(
        f"{review.county}{review.year}{TITLE}", f"{sample}{fingerprint}　数据截至 {review.today}　内部资料，不得公开"
    )
    book.facts(_facts(review, lines))
    if filled.faults:
        _faults(book, filled, lines)
    book.guide("填写说明", _guide(review))
    for form in FORMS:
        groups = lines[form.name]
        if form is OTHERS and not groups:
            continue
        blocks = [_with_answers(form.name, group, filled) for group in groups]
        book.form(form, blocks, note=_NOTES[form.name].format(count=sum(map(len, groups))))
    tables = review.tables
    not_merged = "放宽这些限制才能合并的任务，及合并后可少上门的户次"
    book.table("未合并", _NEIGHBOURS, _neighbour_rows(tables), note=not_merged, paper="A3")
    book.table("规则代价", _PRICES, _price_rows(tables), note="第一行是现行规则；以下各行放宽一条，看能再减少多少上门")
    book.table("人力", _CAPACITY, _capacity_rows(tables), note="各部门最紧的时段，和人手不够的时段", paper="A3")
    book.table("各月人力", _LOAD, _load_rows(review), note="每月需要人次占可用人次的比例；标“紧”的超过上限")
    book.table("变动", _CHANGES, _change_rows(review.changes), note=_changed(review.changes))
    book.table("进度", _PROGRESS, _progress_rows(review), note="应决定的都决定之后，才能送签批")
    book.table("退回", _REFUSED, _refused_rows(review.tables.refused), paper="A3")
    book.table("部门", _DEPARTMENTS, _department_rows(review))
    book.table("统计", _FIGURES, _figures(review.tables), note="合计与各月分布")
    book.slip("签批单", f"{review.county}{review.year}年度抽查计划签批单", _slip(review), _SIGNERS)
    return book.content()


_NOTES = {
    ROWS.name: "{count} 条计划，同一任务的排在一起；黄色格填写，灰色格锁定",
    MERGES.name: "{count} 步，按减少上门的多少排列；不同意的，写明理由",
    MOVES.name: "{count} 步，每一步都以前面各步已同意为准；同意的，计划行改用建议时段",
    ALIASES.name: "{count} 对，名称相近而编码不同；定为同类的按相同事项合并，以后各年都有效",
    PAIRS.name: "写明哪两条计划必须合并或者不得合并；前面是已有的指定",
    CONFLICTS.name: "{count} 条；配合部门没有事项的，补报事项或者定为不参加",
    OTHERS.name: "{count} 条；以前作出、这一版计划不再问到的决定，需要时撤回或者改定",
}
_SIGNERS = (
    ("审核人意见", "\n\n\n签名：　　　　　　　　　　　　　　日期：　　　　年　　月　　日"),
    ("签批人意见", "\n\n\n签名：　　　　　　　　　　　　　　日期：　　　　年　　月　　日"),
    ("单位（盖章）", "\n\n\n　　　　　　　　　　　　　　　　　日期：　　　　年　　月　　日"),
)


def _facts(review: PlanReview, lines: Mapping[str, Sequence[Sequence[AskedLine]]]) -> dict[str, str]:
    every = (line for groups in lines.values() for group in groups for line in group)
    seals = {"|".join([SEAL, line.form.name, *line.key]): line.seal.text() for line in every}
    return {
        "表": TITLE,
        "年度": str(review.year),
        "计划指纹": review.fingerprint,
        "决定记录": str(review.record_count),
        **seals,
    }


def _with_answers(form: str, group: Sequence[AskedLine], filled: Filled) -> Block:
    """Return a group of lines with what was filled in, and the cells of their faults red and commented."""
    block = block_of([replace(line, texts={**line.texts, **filled.texts.get((form, line.key), {})}) for line in group])
    said: dict[tuple[int, str], list[str]] = defaultdict(list)
    tones: dict[tuple[int, str], Tone] = {}
    for at, line in enumerate(group):
        for fault in filled.faults:
            if (fault.form, fault.key) == (form, line.key):
                place = (at, fault.problem.column)
                kept = f"原来填的是：{fault.said}\n" if fault.said else ""
                said[place].append(f"{kept}{fault.problem.reason}\n怎么改：{fault.problem.fix}")
                tones[place] = "differs" if fault.is_left_out else "wrong"
    comments = {place: "\n".join(texts) for place, texts in said.items()}
    return replace(block, tones=tones, comments={**block.comments, **comments})


def _faults(book: Book, filled: Filled, lines: Mapping[str, Sequence[Sequence[AskedLine]]]) -> None:
    rows: dict[tuple[str, tuple[str, ...]], int] = {
        (form, line.key): FIRST_ROW + number
        for form, groups in lines.items()
        for number, line in enumerate(line for group in groups for line in group)
    }
    shown: Rows = [
        [
            fault.form,
            str(rows[fault.form, fault.key]) if (fault.form, fault.key) in rows else f"原表第{fault.problem.row}行",
            fault.problem.column,
            " ｜ ".join(fault.key),
            "重新审核" if fault.is_left_out else "改正",
            fault.problem.reason,
            fault.problem.fix,
            fault.problem.code,
        ]
        for fault in filled.faults
    ]
    if mistakes := len(filled.mistakes):
        note = f"共 {mistakes:,} 处须改正，全部意见都没有记录；改正标红的单元格后重新导入"
        book.table(ERRORS, _ERROR_COLUMNS, shown, note=note, paper="A3")
    else:
        note = f"共 {len(shown):,} 条没有导入，其余已经记录；请看过标橙的单元格后重新填写"
        book.table(LEFT_OUT, _ERROR_COLUMNS, shown, note=note, paper="A3")


def _guide(review: PlanReview) -> list[tuple[str, list[str]]]:
    at = dt.datetime.fromisoformat(review.approved_at) if review.approved_at else None
    state = f"本版计划已于 {at:%Y-%m-%d %H:%M} 签批。" if at else "本版计划尚未签批。"
    return [
        (
            "这份表是什么",
            [
                f"{review.county}{review.year}年度部门联合抽查计划的审核稿：各部门报送的计划经核对、整合后形成的抽查任务。",
                state,
                f"计划指纹为 {review.fingerprint or '（还没有计划）'}。改动任何一处都会不同；签批、抽取以指纹为准。",
            ],
        ),
        (
            "怎么填",
            [
                "1．在黄色格中填写：审核意见从下拉列表里选，理由写明凭什么这样决定，审核人写姓名。灰色格已锁定，不要改动。",
                "2．“计划审核”逐条审核：同意或者退回部门；要改比例、时段的，直接写在“调整比例”“调整时段”，并写明理由。",
                "3．“合并建议”逐步审核：不同意的写明理由；“指定合并”写明系统没有建议、而必须合并或者不得合并的两条计划。",
                "4．“时段调整”“同类事项”逐条答复系统的建议；“冲突”逐条商定：照原计划、按上限执行或者退回；配合部门没有事项的，填写它的事项编码，或者定为不参加。",
                "5．以前的决定已经填在表中，不必重填；要改的直接改，要作废的选“撤回原决定”，不要只清空单元格。",
                "6．一时决定不了的留空，不要删行。填好一格变绿，还缺内容的变红。",
            ],
        ),
        (
            "交回以后",
            [
                "请以 .xlsx 格式保存，交给数据管理人员导入。有一处错误，全部意见都不记录，原表标红退回，改正后再交。",
                "审核期间计划有变动的，没有变的问题照常记录，变了的列出来重新审核；两人意见不同的，列出来商定，不互相覆盖。",
                "意见一经导入即写入决定记录，记下何人、何时、凭什么；随时可以撤回，不会删除。",
                "导入后重新运行计划，才按新的决定整合；计划改变，指纹随之改变，须重新审核、签批。",
            ],
        ),
        (
            "各工作表",
            [
                f"填写：{'、'.join(form.name for form in FORMS if form is not OTHERS)}。",
                "只看：未合并、规则代价、人力、各月人力、变动、进度、退回、部门、统计。",
                "“预计户数”“预计上门”按比例和基数推算，实际以抽取结果为准。",
                "“签批单”打印后由审核人、签批人签名；审核与签批须由两人分别作出，以决定记录为准。",
            ],
        ),
        ("注意", ["本表供内部审核，可能反映信用风险分类的比例，不得对外公开。对外公开的计划见公示网站。"]),
    ]


def _progress_rows(review: PlanReview) -> Rows:
    return [
        [
            TITLES[one.topic],
            one.asked_count,
            one.decided_count,
            one.asked_count - one.decided_count,
            one.decided_count / one.asked_count,
        ]
        for one in progress(questions_of(review.tables))
    ]


def _neighbour_rows(tables: PlanTables) -> Rows:
    ordered = tables.neighbours.sort("visits_saved", "left_rows", "right_rows", descending=[True, False, False])
    return [
        [
            "、".join(row["left_rows"]),
            "、".join(row["right_rows"]),
            "、".join(STOPS[rule] for rule in row["rules"]),
            *(row[name] for name in ("workdays", "common_objects", "visits_saved", "reason")),
        ]
        for row in ordered.iter_rows(named=True)
    ]


def _price_rows(tables: PlanTables) -> Rows:
    """Return the rules as they are first, then each loosened, in the order of STOPS."""
    order = ["", *STOPS]
    rows = sorted(tables.rule_prices.iter_rows(named=True), key=lambda row: (order.index(row["rule"]), row["setting"]))
    figures = (
        "visits_apart", "visits_saved", "share_saved", "most_saved", "most_share", "most_by_windows", "share_of_most",
    )  # fmt: skip
    return [[STOPS.get(row["rule"], "现行规则"), row["setting"], *(row[name] for name in figures)] for row in rows]


def _capacity_rows(tables: PlanTables) -> Rows:
    ordered = tables.capacity.sort("department", "starts_on", "ends_on", "item_code", nulls_last=False)
    names = ("starts_on", "ends_on", "workdays", "people", "needed", "available", "share", "visits_short")
    return [
        [
            row["department"],
            "、".join(row["item_codes"]),
            *(row[name] for name in names),
            _some(row["task_ids"]),
            row["reason"],
            row["fix"],
        ]
        for row in ordered.iter_rows(named=True)
    ]


def _some(task_ids: Sequence[str]) -> str:
    shown = "、".join(task_ids[:_SHOWN_TASKS])
    return shown if len(task_ids) <= _SHOWN_TASKS else f"{shown}等{len(task_ids)}项"


def _change_rows(changes: Changes | None) -> Rows:
    whats = {"task": "任务", "row": "计划"}
    kinds = {"new": "增加", "gone": "减少", "changed": "改动"}
    return [
        [
            whats[row["what"]],
            row["subject"],
            kinds[row["change"]],
            row["column"],
            row["before"],
            row["after"],
        ]
        for row in (changes.rows if changes else [])
    ]


def _changed(changes: Changes | None) -> str:
    if changes is None:
        return "以前没有签批过的版本可以比较"
    return f"与签批的第{changes.version}版相比，共 {len(changes.rows):,} 处变动"


def _load_rows(review: PlanReview) -> Rows:
    held = {(row["department"], row["month"]): row for row in review.tables.load.iter_rows(named=True)}
    return [[name, *(_load_text(held.get((name, month))) for month in range(1, 13))] for name in review.departments]


def _load_text(row: Mapping[str, Any] | None) -> str:
    if row is None or not row["needed"]:
        return ""
    share = "没有人" if row["share"] is None else f"{row['share']:.0%}"
    return f"{share}\n紧" if row["is_crowded"] else share


def _refused_rows(refused: pl.DataFrame) -> Rows:
    return _rows(
        refused.sort("department", "file", "sheet", "row", "column", "code").select(
            "department", "plan_row_id", "file", "sheet", "row", "column", "value", "reason", "fix", "code"
        )
    )


def _department_rows(review: PlanReview) -> Rows:
    tables = review.tables
    joins = tables.tasks.select("task_id", "lead_department", department="departments").explode("department")
    decided = tables.rulings.filter("is_in_effect", topic="row").select(plan_row_id="subject")
    counts = [
        tables.submitted.group_by("department").agg(kept=pl.len()),
        tables.submitted.join(decided, on="plan_row_id", how="semi").group_by("department").agg(decided=pl.len()),
        _refused_places(tables).group_by("department").agg(refused=pl.len()),
        tables.conflicts.group_by("department").agg(conflicts=pl.len()),
        tables.tasks.group_by(department="lead_department").agg(led=pl.len(), expected=pl.col("expected_visits").sum()),
        joins.filter(pl.col("department") != pl.col("lead_department")).group_by("department").agg(joined=pl.len()),
    ]
    table = pl.DataFrame({"department": review.departments}, schema={"department": pl.String})
    for count in counts:
        table = table.join(count, on="department", how="left")
    return _rows(
        table.with_columns(pl.exclude("department").fill_null(0)).select(
            "department", "kept", "decided", "refused", "conflicts", "led", "joined", "expected"
        )
    )


def _figures(tables: PlanTables) -> Rows:
    tasks = tables.tasks
    apart, together = _visits(tasks)
    months: Rows = [
        ["各月任务", f"{month}月开展的任务（个）", _open_in(tasks, dt.date(tables.year, month, 1)).height]
        for month in range(1, 13)
    ]
    return [
        ["计划", "采用的计划（行）", tables.submitted.height],
        ["计划", "退回的计划（行）", _refused_places(tables).height],
        ["计划", "待协调的冲突（条）", tables.conflicts.height],
        ["任务", "抽查任务（个）", tasks.height],
        ["任务", "其中部门联合（个）", tasks.filter("is_joint").height],
        ["任务", "其中按信用风险分类差异化抽查（个）", tasks.filter("is_by_class").height],
        ["上门", "各计划分别上门（预计户次）", apart],
        ["上门", "整合后上门（预计户次）", together],
        ["上门", "整合后减少（预计户次）", apart - together],
        *months,
    ]


def _slip(review: PlanReview) -> list[tuple[str, str]]:
    tables = review.tables
    apart, together = _visits(tables.tasks)
    share = f"，减少 {(apart - together) / apart:.1%}" if apart else ""
    counted = progress(questions_of(tables))
    waiting = sum(one.asked_count - one.decided_count for one in counted)
    return [
        ("计划", f"{review.county}{review.year}年度部门联合抽查计划"),
        ("计划指纹", review.fingerprint),
        ("数据截至", str(review.today)),
        ("采用的计划", f"{tables.submitted.height:,} 行；退回 {_refused_places(tables).height:,} 行"),
        ("抽查任务", f"{tables.tasks.height:,} 个，其中部门联合 {tables.tasks.filter('is_joint').height:,} 个"),
        ("预计上门", f"各计划分别 {apart:,.1f} 户次，整合后 {together:,.1f} 户次{share}"),
        ("审核进度", f"应决定 {sum(one.asked_count for one in counted):,} 项，待决定 {waiting:,} 项"),
        ("决定记录", f"共 {review.record_count:,} 条"),
    ]


def _visits(tasks: pl.DataFrame) -> tuple[float, float]:
    """Return the doors expected to be opened row by row, and after merging."""
    tasks = tasks.filter("is_on_site")
    return float(tasks["visits_apart"].sum()), float(tasks["expected_visits"].sum())


def _refused_places(tables: PlanTables) -> pl.DataFrame:
    return tables.refused.select("department", "file", "sheet", "row").unique()


def _open_in(tasks: pl.DataFrame, first: dt.date) -> pl.DataFrame:
    """Return the tasks whose window touches a month."""
    following = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return tasks.filter((pl.col("starts_on") < following) & (pl.col("ends_on") >= first))


def _rows(frame: pl.DataFrame) -> Rows:
    return [list(row) for row in frame.iter_rows()]
