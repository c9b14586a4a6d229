"""Files as departments send them: CSV in three encodings, workbooks with titles, sheets and notes."""

# xlsxwriter has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import xlsxwriter

Row = Sequence[str]
Encoding = Literal["utf-8", "utf-8-sig", "gb18030"]

MADE_ON = dt.datetime(2026, 12, 1)  # noqa: DTZ001 - a workbook's date has no zone
"""Fixed, so that the same rows are the same bytes."""


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet: title rows above the header, the rows, notes below a blank line."""

    name: str
    titles: Sequence[str]
    header: Row
    rows: Sequence[Row]
    notes: Sequence[str] = ()


def csv_file(header: Row, rows: Sequence[Row], encoding: Encoding) -> bytes:
    """Return a CSV with Windows line ends, as spreadsheets save it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def workbook(pages: Sequence[Page]) -> bytes:
    """Return a workbook; every cell is text, as exports of business systems have it."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        book.set_properties({"created": MADE_ON})
        bold = book.add_format({"bold": True})
        for page in pages:
            sheet = book.add_worksheet(page.name)
            lines = [*([title] for title in page.titles), page.header, *page.rows]
            for number, line in enumerate(lines):
                for column, cell in enumerate(line):
                    if cell:
                        sheet.write_string(number, column, cell, bold if number <= len(page.titles) else None)
            for number, note in enumerate(page.notes, start=len(lines) + 1):
                sheet.write_string(number, 0, note)
    return data.getvalue()
