"""The review workbook as somebody opens, fills in and returns it."""

import datetime as dt
import io
from collections.abc import Mapping

import openpyxl

from onevisit.plan.questions import PlanTables
from onevisit.plan.review_import import Returned, read_review
from onevisit.plan.review_workbook import PlanReview, review_workbook
from tests.onevisit.plan.reviews import FINGERPRINT, plan
from tests.onevisit.plan.samples import CULTURE, MARKET, POLICE

NAME = "年度抽查计划审核表.xlsx"
HEAD = 3
ROW = {"GA-2027-01": 4, "SCJG-2027-01": 5, "GA-2027-02": 6, "SCJG-2027-02": 7, "WL-2027-01": 8}
"""Plan row -> its row in 计划审核."""
CONFLICT_ROW = {"GA-2027-01": 4, "GA-2027-02": 5, "WL-2027-01": 6}
"""Plan row -> its row in 冲突."""


def review(tables: PlanTables | None = None) -> PlanReview:
    tables = tables or plan()
    return PlanReview(
        county="大英县",
        today=dt.date(2026, 12, 1),
        is_demonstration=True,
        departments=[POLICE, MARKET, CULTURE],
        fingerprint=FINGERPRINT,
        approved_at=None,
        record_count=tables.rulings.height,
        tables=tables,
    )


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def sent(tables: PlanTables | None = None) -> openpyxl.Workbook:
    """Return the workbook of a plan as somebody opens it."""
    return opened(review_workbook(review(tables)))


def cell(book: openpyxl.Workbook, sheet: str, row: int, title: str):
    heads = [head.value for head in book[sheet][HEAD]]
    return book[sheet].cell(row, heads.index(title) + 1)


def put(book: openpyxl.Workbook, sheet: str, row: int, texts: Mapping[str, object]) -> None:
    """Write into cells of a row, by the titles of their columns."""
    for title, value in texts.items():
        cell(book, sheet, row, title).value = value


def saved(book: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read(content: bytes, tables: PlanTables | None = None, *, by: str = "") -> Returned:
    return read_review(NAME, content, review(tables), by=by)


def faults(returned: Returned) -> set[tuple[str, str, int, str]]:
    found = (fault.problem for fault in returned.filled.faults)
    return {(one.code, one.sheet, one.row, one.column) for one in found}
