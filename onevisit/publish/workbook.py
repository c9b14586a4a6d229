"""The bureau's plan workbook (年度抽查计划审核表): what is to be signed off, what was sent back, what to settle.

Internal: it shows ratios as filed, which may tell risk classes apart. Sign-off itself is a record in
the decision log, not a cell.
"""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from onevisit.plan.tables import CONFLICT_KINDS
from onevisit.publish.lists import filed_rows, partners, texts
from onevisit.publish.open_data import SAMPLE_NOTICE
from onevisit.workbooks import Book, Cell, Column

Rows = list[list[Cell]]


@dataclass(frozen=True, slots=True)
class PlanReview:
    """Everything the workbook shows of one year's plan."""

    county: str
    year: int
    today: dt.date
    is_demonstration: bool
    departments: list[str]
    fingerprint: str
    approved_at: str | None
    tasks: pl.DataFrame
    submitted: pl.DataFrame
    proposals: pl.DataFrame
    refused: pl.DataFrame
    conflicts: pl.DataFrame


def plan_workbook(review: PlanReview) -> bytes:
    """Return the workbook; the same plan gives the same bytes."""
    title = f"{review.county}{review.year}年度抽查计划审核表"
    sample = f"{SAMPLE_NOTICE}　" if review.is_demonstration else ""
    book = Book(title, f"{sample}计划指纹 {review.fingerprint[:12]}　数据截至 {review.today}")
    book.guide("填写说明", _guide(review))
    book.table("计划", _PLAN, _plan_rows(review), paper="A3")
    book.table("合并建议", _PROPOSALS, _proposal_rows(review.proposals), paper="A3")
    book.table("退回", _REFUSED, _refused_rows(review.refused), paper="A3")
    book.table("冲突", _CONFLICTS, _conflict_rows(review.conflicts))
    book.table("部门", _DEPARTMENTS, _department_rows(review))
    book.table("统计", _FIGURES, _figures(review), note="合计与各月分布")
    return book.content()


_PLAN = (
    Column("任务编号", 9, "centre"),
    Column("任务名称", 30),
    Column("抽查事项", 40),
    Column("抽查对象范围", 22),
    Column("抽查基数（户）", 10, "count"),
    Column("抽查比例（数量）", 22),
    Column("预计户数", 10, "tenth"),
    Column("开始日期", 15, "date"),
    Column("结束日期", 15, "date"),
    Column("发起部门", 16),
    Column("配合部门", 22),
    Column("检查方式", 14),
    Column("人员匹配", 9, "centre"),
    Column("整合的计划", 16),
    Column("审核意见", 12),
    Column("意见说明", 20),
)
_PROPOSALS = (
    Column("步骤", 6, "centre"),
    Column("合并前甲", 18),
    Column("合并前乙", 18),
    Column("涉及部门", 28),
    Column("共同时段起", 15, "date"),
    Column("共同时段止", 15, "date"),
    Column("共同对象（户）", 10, "count"),
    Column("合并前\n预计上门", 11, "tenth"),
    Column("合并后\n预计上门", 11, "tenth"),
    Column("预计减少\n上门", 11, "tenth"),
    Column("减少比例", 9, "percent"),
    Column("理由", 52),
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
_CONFLICTS = (
    Column("抽查计划编号", 18),
    Column("发起部门", 18),
    Column("冲突种类", 22),
    Column("内容", 22),
    Column("说明", 44),
    Column("怎么办", 44),
)
_DEPARTMENTS = (
    Column("部门", 22),
    Column("采用的计划（行）", 12, "count"),
    Column("退回的计划（行）", 12, "count"),
    Column("冲突（条）", 10, "count"),
    Column("发起任务", 10, "count"),
    Column("配合任务", 10, "count"),
    Column("发起任务预计户数", 12, "tenth"),
)
_FIGURES = (Column("分类", 20), Column("指标", 44), Column("数量", 16, "tenth"))


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
            "各工作表",
            [
                "计划：每行一个抽查任务。“整合的计划”是并入该任务的部门计划编号；“预计户数”按比例和基数推算，实际以抽取结果为准。",
                "合并建议：每一步合并了哪些计划、为什么、合并前后预计上门各多少户，按减少上门的多少排列。",
                "退回：没有采用的计划行，写明位置、原因和改法，请报送部门改正后重新报送。",
                "冲突：计划行已经采用，但有需要牵头单位协调的问题。",
                "部门：各部门采用、退回和承担的任务。统计：全县合计和各月分布。",
            ],
        ),
        (
            "怎么审核",
            [
                "在“计划”表的“审核意见”“意见说明”两栏填写意见，供传阅和打印（A3 横向）；其他各栏请不要改动。",
                "审核与签批须由两人分别作出，以签批记录为准；本表的填写不代替签批。",
                "需要改动计划的，请部门修改报送文件后重新运行，会得到新的计划指纹和新的审核表。",
            ],
        ),
        ("注意", ["本表供内部审核，可能反映信用风险分类的比例，不得对外公开。对外公开的计划见公示网站。"]),
    ]


