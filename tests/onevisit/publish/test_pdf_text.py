"""The privacy gate reads a PDF in full, however its numbers are set, or refuses it."""

import io
import re
from collections.abc import Callable

import pylopdf_fonts_zh_cn
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from onevisit.codes import id_check_character
from onevisit.documents.content import FORM, Document
from onevisit.documents.fonts import chosen
from onevisit.documents.pdf import pdf
from onevisit.publish import privacy
from onevisit.publish.privacy import Known, personal_data
from tests.onevisit.documents.test_word import PNG

ID_NUMBER = "51092319800101123" + id_check_character("51092319800101123")
KNOWN = Known(frozenset({"欧阳守正"}), frozenset({"23090117042"}), frozenset(), frozenset())
FACES = chosen({"Noto Serif SC": pylopdf_fonts_zh_cn.serif_path(), "Noto Sans SC": pylopdf_fonts_zh_cn.sans_path()})


def a_pdf(*paragraphs: str, width: int = 60) -> bytes:
    document = Document("关于“示例”的公告", page=FORM)
    document.heading("一、要求")
    for text in paragraphs:
        document.paragraph(text)
    document.part("名单", label="附件")
    document.table([("序号", 15), ("内容", width)], [["1", text] for text in paragraphs])
    return pdf(document, FACES)


def found(content: bytes) -> set[tuple[str, str]]:
    """Where which kind is found."""
    problems = personal_data({"notices/a.pdf": content}, KNOWN)
    assert {one.file for one in problems} <= {"notices/a.pdf"}
    return {(one.sheet, kind) for one in problems for kind in privacy.KINDS if kind in one.reason}


def changed(change: Callable[[PdfWriter], object], content: bytes = b"") -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content or a_pdf("没有问题。"))))
    change(writer)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_a_clean_pdf_of_our_own_may_be_published():
    numbers = "2027年3月2日至4月15日，共12户，编号510923-2027-01-1，冻结指纹" + "a13800138000" * 5
    assert personal_data({"a.pdf": a_pdf(numbers, "电话12315", "1 2 3 4 5 6 7 8")}, KNOWN) == []


@pytest.mark.parametrize(
    "text",
    [
        f"证件{ID_NUMBER}。",
        f"证件 {' '.join(ID_NUMBER)}。",
        f"证件 {ID_NUMBER[:6]} {ID_NUMBER[6:14]} {ID_NUMBER[14:]} 。",
        f"第 12 {ID_NUMBER[:6]}　{ID_NUMBER[6:]} 35 号",
    ],
)
def test_an_id_number_is_found_however_it_is_spaced_with_its_page(text: str):
    assert found(a_pdf(text)) == {("第1页", privacy.ID_CARD), ("第2页", privacy.ID_CARD)}


def test_an_id_number_set_across_two_lines_is_found():
    content = a_pdf(f"{ID_NUMBER[:10]} {ID_NUMBER[10:]}", width=25)
    said = PdfReader(io.BytesIO(content)).pages[1].extract_text()
    assert re.search(rf"{ID_NUMBER[:10]}\s*\n{ID_NUMBER[10:]}", said)
    assert ("第2页", privacy.ID_CARD) in found(content)


def test_a_name_set_with_spaces_is_found():
    assert ("第1页", privacy.PERSON) in found(a_pdf("检查人员：欧 阳 守 正"))


def test_a_letter_spaced_number_of_any_kind_is_found():
    assert ("第1页", privacy.MOBILE) in found(a_pdf("电话 1 3 8 0 0 1 3 8 0 0 0"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("电话：13800 138000", privacy.MOBILE),
        ("组长：欧阳守正。", privacy.PERSON),
        ("证号 2309011 7042。", privacy.CERTIFICATE),
    ],
)
def test_what_a_narrow_column_breaks_is_put_together_again(text: str, kind: str):
    assert found(a_pdf(text, width=28)) >= {("第2页", kind)}


def test_what_no_page_shows_is_read_too():
    assert found(changed(lambda pdf: pdf.add_metadata({"/Author": f"录入{ID_NUMBER}"}))) == {("页外", privacy.ID_CARD)}
    note = FreeText(text="电话13800138000", rect=(0, 0, 100, 100))
    assert ("页外", privacy.MOBILE) in found(changed(lambda pdf: pdf.add_annotation(0, note)))
    assert ("页外", privacy.MOBILE) in found(
        changed(lambda pdf: pdf.add_outline_item(title="13800138000", page_number=0))
    )


def _with_font_without_characters(writer: PdfWriter) -> None:
    for font in writer.pages[0]["/Resources"]["/Font"].values():  # pyright: ignore
        del font.get_object()["/ToUnicode"]


def _with_xfa(writer: PdfWriter) -> None:
    form = DictionaryObject({NameObject("/XFA"): TextStringObject("x")})
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(form)  # pyright: ignore


def _with_hidden_stream(writer: PdfWriter) -> None:
    hidden = DecodedStreamObject()
    hidden.set_data(ID_NUMBER.encode())
    writer.root_object[NameObject("/PieceInfo")] = writer._add_object(hidden)  # pyright: ignore


@pytest.mark.parametrize(
    "change",
    [
        lambda pdf: pdf.encrypt("secret"),
        lambda pdf: pdf.encrypt(""),
        lambda pdf: pdf.add_attachment("名单.txt", b"clean"),
        _with_font_without_characters,
        _with_xfa,
        _with_hidden_stream,
    ],
    ids=["encrypted", "encrypted-without-password", "attachment", "font", "xfa", "stream"],
)
def test_a_pdf_that_cannot_be_read_in_full_stops_the_release(change: Callable[[PdfWriter], object]):
    assert [one.code for one in personal_data({"a.pdf": changed(change)}, KNOWN)] == ["U002"]


def test_a_picture_an_earlier_version_or_half_a_file_stops_the_release():
    pictured = Document("图")
    pictured.image(PNG, "图一", width=40)
    clean = a_pdf("没有问题。")
    later = io.BytesIO()
    writer = PdfWriter(PdfReader(io.BytesIO(clean)), incremental=True)
    writer.add_metadata({"/Author": "甲"})
    writer.write(later)
    for content in (pdf(pictured, FACES), later.getvalue(), clean[: len(clean) // 2], b"%PDF-1.7", b""):
        assert [one.code for one in personal_data({"a.pdf": content}, KNOWN)] == ["U002"]
