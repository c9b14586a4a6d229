"""The Word form: the page of GB/T 9704, and bytes that do not depend on the day."""

import base64
import io
import zipfile
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.shared import Length

from onevisit.documents.content import Document
from onevisit.documents.word import word

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
"""One pixel."""


def written() -> bytes:
    document = Document("关于示例的通知", notice="示例")
    document.heading("一、要求")
    document.paragraph("请按时完成。")
    document.table([("部门", 60), ("户数", 30)], [["县公安局", "12"]])
    document.signature("大英县市场监督管理局")
    return word(document)


def reopened() -> Any:
    return docx.Document(io.BytesIO(written()))


def test_the_page_is_that_of_the_standard():
    [section] = reopened().sections
    sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(side.mm) for side in sides] == [37, 35, 28, 26]
    assert round(section.page_width.mm) == 210


def test_page_numbers_stand_outside_on_odd_and_even_pages():
    document = reopened()
    [section] = document.sections
    assert document.settings.odd_and_even_pages_header_footer
    for footer in (section.footer, section.even_page_footer):
        assert footer.paragraphs[0].text == "—  —"
        assert "PAGE" in footer.paragraphs[0]._p.xml
    assert section.footer.paragraphs[0].alignment != section.even_page_footer.paragraphs[0].alignment


def test_the_text_is_simplified_chinese_in_the_fonts_of_the_standard():
    document = reopened()
    language = document.styles["Normal"].element.rPr.find(qn("w:lang"))
    assert language.get(qn("w:eastAsia")) == "zh-CN"
    fonts = [run._r.rPr.rFonts.get(qn("w:eastAsia")) for one in document.paragraphs for run in one.runs if run.text]
    assert fonts == ["楷体_GB2312", "方正小标宋简体", "黑体", "仿宋_GB2312", "仿宋_GB2312"]


def test_a_tables_head_repeats_and_its_rows_do_not_break():
    [table] = reopened().tables
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)


def test_a_row_to_sign_in_is_high_enough_for_a_hand():
    document = Document("标题")
    document.signing([("参加人", 54), ("签字", 60)], [["公证（notary）", ""]])
    [table] = docx.Document(io.BytesIO(word(document))).tables
    assert table.rows[0].height is None
    assert round(Length(table.rows[1].height or 0).mm) == 14


def test_the_same_words_give_the_same_bytes():
    assert written() == written()
    with zipfile.ZipFile(io.BytesIO(written())) as parts:
        assert {part.date_time for part in parts.infolist()} == {(2000, 1, 1, 0, 0, 0)}


def test_a_picture_is_as_wide_as_asked_whole_and_named_below():
    document = Document("标题")
    document.image(PNG, "图一", width=40)
    opened: Any = docx.Document(io.BytesIO(word(document)))
    [shape] = opened.inline_shapes
    assert round(shape.width.mm) == 40
    picture, caption = opened.paragraphs[-2:]
    assert picture.paragraph_format.line_spacing == 1.0
    assert caption.text == "图一"
    [part] = [part for part in opened.part.package.iter_parts() if part.partname.endswith(".png")]
    assert part.blob == PNG
