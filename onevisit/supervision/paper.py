"""The report, and the notice to each department, as documents: Word to edit and seal, PDF to keep.

公文 form (GB/T 9704-2012): whom it is for, what was found, what is asked, who signs.
"""

from collections.abc import Sequence

from onevisit.documents.content import Align, Document
from onevisit.supervision.grids import Grid, chinese_number, shown
from onevisit.supervision.measures import CONFERENCE, OFFICE, WHOLE_COUNTY, responsible
from onevisit.supervision.report import ProblemLine, Report
from onevisit.text import chinese_day

_SEALED_BY = "（县市场监管局代章）"
SAMPLE = "示例：由虚构数据生成，不反映任何真实部门、企业或者个人的情况"
_LISTED = 20
"""Problems in a notice; the workbook that goes with it has them all."""
_FIGURE_WIDTHS = (31, 38, 33, 27, 27)
_FIGURE_ALIGNS: tuple[Align, ...] = ("center",) * 5


def report_document(report: Report) -> Document:
    """Return the report to the joint conference; its first page is the summary, whole and by itself."""
    # One line on the page.
    title = f"{report.county}{report.year}年“两库”督查报告"
    document = Document(title, notice=SAMPLE if report.is_demonstration else "")
    document.addressee(CONFERENCE)
    document.table(
        [(figure.label, width) for figure, width in zip(report.figures, _FIGURE_WIDTHS, strict=True)],
        [[figure.value for figure in report.figures], [figure.note for figure in report.figures]],
        aligns=_FIGURE_ALIGNS,
    )
    document.heading("一、主要问题")
    _numbered(document, report.findings, "各项指标都达到要求。")
    document.heading("二、提请事项")
    _numbered(document, report.requests, "没有部门需要整改。")
    for number, chapter in enumerate(report.chapters, start=3):
        document.heading(f"{chinese_number(number)}、{chapter.title}", is_on_new_page=number == 3)
        for words in chapter.words:
            document.paragraph(words)
        for place, grid in enumerate(chapter.grids, start=1):
            document.heading(f"（{chinese_number(place)}）{grid.title}", 2)
            _table(document, grid)
    document.signature(f"{OFFICE}{_SEALED_BY}", chinese_day(report.reviewed_on))
    return document


def notice_document(report: Report, department: str) -> Document:
    """Return the notice that tells a department, or the conference's office, what to mend (整改通知)."""
    own = report.problems_of(department)
    is_office = department == WHOLE_COUNTY
    title = f"关于整改{report.year}年“两库”督查问题的通知"
    document = Document(title, notice=SAMPLE if report.is_demonstration else "")
    document.addressee(responsible(department))
    document.paragraph(_found_by_conference(report, len(own)) if is_office else _found_by_office(report, department))
    document.heading("一、未达标的指标")
    unmet = [problem for problem in own if problem.is_unmet]
    _problems(document, unmet, "没有未达标的指标。")
    document.heading("二、具体问题")
    single = [problem for problem in own if not problem.is_unmet]
    _problems(document, single, "没有其他具体问题。")
    document.heading("三、整改要求")
    due_on = chinese_day(max(problem.due_on for problem in own))
    document.paragraph(
        (
            f"请会同有关部门在{due_on}前逐条整改，督促其改正名录并重新报送，同时填好随本通知发出的《整改清单》（黄色格）并导入系统。"
            if is_office
            else f"请在{due_on}前逐条整改，改正名录并重新报送，"
            f"同时填好随本通知发出的《整改清单》（黄色格），交回{OFFICE}。"
        )
        + "认为问题不属实的，在《整改清单》中写明依据。逾期未整改和复查仍存在的，列入督查报告。"
    )
    document.signature(f"{CONFERENCE if is_office else OFFICE}{_SEALED_BY}", chinese_day(report.reviewed_on))
    return document


def _found_by_conference(report: Report, count: int) -> str:
    return (
        f"{CONFERENCE}对{report.year}年度“两库”建设维护情况进行了督查，发现全县性问题{count:,}条："
        "全县合计未达标的指标，以及合并后的名录、无法确定部门的报送材料中的问题。这些问题没有单一责任部门，请你办牵头整改。"
    )


def _found_by_office(report: Report, department: str) -> str:
    line = next(line for line in report.overview if line.department == department)
    return (
        f"{OFFICE}对{report.year}年度“两库”建设维护情况进行了督查。你单位报送检查对象{line.rows['objects']:,}行、"
        f"执法检查人员{line.rows['inspectors']:,}行、抽查事项{line.rows['items']:,}项；{line.asked_count}项指标中达标{line.met_count}项，"
        f"发现问题{line.problem_count:,}条。请按下列要求整改。"
    )


def _numbered(document: Document, texts: Sequence[str], otherwise: str) -> None:
    for number, text in enumerate(texts, start=1):
        document.paragraph(f"{number}．{text}")
    if not texts:
        document.paragraph(otherwise)


def _table(document: Document, grid: Grid) -> None:
    rows = [[shown(cell) for cell in row] for row in grid.rows]
    aligns: list[Align] = ["right" if is_number else "left" for is_number in grid.is_number]
    document.table(list(zip(grid.columns, grid.widths, strict=True)), rows, aligns=aligns)
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
