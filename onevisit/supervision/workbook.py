"""The report as a workbook: summary, ranking, the whole problem list, one sheet per department."""

from collections.abc import Sequence

from onevisit.supervision.report import ProblemLine, Report
from onevisit.supervision.scores import percent
from onevisit.text import chinese_day
from onevisit.workbooks import Book, Cell, Column

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


def workbook(report: Report) -> bytes:
    """Return the workbook; the same report gives the same bytes."""
    date = f"数据截至{chinese_day(report.reviewed_on)}"
    book = Book(report.title, f"{date}　示例数据，仅供演示" if report.is_demonstration else date)
    book.guide("摘要", _summary(report))
    book.table("各部门概况", _OVERVIEW_COLUMNS, _overview_rows(report))
    book.table("排名", _RANK_COLUMNS, _rank_rows(report), below=report.formula)
    book.table("问题清单", PROBLEM_COLUMNS, [_problem_row(line) for line in report.problems], paper="A3")
    book.table("期望检查", _EXPECTATION_COLUMNS, _expectation_rows(report))
    book.table("规则说明", _RULE_COLUMNS, _rule_rows(report))
    for line in report.overview[1:]:
        own = [_problem_row(problem) for problem in report.problems_of(line.department)]
        book.table(line.department, PROBLEM_COLUMNS, own, paper="A3")
    return book.content()


def _summary(report: Report) -> list[tuple[str, Sequence[str]]]:
    figures = [f"{figure.label}：{figure.value}。{figure.note}" for figure in report.figures]
    return [
        ("基本数字", figures),
        ("主要问题", report.findings or ("无",)),
        ("提请事项", report.requests or ("无",)),
    ]


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
