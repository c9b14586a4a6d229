"""The report as a workbook: summary, ranking, the whole problem list, one sheet per department."""

import datetime as dt
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]

from onevisit.supervision.report import ProblemLine, Report, day_zh
from onevisit.supervision.scores import percent

CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001
"""Fixed: the same report gives the same bytes on any day."""

LINE_HEIGHT = 16.5

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its head, its width in characters, and how its numbers look."""

    title: str
    width: int
    style: str = "text"


PROBLEM_COLUMNS = (
    Column("问题编号", 14),
    Column("责任部门", 21),
    Column("名录库", 19),
    Column("规则", 21),
    Column("类型", 10),
    Column("文件", 20),
    Column("工作表", 8),
    Column("行号", 7, "count"),
    Column("记录", 24),
    Column("涉及行数", 7, "count"),
    Column("问题", 44),
    Column("怎么改", 36),
)


class _Book:
    """One workbook being written; sheets share the formats."""

    def __init__(self, report: Report, target: io.BytesIO) -> None:
        # A name that begins with "=" is a name, not a formula.
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = cast(Any, xlsxwriter.Workbook(target, options))
        self.book.set_properties({"title": report.title, "created": CREATED})
        self.note = f"示例数据，仅供演示　{report.title}" if report.is_demonstration else report.title
        self.date = f"数据截至{day_zh(report.reviewed_on)}"
        base = {"font_name": "微软雅黑", "font_size": 10, "valign": "top"}
        body = {**base, "border": 1, "border_color": "#C9D1DA"}
        self.formats = {
            "title": self.book.add_format({**base, "font_size": 14, "bold": True}),
            "quiet": self.book.add_format({**base, "font_color": "#55606D"}),
            "plain": self.book.add_format({**base, "text_wrap": True}),
            "head": self.book.add_format(
                {**body, "bold": True, "bg_color": "#DCE6EF", "text_wrap": True, "valign": "vcenter"}
            ),
            "text": self.book.add_format({**body, "text_wrap": True}),
            "count": self.book.add_format({**body, "num_format": "#,##0", "align": "right", "indent": 1}),
            "right": self.book.add_format({**body, "align": "right"}),
            "points": self.book.add_format({**body, "num_format": "0.00"}),
        }

    def sheet(
        self, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], notes: Sequence[str] = ()
    ) -> None:
        """Add a sheet: title and data date above, head frozen, filter over all rows, notes below, A4 across."""
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, f"{self.note}　{name}", self.formats["title"])
        sheet.write_string(1, 0, f"{self.date}　共{len(rows):,}行", self.formats["quiet"])
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(2, number, column.title, self.formats["head"])
        for line, row in enumerate(rows, start=3):
            for number, (column, value) in enumerate(zip(columns, row, strict=True)):
                _write(sheet, line, number, value, self.formats[column.style])
            # Not every program makes a row as high as its wrapped text.
            sheet.set_row(
                line, LINE_HEIGHT * max(_lines(value, column) for value, column in zip(row, columns, strict=True))
            )
        for line, note in enumerate(notes, start=4 + len(rows)):
            sheet.write_string(line, 0, note, self.formats["quiet"])
        sheet.freeze_panes(3, 0)
        sheet.autofilter(2, 0, 2 + len(rows), len(columns) - 1)
        sheet.repeat_rows(2)
        self._paper(sheet, name, pages=0)

    def summary(self, report: Report) -> None:
        """Add the first sheet: five numbers, findings, requests, and the overview of the departments."""
        sheet = self.book.add_worksheet("汇总")
        for number, column in enumerate(_OVERVIEW_COLUMNS):
            sheet.set_column(number, number, column.width)
        last = len(_OVERVIEW_COLUMNS) - 1
        sheet.write_string(0, 0, self.note, self.formats["title"])
        sheet.write_string(1, 0, self.date, self.formats["quiet"])
        line = 3
        for figure in report.figures:
            sheet.write_string(line, 0, figure.label, self.formats["head"])
            sheet.write_string(line, 1, figure.value, self.formats["text"])
            sheet.merge_range(line, 2, line, last, figure.note, self.formats["text"])
            line += 1
        for title, words in (("主要问题", report.findings), ("提请事项", report.requests)):
            line += 1
            sheet.write_string(line, 0, title, self.formats["head"])
            for one in words or ("无",):
                line += 1
                sheet.merge_range(line, 0, line, last, one, self.formats["plain"])
                whole = Column("", sum(column.width for column in _OVERVIEW_COLUMNS))
                sheet.set_row(line, LINE_HEIGHT * _lines(one, whole))
        self._overview(sheet, report, line + 2)
        self._paper(sheet, "汇总", pages=1)

    def _overview(self, sheet: Any, report: Report, line: int) -> None:
        for number, column in enumerate(_OVERVIEW_COLUMNS):
            sheet.write_string(line, number, column.title, self.formats["head"])
        for below, row in enumerate(_overview_rows(report), start=line + 1):
            for number, (column, value) in enumerate(zip(_OVERVIEW_COLUMNS, row, strict=True)):
                _write(sheet, below, number, value, self.formats[column.style])

    def _paper(self, sheet: Any, name: str, *, pages: int) -> None:
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, pages)
        sheet.set_footer(f"&L{self.date}&C{name}&R第 &P 页，共 &N 页")


def workbook(report: Report) -> bytes:
    """Return the workbook; the same report gives the same bytes."""
    target = io.BytesIO()
    book = _Book(report, target)
    book.summary(report)
    book.sheet("排名", _RANK_COLUMNS, _rank_rows(report), notes=report.formula)
    book.sheet("问题清单", PROBLEM_COLUMNS, [_problem_row(line) for line in report.problems])
    book.sheet("期望检查", _EXPECTATION_COLUMNS, _expectation_rows(report))
    book.sheet("规则说明", _RULE_COLUMNS, _rule_rows(report))
    for line in report.overview[1:]:
        own = [_problem_row(problem) for problem in report.problems_of(line.department)]
        book.sheet(line.department, PROBLEM_COLUMNS, own)
    book.book.close()
    return target.getvalue()


_OVERVIEW_COLUMNS = (
    Column("部门", 22),
    Column("检查对象", 16, "count"),
    Column("上年检查对象", 16, "count"),
    Column("执法检查人员", 18, "count"),
    Column("抽查事项", 14, "count"),
    Column("年度计划", 14, "count"),
    Column("达标指标", 12, "right"),
    Column("待整改问题", 16, "count"),
)
_RANK_COLUMNS = (
    Column("名次", 8, "right"),
    Column("部门", 22),
    Column("综合得分", 12, "points"),
    Column("检查对象名录库", 16, "points"),
    Column("执法检查人员名录库", 18, "points"),
    Column("随机抽查事项清单", 16, "points"),
    Column("年度抽查计划", 14, "points"),
    Column("检查对象行数", 14, "count"),
)
_EXPECTATION_COLUMNS = (
    Column("审查对象", 34),
    Column("部门", 18),
    Column("名录库", 18),
    Column("指标", 22),
    Column("要求", 60),
    Column("最低合格率", 11, "right"),
    Column("实际合格率", 11, "right"),
    Column("不符数", 10, "count"),
    Column("是否达标", 10),
)
_RULE_COLUMNS = (
    Column("名录库", 18),
    Column("指标", 22),
    Column("怎样算合格", 50),
    Column("最低合格率", 11, "right"),
    Column("另有要求的部门", 26),
    Column("不合格的行", 40),
    Column("怎么改", 50),
)


def _overview_rows(report: Report) -> list[list[Cell]]:
    return [
        [
            line.department,
            line.rows["objects"],
            line.last_year,
            line.rows["inspectors"],
            line.rows["items"],
            line.rows["plan"],
            f"{line.met_count}/{line.asked_count}",
            line.problem_count,
        ]
        for line in report.overview
    ]


def _rank_rows(report: Report) -> list[list[Cell]]:
    return [
        [
            "不排名" if line.rank is None else line.rank,
            line.department,
            line.score / 100,
            *(None if part is None else part / 100 for part in line.parts.values()),
            line.row_count,
        ]
        for line in report.ranking
    ]


def _problem_row(line: ProblemLine) -> list[Cell]:
    sort = "未达标指标" if line.is_unmet else "具体问题"
    return [
        line.problem_id,
        line.department,
        line.registry,
        line.rule,
        sort,
        line.file,
        line.sheet,
        line.row,
        line.record,
        line.row_count,
        line.detail,
        line.fix,
    ]


def _expectation_rows(report: Report) -> list[list[Cell]]:
    return [
        [
            line.suite,
            line.department,
            line.registry,
            line.measure,
            line.meaning,
            percent(line.threshold),
            percent(line.observed),
            line.unexpected_count,
            "达标" if line.is_met else "未达标",
        ]
        for line in report.expectations
    ]


def _rule_rows(report: Report) -> list[list[Cell]]:
    return [
        [rule.registry, rule.title, rule.about, percent(rule.threshold), rule.own_thresholds, rule.wrong, rule.fix]
        for rule in report.rules
    ]


def _write(sheet: Any, line: int, number: int, value: Cell, style: Any) -> None:
    if value is None:
        sheet.write_blank(line, number, None, style)
    elif isinstance(value, str):
        sheet.write_string(line, number, value, style)
    else:
        sheet.write_number(line, number, value, style)


def _lines(value: Cell, column: Column) -> int:
    """Return how many lines a text takes in a column; a Chinese character is as wide as two Latin ones."""
    text = str(value or "")
    width = sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)
    return max(1, -(-width // column.width))
