"""The report, and the notice to each department, as documents: Word to edit and seal, PDF to keep.

公文 form (GB/T 9704-2012): whom it is for, what was found, what is asked, who signs.
"""

from collections.abc import Sequence

from onevisit.documents.content import Document
from onevisit.supervision.grids import Grid, chinese_number, shown
from onevisit.supervision.report import ProblemLine, Report
from onevisit.text import chinese_day

OFFICE = "县级联席会议办公室（县市场监管局代章）"
SAMPLE = "示例：由虚构数据生成，不反映任何真实部门、企业或者个人的情况"
_LISTED = 20
"""Problems in a notice; the workbook that goes with it has them all."""


def report_document(report: Report) -> Document:
    """Return the report to the joint conference."""
    # One line on the page.
    title = f"{report.county}{report.year}年“两库”督查报告"
    document = Document(title, notice=SAMPLE if report.is_demonstration else "")
    document.paragraph(f"县级联席会议：现将{report.year}年度“两库”建设维护督查情况报告如下。")
    document.heading("一、摘要")
    document.table(
        [("指标", 34), ("数值", 30), ("说明", 92)],
        [(figure.label, figure.value, figure.note) for figure in report.figures],
    )
    document.heading("（一）主要问题", 2)
    _numbered(document, report.findings, "各项指标都达到要求。")
    document.heading("（二）提请事项", 2)
    _numbered(document, report.requests, "没有部门需要整改。")
    for number, chapter in enumerate(report.chapters, start=2):
        document.heading(f"{chinese_number(number)}、{chapter.title}")
        for words in chapter.words:
            document.paragraph(words)
        for place, grid in enumerate(chapter.grids, start=1):
            document.heading(f"（{chinese_number(place)}）{grid.title}", 2)
            _table(document, grid)
    document.signature(OFFICE, chinese_day(report.reviewed_on))
    return document


def notice_document(report: Report, department: str) -> Document:
    """Return the notice that tells one department what to mend (整改通知)."""
    own = report.problems_of(department)
    title = f"关于整改{report.year}年“两库”督查问题的通知"
    document = Document(title, notice=SAMPLE if report.is_demonstration else "")
    document.paragraph(f"{department}：")
    line = next(line for line in report.overview if line.department == department)
    document.paragraph(
        f"县级联席会议办公室对{report.year}年度“两库”建设维护情况进行了督查。你单位报送检查对象{line.rows['objects']:,}行、"
        f"执法检查人员{line.rows['inspectors']:,}行、抽查事项{line.rows['items']:,}项；{line.asked_count}项指标中达标{line.met_count}项，"
        f"发现问题{len(own):,}条。请按下列要求整改。"
    )
    document.heading("一、未达标的指标")
    unmet = [problem for problem in own if problem.is_unmet]
    _problems(document, unmet, "没有未达标的指标。")
    document.heading("二、具体问题")
    single = [problem for problem in own if not problem.is_unmet]
    _problems(document, single, "没有其他具体问题。")
    document.heading("三、整改要求")
    document.paragraph(
        f"请在{chinese_day(max(problem.due_on for problem in own))}前逐条整改，改正名录并重新报送，"
        "同时填好随本通知发出的《整改清单》（黄色格），交回县级联席会议办公室。"
        "认为问题不属实的，在《整改清单》中写明依据。逾期未整改和复查仍存在的，列入督查报告。"
    )
    document.signature(OFFICE, chinese_day(report.reviewed_on))
    return document


def _numbered(document: Document, texts: Sequence[str], otherwise: str) -> None:
    for number, text in enumerate(texts, start=1):
        document.paragraph(f"{number}．{text}")
    if not texts:
        document.paragraph(otherwise)


def _table(document: Document, grid: Grid) -> None:
    rows = [[shown(cell) for cell in row] for row in grid.rows]
    document.table(list(zip(grid.columns, grid.widths, strict=True)), rows)
    if grid.note:
        document.paragraph(f"注：{grid.note}")


def _problems(document: Document, problems: Sequence[ProblemLine], otherwise: str) -> None:
    if not problems:
        document.paragraph(otherwise)
        return
    if len(problems) > _LISTED:
        document.paragraph(f"共{len(problems):,}条，下面列出{_LISTED}条，全部见《整改清单》。")
    document.table(
        [("问题编号", 30), ("规则", 28), ("问题", 57), ("整改期限", 24), ("状态", 17)],
        [
            (one.problem_id, one.rule, f"{_place(one)}{one.detail}", one.due_on.isoformat(), one.state)
            for one in problems[:_LISTED]
        ],
    )


def _place(problem: ProblemLine) -> str:
    if not problem.file:
        return f"{problem.record}：" if problem.record else ""
    row = f"第{problem.row}行" if problem.row else ""
    return f"{problem.file}{f'〔{problem.sheet}〕' if problem.sheet else ''}{row}："
