"""The report as a workbook: summary, ranking, the whole problem list, one sheet for each who mends."""

from collections.abc import Sequence

from onevisit.supervision.grids import Chapter, Grid
from onevisit.supervision.measures import responsible
from onevisit.supervision.report import ProblemLine, Report
from onevisit.supervision.scores import percent
from onevisit.text import chinese_day
from onevisit.workbooks import Book, Cell, Column, Part

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
    Column("发现日期", 12, "date"),
    Column("整改期限", 12, "date"),
    Column("整改状态", 12),
    Column("整改人", 10),
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


def workbook(report: Report) -> bytes:
    """Return the workbook; the same report gives the same bytes."""
    date = f"数据截至{chinese_day(report.reviewed_on)}"
    book = Book(report.title, f"{date}　示例数据，仅供演示" if report.is_demonstration else date)
    book.guide("摘要", _summary(report))
    for chapter in report.chapters:
        _chapter(book, chapter)
    book.table("问题清单", PROBLEM_COLUMNS, [_problem_row(line) for line in report.problems], paper="A3")
    book.table("期望检查", _EXPECTATION_COLUMNS, _expectation_rows(report))
    book.table("规则说明", _RULE_COLUMNS, _rule_rows(report))
    for line in [*report.overview[1:], report.overview[0]]:
        own = [_problem_row(problem) for problem in report.problems_of(line.department)]
        book.table(responsible(line.department), PROBLEM_COLUMNS, own, paper="A3")
    return book.content()


def _summary(report: Report) -> list[tuple[str, Sequence[str]]]:
    figures = [f"{figure.label}：{figure.value}。{figure.note}" for figure in report.figures]
    return [
        ("基本数字", figures),
        ("主要问题", report.findings or ("无",)),
        ("提请事项", report.requests or ("无",)),
    ]


def _chapter(book: Book, chapter: Chapter) -> None:
    parts = [Part(grid.title, _columns(grid), grid.rows, grid.note) for grid in chapter.grids]
    if parts:
        book.stack(chapter.title, chapter.words, parts)
    else:
        book.guide(chapter.title, [(chapter.title, chapter.words)])


def _columns(grid: Grid) -> list[Column]:
    return [
        Column(title, max(12, width // 2 + 2), "count" if is_number else "text")
        for title, width, is_number in zip(grid.columns, grid.widths, grid.is_number, strict=True)
    ]


def _problem_row(line: ProblemLine) -> list[Cell]:
    sort = "未达标指标" if line.is_unmet else "具体问题"
    return [
        line.problem_id,
        responsible(line.department),
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
        line.found_on,
        line.due_on,
        line.state,
        line.owner,
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
