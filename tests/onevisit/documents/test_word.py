"""The Word form: the page of GB/T 9704, and bytes that do not depend on the day."""

import base64
import io
import zipfile
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.shared import Length

from onevisit.documents.content import FORM, Document
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


def a_form() -> Document:
    document = Document("卷宗", notice="示例", page=FORM)
    document.alert("人员不足")
    document.paragraph("人员如下。")
    document.table([("姓名", 60)], [["王明"]])
    document.part("签字表")
    return document


def test_a_part_begins_a_page_with_the_notice_above_its_title_and_no_empty_line_before_it():
    opened: Any = docx.Document(io.BytesIO(word(a_form())))
    assert [one.text for one in opened.paragraphs] == ["示例", "卷宗", "人员不足", "人员如下。", "示例", "签字表"]
    assert [one.text for one in opened.paragraphs if one.paragraph_format.page_break_before] == ["示例"]
    assert opened.paragraphs[-2].paragraph_format.page_break_before


def test_what_nobody_may_overlook_is_red_and_stays_with_what_follows():
    opened: Any = docx.Document(io.BytesIO(word(a_form())))
    alert, lead = opened.paragraphs[2:4]
    assert str(alert.runs[0].font.color.rgb) == "C00000"
    assert alert.paragraph_format.keep_with_next
    assert lead.paragraph_format.keep_with_next
    assert opened.tables[0].rows[0].cells[0].paragraphs[0].paragraph_format.keep_with_next


def test_a_form_has_smaller_type_and_margins_on_the_same_width():
    opened: Any = docx.Document(io.BytesIO(word(a_form())))
    [section] = opened.sections
    sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(side.mm) for side in sides] == [22, 22, 28, 26]
    assert opened.paragraphs[3].runs[0].font.size.pt == 12


def test_nobody_signs_on_a_page_without_a_word():
    document = Document("通知")
    document.paragraph("请按时完成。")
    document.signature("县公安局（盖章）", "年　月　日")
    opened: Any = docx.Document(io.BytesIO(word(document)))
    assert [bool(one.paragraph_format.keep_with_next) for one in opened.paragraphs[1:]] == [True, True, False]


def test_attachments_are_numbered_where_there_are_several_and_each_begins_a_page_with_its_label():
    document = Document("公告")
    document.attachments("名单", "说明")
    document.signature("大英县市场监督管理局", "2027年3月1日", inset=4)
    document.part("名单", label="附件1")
    reopened: Any = docx.Document(io.BytesIO(word(document)))
    said = {one.text: one.paragraph_format for one in reopened.paragraphs}
    assert [said["附件：1．名单"].left_indent.pt, said["2．说明"].left_indent.pt] == [32, 80]
    assert said["附件1"].page_break_before
    assert said["2027年3月1日"].right_indent.pt == 64
    assert said["大英县市场监督管理局"].right_indent.pt < 64


def test_a_thousand_rows_are_written_with_their_breaks_and_signs_as_they_are():
    document = Document("表")
    document.table([("甲", 60)], [["<a & b>\n第二行"]] * 1000)
    [table] = docx.Document(io.BytesIO(word(document))).tables
    assert len(table.rows) == 1001
    assert table.rows[1000].cells[0].text == "<a & b>\n第二行"