def _plan_rows(review: PlanReview) -> Rows:
    filed = review.submitted.drop("department", "starts_on", "ends_on", "matching", "scope_count")
    rows = (
        filed_rows(review.tasks, filed)
        .group_by("task_id")
        .agg(*(texts(column) for column in ("item_name", "scope", "ratio_text", "method")))
    )
    blank = pl.lit(None, pl.String)
    return _rows(
        review.tasks.join(rows, on="task_id", how="left")
        .sort("task_id")
        .select(
            "task_id", "name", "item_name", "scope", "scope_count", "ratio_text", "expected_visits", "starts_on",
            "ends_on", "lead_department", partners().alias("partners"), "method", "matching",
            pl.col("plan_rows").list.join("\n"), blank.alias("opinion"), blank.alias("remark"),
        )
    )  # fmt: skip


def _proposal_rows(proposals: pl.DataFrame) -> Rows:
    apart = pl.col("visits_apart")
    return _rows(
        proposals.sort("step").select(
            "step",
            pl.col("left_rows", "right_rows").list.join("\n"),
            pl.col("departments").list.join("、"),
            "starts_on",
            "ends_on",
            "common_objects",
            "visits_apart",
            "visits_together",
            "visits_saved",
            share=pl.when(apart > 0).then(pl.col("visits_saved") / apart),
            reason="reason",
        )
    )


def _refused_rows(refused: pl.DataFrame) -> Rows:
    return _rows(
        refused.sort("department", "file", "sheet", "row", "column", "code").select(
            "department", "plan_row_id", "file", "sheet", "row", "column", "value", "reason", "fix", "code"
        )
    )


def _conflict_rows(conflicts: pl.DataFrame) -> Rows:
    return _rows(
        conflicts.sort("plan_row_id", "kind", "value").select(
            "plan_row_id", "department", pl.col("kind").replace_strict(CONFLICT_KINDS), "value", "reason", "fix"
        )
    )


def _department_rows(review: PlanReview) -> Rows:
    joins = review.tasks.select("task_id", "lead_department", department="departments").explode("department")
    counts = [
        review.submitted.group_by("department").agg(kept=pl.len()),
        review.refused.select("department", "file", "sheet", "row")
        .unique()
        .group_by("department")
        .agg(refused=pl.len()),
        review.conflicts.group_by("department").agg(conflicts=pl.len()),
        review.tasks.group_by(department="lead_department").agg(led=pl.len(), expected=pl.col("expected_visits").sum()),
        joins.filter(pl.col("department") != pl.col("lead_department")).group_by("department").agg(joined=pl.len()),
    ]
    table = pl.DataFrame({"department": review.departments})
    for count in counts:
        table = table.join(count, on="department", how="left")
    return _rows(
        table.with_columns(pl.exclude("department").fill_null(0)).select(
            "department", "kept", "refused", "conflicts", "led", "joined", "expected"
        )
    )


def _figures(review: PlanReview) -> Rows:
    tasks = review.tasks
    apart, together = float(tasks["visits_apart"].sum()), float(tasks["expected_visits"].sum())
    months: Rows = [
        ["各月任务", f"{month}月开展的任务（个）", _open_in(tasks, dt.date(review.year, month, 1)).height]
        for month in range(1, 13)
    ]
    return [
        ["计划", "采用的计划（行）", review.submitted.height],
        ["计划", "退回的计划（行）", review.refused.select("department", "file", "sheet", "row").unique().height],
        ["计划", "待协调的冲突（条）", review.conflicts.height],
        ["任务", "抽查任务（个）", tasks.height],
        ["任务", "其中部门联合（个）", tasks.filter("is_joint").height],
        ["任务", "其中按信用风险分类差异化抽查（个）", tasks.filter("is_by_class").height],
        ["上门", "各计划分别上门（预计户次）", apart],
        ["上门", "整合后上门（预计户次）", together],
        ["上门", "整合后减少（预计户次）", apart - together],
        *months,
    ]


def _open_in(tasks: pl.DataFrame, first: dt.date) -> pl.DataFrame:
    """Return the tasks whose window touches a month."""
    following = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return tasks.filter((pl.col("starts_on") < following) & (pl.col("ends_on") >= first))


def _rows(frame: pl.DataFrame) -> Rows:
    return [list(row) for row in frame.iter_rows()]
