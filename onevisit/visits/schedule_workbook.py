"""The schedule and the shortages as a workbook for the bureau: who goes where on which day, and who is missing.

Internal: a day known beforehand would warn whoever is visited. It names departments, never people.
"""

from collections.abc import Sequence

import polars as pl

from onevisit.workbooks import Book, Cell, Column

TITLE = "上门日程"

_DAYS = (
    Column("日期", 15, "date"),
    Column("镇（街道）", 14),
    Column("检查对象", 36),
    Column("参与部门", 40),
    Column("牵头部门", 20),
    Column("批次", 8, "count"),
    Column("最晚日期", 15, "date"),
    Column("原定日期", 15, "date"),
    Column("改期原因", 40),
    Column("入户编号", 30),
)
_UNPLACED = (
    Column("牵头部门", 20),
    Column("检查对象", 36),
    Column("参与部门", 40),
    Column("最早可上门", 15, "date"),
    Column("最晚日期", 15, "date"),
    Column("原因", 50),
    Column("怎么办", 40),
    Column("入户编号", 30),
)
_SHORT = (
    Column("部门", 20),
    Column("检查事项", 24),
    Column("岗位资质", 20),
    Column("需要人数", 9, "count"),
    Column("可派人数", 9, "count"),
    Column("至少商借", 9, "count"),
    Column("商借人数", 9, "count"),
    Column("片区", 14),
    Column("商借状态", 12),
    Column("原因", 44),
    Column("怎么办", 40),
    Column("入户编号", 30),
)
_STATES = {"drawn": "已抽定", "proposed": "待商定"}
_POOLS = (
    Column("片区", 14),
    Column("部门", 20),
    *(Column(one, 10, "count") for one in ("采用行数", "退回行数", "可借人数")),
)


def schedule_workbook(
    county: str,
    year: int,
    *,
    schedule: pl.DataFrame,
    visits: pl.DataFrame,
    borrowing: pl.DataFrame,
    pools: pl.DataFrame,
    names: pl.DataFrame,
) -> bytes:
    """Return the workbook; `names` has object_id and name. The same tables give the same bytes."""
    doors = schedule.join(visits.select("visit_id", "object_id", "lead_department"), on="visit_id").join(
        names, on="object_id", how="left"
    )
    placed = doors.drop_nulls("visit_on").sort("visit_on", "town", "visit_id", nulls_last=True)
    unplaced = doors.filter(pl.col("visit_on").is_null()).sort("lead_department", "visit_id")
    book = Book(f"{county}{year}年{TITLE}", "建议日期，内部资料，不得公开，不得事先告知检查对象")
    book.table(
        "日程",
        _DAYS,
        _rows(
            placed,
            *("visit_on", "town", "name", "departments", "lead_department", "batch", "last_on"),
            *("moved_from", "moved_why", "visit_id"),
        ),
        paper="A3",
    )
    book.table(
        "未排",
        _UNPLACED,
        _rows(unplaced, "lead_department", "name", "departments", "first_on", "last_on", "reason", "fix", "visit_id"),
        paper="A3",
    )
    book.table(
        "缺人和商借",
        _SHORT,
        _rows(
            borrowing.sort("department", "visit_id").with_columns(
                state=pl.when(pl.col("pool").is_not_null()).then(pl.col("state").replace_strict(_STATES))
            ),
            *("department", "item_codes", "qualifications", "needed", "eligible", "least", "lent", "pool", "state"),
            *("reason", "fix", "visit_id"),
        ),
        note="每次入户至少缺几名、向哪个片区借：已抽定的已在检查组中，待商定的还须与片区商定；只计人数",
        paper="A3",
    )
    book.table("片区", _POOLS, pools.rows())
    return book.content()


def _rows(frame: pl.DataFrame, *columns: str) -> Sequence[Sequence[Cell]]:
    lists = [name for name in columns if frame.schema[name] == pl.List(pl.String)]
    return frame.with_columns(pl.col(name).list.join("、") for name in lists).select(columns).rows()
