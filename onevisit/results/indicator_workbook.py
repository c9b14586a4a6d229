"""The indicators as a workbook for the bureau: the county, departments, tasks, warnings, next year. Internal."""

from collections.abc import Mapping, Sequence

import polars as pl

from onevisit.plan.tables import Tasks
from onevisit.registries.tables import Items, Objects
from onevisit.results.feedback import effect_text
from onevisit.results.tables import Feedback, FrequencyWarnings, Indicators, OtherChecks, ProblemRates
from onevisit.tables import Table
from onevisit.workbooks import Book, Cell, Column

TITLE = "抽查工作指标"
_SPANS = {"all": "全部任务", "own": "本部门任务", "joint": "跨部门任务"}
_UNITS = {"rate": "%", "visits": "户次", "businesses": "户"}
_VALUES = (
    Column("任务类型", 13),
    Column("指标", 20),
    Column("计算公式", 42),
    Column("分子", 10, "count"),
    Column("分母", 10, "count"),
    Column("指标值", 12, "right"),
)
_RATES = (
    Column("编码", 14, "code"),
    Column("名称", 46),
    Column("已检查数", 11, "count"),
    Column("发现问题数", 11, "count"),
    Column("问题检出率", 11, "percent"),
    Column("可公开", 9, "centre"),
)
_WARNED = (
    Column("检查对象", 34),
    Column("前次日期", 15, "date"),
    Column("后次日期", 15, "date"),
    Column("间隔天数", 9, "count"),
    Column("上门部门", 34),
    Column("两次检查", 60),
    Column("预警原因", 34),
    Column("怎么办", 40),
)
_OTHERS = (
    Column("检查机关", 20),
    Column("记录编号", 18),
    Column("检查对象", 34),
    Column("检查日期", 15, "date"),
    Column("检查原因", 16),
    Column("计入频次", 9, "centre"),
    Column("不计入原因", 44),
)
_NEXT = (
    Column("检查对象", 34),
    Column("对象编号", 24, "code"),
    Column("运用依据", 36),
    Column("检查机关", 30),
    Column("检查完成日期", 16, "date"),
    Column("下一年度抽查类别", 18),
    Column("运用说明", 70),
)

Tables = Mapping[type[Table], pl.DataFrame]


def indicator_workbook(county: str, year: int, tables: Tables) -> bytes:
    """Return the workbook of the tables named in the imports above; the same tables give the same bytes."""
    values, tasks = tables[Indicators], tables[Tasks].select("task_id", task="name")
    names = tables[Objects].select("object_id", "name")
    book = Book(f"{county}{year}年{TITLE}", "内部资料，不得公开")
    book.table("全县", _VALUES, _rows(values.filter(pl.col("scope") == "county")), note="每项指标写明公式")
    departments = values.filter(pl.col("scope") == "department")
    book.table("部门", (Column("部门", 20), *_VALUES), _rows(departments, "department"), note="每项指标写明公式")
    by_task = values.filter(pl.col("scope") == "task").join(tasks, on="task_id", maintain_order="left")
    of_tasks = (Column("任务编号", 10), Column("任务名称", 40), *_VALUES[1:])
    book.table("任务", of_tasks, _task_rows(by_task), note="每项指标写明公式", paper="A3")
    book.table("问题检出率", _RATES, _rate_rows(tables), note="按事项和信用风险类别；类别不得公开")
    book.table("频次预警", _WARNED, _warning_rows(tables[FrequencyWarnings], names), paper="A3")
    book.table("其他检查", _OTHERS, _other_rows(tables[OtherChecks], names), paper="A3")
    book.table(
        f"{year + 1}年运用",
        _NEXT,
        _feedback_rows(tables[Feedback], names),
        note=f"编制{year + 1}年度抽查计划时按此提高抽查类别；只提高、不降低",
        paper="A3",
    )
    return book.content()


def _rows(values: pl.DataFrame, *first: str) -> list[list[Cell]]:
    return [[*(row[name] for name in first), _SPANS[row["span"]], *_cells(row)] for row in values.iter_rows(named=True)]


def _task_rows(values: pl.DataFrame) -> list[list[Cell]]:
    return [[row["task_id"], row["task"], *_cells(row)] for row in values.iter_rows(named=True)]


def _cells(row: Mapping[str, object]) -> list[Cell]:
    value = row["value"]
    shown = "—"
    if isinstance(value, float):
        shown = f"{value:.1%}" if row["unit"] == "rate" else f"{value:,.0f} {_UNITS[str(row['unit'])]}"
    parts = [part if isinstance(part, int) else None for part in (row["numerator"], row["denominator"])]
    return [str(row["name"]), str(row["formula"]), *parts, shown]


def _rate_rows(tables: Tables) -> Sequence[Sequence[Cell]]:
    known = tables[ProblemRates].join(
        tables[Items].select("item_code", "item_name"), left_on="cell", right_on="item_code", how="left",
        maintain_order="left",
    )  # fmt: skip
    named = known.with_columns(
        item_name=pl.when(pl.col("cell_kind") == "class")
        .then(pl.lit("信用风险类别（N为未分类）"))
        .otherwise("item_name")
    )
    return named.select("cell", "item_name", "checked_count", "problem_count", "rate", "is_publishable").rows()


def _warning_rows(warnings: pl.DataFrame, names: pl.DataFrame) -> Sequence[Sequence[Cell]]:
    named = warnings.join(names, on="object_id", how="left", maintain_order="left").with_columns(
        name=pl.when(pl.col("scope") == "county").then(pl.lit("全县")).otherwise(pl.coalesce("name", "object_id")),
        departments=pl.col("departments").list.join("、"),
        occasions=pl.col("occasions").list.join("；"),
    )
    return named.select(
        "name", "first_on", "second_on", "day_count", "departments", "occasions", "reason", "fix"
    ).rows()


def _other_rows(others: pl.DataFrame, names: pl.DataFrame) -> Sequence[Sequence[Cell]]:
    named = others.join(names, on="object_id", how="left", maintain_order="left")
    return named.select("checked_by", "record_id", "name", "checked_on", "cause", "is_counted", "reason").rows()


def _feedback_rows(feedback: pl.DataFrame, names: pl.DataFrame) -> list[list[Cell]]:
    """Return who is raised first: what changes nothing is long."""
    named = (
        feedback.join(names, on="object_id", how="left", maintain_order="left")
        .with_columns(is_kept=pl.col("effect") == "=")
        .sort("is_kept", "object_id", "ground")
    )
    return [
        [
            row["name"],
            row["object_id"],
            row["ground"],
            "、".join(row["departments"]),
            row["checked_on"],
            effect_text(row["effect"]),
            row["explanation"],
        ]
        for row in named.iter_rows(named=True)
    ]
