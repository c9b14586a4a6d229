"""HTML, Word, PDF and Excel say the same numbers: those of the report's model, and no others."""

import io
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import docx
import openpyxl
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH

from onevisit.documents.fonts import installed
from onevisit.documents.pdf import pdf
from onevisit.documents.word import word
from onevisit.supervision.grids import Grid, Value, shown
from onevisit.supervision.grids import grid as made
from onevisit.supervision.html import html
from onevisit.supervision.measures import OFFICE, WHOLE_COUNTY
from onevisit.supervision.paper import notice_document, report_document
from onevisit.supervision.workbook import workbook
from tests.onevisit.documents.printed import printed_text
from tests.onevisit.supervision import samples
from tests.onevisit.supervision.samples import HEALTH

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?%?")


class Cells(HTMLParser):
    """The tables of a page by caption, and its words."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.words: list[str] = []
        self._rows: list[list[str]] = []
        self._in = ""
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
        if tag in ("td", "th", "caption", "style"):
            self._in = tag

    def handle_endtag(self, tag):
        if tag == self._in:
            self._in = ""

    def handle_data(self, data):
        if self._in in ("td", "th"):
            self._rows[-1][-1] += data
        elif self._in == "caption":
            self.tables[data] = self._rows
        elif self._in != "style":
            self.words.append(data)


def grids(report) -> list[Grid]:
    return [grid for chapter in report.chapters for grid in chapter.grids]


def said(report) -> list[str]:
    """Return every sentence and figure of the model that is not in a grid."""
    figures = [text for figure in report.figures for text in (figure.label, figure.value, figure.note)]
    words = [text for chapter in report.chapters for text in chapter.words]
    notes = [grid.note for grid in grids(report) if grid.note]
    return [*figures, *report.findings, *report.requests, *words, *notes]


def rows(grid: Grid) -> list[list[str]]:
    return [list(grid.columns), *([shown(cell) for cell in row] for row in grid.rows)]


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module")
def book(dirty):
    return openpyxl.load_workbook(io.BytesIO(workbook(dirty.report)))


@pytest.fixture(scope="module")
def paper(dirty):
    return docx.Document(io.BytesIO(word(report_document(dirty.report))))


@pytest.fixture(scope="module")
def page(dirty) -> Cells:
    return Cells(html(dirty.report))


def test_the_page_has_every_grid_cell_by_cell(dirty, page):
    for grid in grids(dirty.report):
        assert page.tables[grid.title] == rows(grid)


def test_the_word_file_has_every_grid_cell_by_cell(dirty, paper):
    _, *tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in paper.tables]
    assert tables == [rows(grid) for grid in grids(dirty.report)]


def test_figures_stand_at_the_right_in_word_under_heads_that_do_too(dirty, paper):
    _, *tables = paper.tables
    for grid, table in zip(grids(dirty.report), tables, strict=True):
        for row in table.rows:
            sides = [cell.paragraphs[0].alignment for cell in row.cells]
            assert [side == WD_ALIGN_PARAGRAPH.RIGHT for side in sides] == list(grid.is_number)


def test_a_share_a_score_and_a_part_of_a_whole_are_figures():
    texts = made(
        "数", [("部门", 40), *((str(at), 10) for at in range(5))], [["甲", "31/36", "97.9%", "87.35", None, "—"]]
    )
    assert texts.is_number == (False, True, True, True, True, True)


def test_the_workbook_has_every_grid_cell_by_cell(dirty, book):
    for chapter in dirty.report.chapters:
        lines = [
            [cell for cell in line if cell is not None] for line in book[chapter.title].iter_rows(values_only=True)
        ]
        for grid in chapter.grids:
            first = lines.index([grid.title]) + 1
            kept: list[list[Value]] = [[cell for cell in row if cell is not None] for row in grid.rows]
            assert lines[first : first + 1 + len(kept)] == [list(grid.columns), *kept]


@pytest.mark.poppler
def test_the_pdf_has_every_number_as_often_as_the_word_file(dirty, paper):
    content = pdf(report_document(dirty.report), installed())
    printed = NUMBER.findall(re.sub(r"— \d+ —", "", printed_text(content)))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    written = [number for text in [*cells, *(one.text for one in paper.paragraphs)] for number in NUMBER.findall(text)]
    # A table that goes over a page says its head again, and a long fingerprint breaks over lines.
    heads = {number for grid in grids(dirty.report) for title in grid.columns for number in NUMBER.findall(title)}
    broken = {number for note in said(dirty.report) if "SHA-256" in note for number in NUMBER.findall(note)}
    left_out = heads | broken
    of_pdf, of_word = (Counter(one for one in numbers if one not in left_out) for numbers in (printed, written))
    assert not of_word - of_pdf


def test_every_sentence_stands_in_every_form(dirty, page, paper, book):
    texts = {
        "page": bare("".join(page.words)),
        "word": bare("".join(one.text for one in paper.paragraphs))
        + bare("".join(cell.text for row in paper.tables[0].rows for cell in row.cells)),
        "book": bare(
            "".join(str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line)
        ),
    }
    for sentence in said(dirty.report):
        assert [name for name, text in texts.items() if bare(sentence) not in text] == []


def test_tables_fit_on_the_page_and_every_row_has_its_cells(dirty):
    for grid in grids(dirty.report):
        assert sum(grid.widths) <= 156
        assert {len(row) for row in grid.rows} <= {len(grid.columns)}


def test_chapters_are_numbered_without_a_gap(paper):
    numbers = [one.text.split("、")[0] for one in paper.paragraphs if re.match(r"[一二三四五六七八九十]+、", one.text)]
    order = [*"一二三四五六七八九", "十", "十一", "十二"]
    assert all(order.index(after) == order.index(before) + 1 for before, after in pairwise(numbers))


def test_in_word_too_a_new_page_begins_below_the_summary_and_nowhere_else(paper):
    breaking = [one.text for one in paper.paragraphs if one.paragraph_format.page_break_before]
    assert breaking == ["三、总体情况"]


def test_the_offices_notice_is_of_the_conference_and_tells_what_no_department_owns(dirty):
    document = docx.Document(io.BytesIO(word(notice_document(dirty.report, WHOLE_COUNTY))))
    listed = [row.cells[0].text for table in document.tables for row in table.rows[1:]]
    assert listed
    assert set(listed) <= {problem.problem_id for problem in dirty.report.problems_of(WHOLE_COUNTY)}
    texts = [one.text for one in document.paragraphs]
    assert f"{OFFICE}：" in texts
    assert any(f"发现全县性问题{len(dirty.report.problems_of(WHOLE_COUNTY))}条" in text for text in texts)


def test_a_notice_tells_a_department_its_own_problems_alone(dirty):
    document = docx.Document(io.BytesIO(word(notice_document(dirty.report, HEALTH))))
    listed = [row.cells[0].text for table in document.tables for row in table.rows[1:]]
    own = [problem.problem_id for problem in dirty.report.problems_of(HEALTH)]
    assert listed
    assert set(listed) <= set(own)
    text = "".join(one.text for one in document.paragraphs)
    assert f"发现问题{len(own)}条" in text
    assert not [value for value in samples.PERSONAL if value in text]
