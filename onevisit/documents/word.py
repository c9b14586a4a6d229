"""The Word file of a document: the page, the type and the headings of GB/T 9704-2012 (党政机关公文格式).

A4 with the standard's margins, 22 lines of 28 characters, the title in 小标宋 two points, text in 仿宋
three points, headings 一、 in 黑体 and （一） in 楷体, page numbers outside. The fonts are named, not
embedded: an office's computers have them. The same words give the same bytes on any day.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, cast, get_args
from xml.sax.saxutils import escape

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml  # pyright: ignore[reportUnknownVariableType]
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from onevisit.documents.content import (
    CREATED,
    Alert,
    Align,
    Attachments,
    Block,
    Document,
    Heading,
    Image,
    Paragraph,
    Part,
    Signature,
    Table,
    insets,
    leads,
)

_TITLE, _TEXT, _BLACK, _KAI, _SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
_RED = RGBColor(0xC0, 0x00, 0x00)
_SMALL_LINE = Pt(18)
_ALIGNED = {side: f'<w:jc w:val="{side}"/>' for side in get_args(Align)}
_FROM_SIDE = Pt(14)
"""Of a page number: one character."""


def word(document: Document) -> bytes:
    """Return the document as a Word file."""
    page = _Page(document)
    page.begin(document.title)
    for block, following in zip_longest(document.blocks, document.blocks[1:]):
        page.place(block, is_leading=leads(following))
        # What stands between a table and the text below it could fill a page alone before a new part.
        if isinstance(block, Table) and not isinstance(following, Part):
            page.space()
    return page.content()


class _Page:
    def __init__(self, document: Document) -> None:
        self._page, self._notice = document.page, document.notice
        self._word: Any = docx.Document()
        self._word.core_properties.title = document.title.replace("\n", "")
        self._word.core_properties.author = ""
        self._word.core_properties.created = self._word.core_properties.modified = CREATED
        self._drop_thumbnail()
        self._set_page()
        self._set_language()

    def begin(self, title: str) -> Any:
        """Add the title, the notice above it; return the form of the first paragraph."""
        first = self.add(self._notice, font=_KAI, size=12) if self._notice else None
        titled = self.add(title, font=_TITLE, size=self._page.title, align=WD_ALIGN_PARAGRAPH.CENTER)
        titled.paragraph_format.space_after = Pt(self._page.below_title)
        return (first or titled).paragraph_format

    def place(self, block: Block, *, is_leading: bool) -> None:
        match block:
            case Heading(text, level, is_on_new_page):
                heading = self.add(text, font=_BLACK if level == 1 else _KAI, indent=True)
                heading.paragraph_format.keep_with_next = True
                heading.paragraph_format.page_break_before = is_on_new_page
            case Paragraph(text, is_flush):
                paragraph = self.add(text, indent=not is_flush, align=WD_ALIGN_PARAGRAPH.JUSTIFY)
                paragraph.paragraph_format.keep_with_next = is_leading
            case Signature():
                self._signature(block)
            case Table():
                self._table(block)
            case Part(title, label):
                marked = self.add(label, font=_BLACK).paragraph_format if label else None
                titled = self.begin(title)
                (marked or titled).page_break_before = True
            case Attachments():
                self._attachments(block)
            case Alert(text):
                alert = self.add(text, font=_BLACK, indent=True)
                alert.paragraph_format.keep_with_next = True
                alert.runs[0].font.color.rgb = _RED
            case Image():
                self._image(block)

    def space(self) -> None:
        """Keep what follows off a table."""
        self.add("", size=8).paragraph_format.line_spacing = Pt(2 * (self._page.line - self._page.text))

    def _table(self, block: Table) -> None:
        table = self._word.add_table(rows=0, cols=len(block.widths))
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        # Word takes the widths from the cells, other programs from the columns.
        for column, width in zip(table.columns, block.widths, strict=True):
            column.width = Mm(width)
        for number, texts in enumerate([block.head, *block.rows]):
            table._tbl.append(parse_xml(_row(texts, block, is_head=number == 0)))

    def _signature(self, block: Signature) -> None:
        for number, (line, inset) in enumerate(zip(block.lines, insets(block), strict=True), start=1):
            signed = self.add(line, align=WD_ALIGN_PARAGRAPH.RIGHT)
            signed.paragraph_format.keep_with_next = number < len(block.lines)
            if inset:
                signed.paragraph_format.right_indent = Pt(inset * self._page.text)

    def _attachments(self, block: Attachments) -> None:
        self.add("").paragraph_format.keep_with_next = True
        for number, line in enumerate(block.lines()):
            named = self.add(line)
            named.paragraph_format.left_indent = Pt((5 if number else 2) * self._page.text)
            named.paragraph_format.keep_with_next = True
        self.add("").paragraph_format.keep_with_next = True

    def _image(self, block: Image) -> None:
        paragraph = self.add("", align=WD_ALIGN_PARAGRAPH.CENTER)
        # A line of exact height would cut the picture off.
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        paragraph.paragraph_format.keep_with_next = True
        paragraph.add_run().add_picture(io.BytesIO(block.png), width=Mm(block.width))
        caption = self.add(block.caption, font=_SONG, size=10.5, align=WD_ALIGN_PARAGRAPH.CENTER, after=8)
        caption.paragraph_format.line_spacing = _SMALL_LINE

    def content(self) -> bytes:
        raw, packed = io.BytesIO(), io.BytesIO()
        self._word.save(raw)
        with zipfile.ZipFile(raw) as parts, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
            for name in sorted(parts.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
                out.writestr(zipfile.ZipInfo(name, CREATED.timetuple()[:6]), parts.read(name), zipfile.ZIP_DEFLATED)
        return packed.getvalue()

    def add(
        self,
        text: str,
        *,
        font: str = _TEXT,
        size: float | None = None,
        align: WD_ALIGN_PARAGRAPH | None = None,
        indent: bool = False,
        after: float = 0,
    ) -> Any:
        paragraph = self._word.add_paragraph()
        form = paragraph.paragraph_format
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(self._page.line)
        form.space_before, form.space_after = Pt(0), Pt(after)
        if align is not None:
            form.alignment = align
        if indent:
            form.first_line_indent = Pt(2 * self._page.text)
        _typed(paragraph.add_run(text), font, size or self._page.text)
        return paragraph

    def _set_page(self) -> None:
        section = self._word.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(self._page.top), Mm(self._page.bottom)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.footer_distance = Mm(self._page.bottom - 7)
        self._word.settings.odd_and_even_pages_header_footer = True
        sides = ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT))
        for footer, align in sides:
            paragraph = footer.paragraphs[0]
            paragraph.paragraph_format.alignment = align
            paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = _FROM_SIDE
            _typed(paragraph.add_run("— "), _SONG, 14)
            _add_page_number(paragraph)
            _typed(paragraph.add_run(" —"), _SONG, 14)

    def _drop_thumbnail(self) -> None:
        # The library's template brings a picture of another document.
        relations = self._word.part.package.rels
        for name in [name for name, one in relations.items() if one.reltype.endswith("/thumbnail")]:
            del relations[name]

    def _set_language(self) -> None:
        # Without it, 。 and ， are set in the middle of their square, as in traditional Chinese.
        properties = self._word.styles["Normal"].element.get_or_add_rPr()
        properties.append(_element("w:lang", {"w:val": "zh-CN", "w:eastAsia": "zh-CN"}))


def _row(texts: Sequence[str], table: Table, *, is_head: bool) -> str:
    """Return a row as XML: the library takes a millisecond for every cell, and lists have thousands."""
    repeats = '<w:tblHeader w:val="true"/>' if is_head else ""
    high = f'<w:trHeight w:val="{Mm(table.height).twips}" w:hRule="atLeast"/>' if table.height and not is_head else ""
    place = "<w:keepNext/>" if is_head else ""
    sides = ["right" if side == "right" else "center" for side in table.aligns] if is_head else table.aligns
    spacing = f'<w:spacing w:after="0" w:line="{_SMALL_LINE.twips}" w:lineRule="exact"/>'
    font = _BLACK if is_head else _SONG
    looks = f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{font}"/><w:sz w:val="21"/>'
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{Mm(width).twips}"/><w:vAlign w:val="center"/></w:tcPr>'
        f"<w:p><w:pPr>{place}{spacing}{_ALIGNED[side]}</w:pPr><w:r><w:rPr>{looks}</w:rPr>{_words(text)}</w:r></w:p></w:tc>"
        for text, width, side in zip(texts, table.widths, sides, strict=True)
    )
    marks = f'<w:cantSplit w:val="true"/>{high}{repeats}'
    return f"<w:tr {nsdecls('w')}><w:trPr>{marks}</w:trPr>{cells}</w:tr>"


def _words(text: str) -> str:
    lines = (f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
    return "<w:br/>".join(lines)


def _typed(run: Any, font: str, size: float) -> None:
    run.font.name, run.font.size = "Times New Roman", Pt(size)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _add_page_number(paragraph: Any) -> None:
    run = paragraph.add_run()
    _typed(run, _SONG, 14)
    number = _element("w:instrText")
    number.text = "PAGE"
    for part in (
        _element("w:fldChar", {"w:fldCharType": "begin"}),
        number,
        _element("w:fldChar", {"w:fldCharType": "end"}),
    ):
        run._element.append(part)


def _element(name: str, attributes: Mapping[str, str] = MappingProxyType({})) -> Any:
    """Return an element of WordprocessingML that python-docx has no word for."""
    element: Any = cast(Any, OxmlElement)(name)
    for key, value in attributes.items():
        element.set(qn(key), value)
    return element
