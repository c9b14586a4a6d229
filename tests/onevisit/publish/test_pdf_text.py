"""A PDF is read whole before it is published, or not published."""

import io
import random
from collections.abc import Callable

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from onevisit.codes import id_check_character
from onevisit.documents.content import Document
from onevisit.documents.fonts import installed
from onevisit.documents.pdf import pdf
from onevisit.publish.pdf_text import pdf_texts
from onevisit.publish.privacy import ID_CARD, MOBILE, PERSON, Known, personal_data

KNOWN = Known(frozenset({"王小强"}), frozenset(), frozenset(), frozenset())
ID_NUMBER = "51092319900307001" + id_check_character("51092319900307001")


def ours(*words: str) -> bytes:
    """A document of the county as PDF."""
    document = Document("抽取公告")
    for one in words:
        document.paragraph(one)
    return pdf(document, installed())


def changed(data: bytes, change: Callable[[PdfWriter], object]) -> bytes:
    """A PDF with something done to it by another program."""
    writer, target = PdfWriter(clone_from=io.BytesIO(data)), io.BytesIO()
    change(writer)
    writer.write(target)
    return target.getvalue()


def found(data: bytes) -> list[tuple[str, str]]:
    """Code and place of every hit."""
    return [(one.code, one.sheet) for one in personal_data({"公告.pdf": data}, KNOWN)]


def test_a_clean_document_of_the_county_goes_out():
    assert found(ours("本次共抽取检查对象25户，统一社会信用代码91510923MA6264XY3P。")) == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("身份证号码：" + ID_NUMBER,), ID_CARD),
        (("证件号码", ID_NUMBER[:9], ID_NUMBER[9:]), ID_CARD),
        ((" ".join(ID_NUMBER),), ID_CARD),
        (("电话1380013", "8000"), MOBILE),
        (("检查人员：王小强",), PERSON),
        (("检查人员：王 小 强",), PERSON),
    ],
    ids=["whole", "over two lines", "spaced", "phone over two lines", "name", "spaced name"],
)
def test_what_is_personal_is_found_on_its_page_without_being_shown(words: tuple[str, ...], kind: str):
    hits = personal_data({"公告.pdf": ours("清白的一页。", *words)}, KNOWN)
    assert {(one.code, one.sheet, one.file) for one in hits} == {("U001", "第1页", "公告.pdf")}
    assert all(
        kind in one.text("zh") and ID_NUMBER not in one.text("zh") and "王小强" not in one.text("zh") for one in hits
    )


def test_what_stands_in_the_properties_or_a_note_is_found():
    clean = ours("清白的一页。")
    titled = changed(clean, lambda writer: writer.add_metadata({"/Subject": f"王小强 {ID_NUMBER}"}))
    assert ("U001", "属性和批注") in found(titled)
    noted = DictionaryObject({NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Text")})
    noted[NameObject("/Contents")] = TextStringObject("电话13800138000")
    assert ("U001", "属性和批注") in found(changed(clean, lambda writer: writer.add_annotation(0, noted)))


def test_what_nobody_can_read_stops_the_release():
    clean = ours("清白的一页。")
    assert found(changed(clean, lambda writer: writer.encrypt("密"))) == [("U002", "")]
    assert found(changed(clean, lambda writer: writer.add_attachment("名单.txt", b"x"))) == [("U002", "")]
    assert found(changed(clean, only_a_picture)) == [("U002", "")]
    assert found(changed(clean, without_characters)) == [("U002", "")]
    assert found(b"%PDF-1.7 nothing more") == [("U002", "")]


def test_a_broken_pdf_is_refused_and_never_an_error():
    data, chance = bytearray(ours("清白的一页。")), random.Random(7)  # noqa: S311 - nothing is secret here
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(20):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        texts = pdf_texts(bytes(broken[: chance.randrange(len(broken))]))
        assert texts is None or all(isinstance(text, str) for _, text in texts)


def only_a_picture(writer: PdfWriter) -> None:
    """Add a scanned page."""
    picture = DecodedStreamObject()
    picture.set_data(b"\0" * 3)
    sizes = {"/Width": NumberObject(1), "/Height": NumberObject(1), "/BitsPerComponent": NumberObject(8)}
    picture.update({NameObject(name): value for name, value in sizes.items()})
    picture.update({NameObject("/Subtype"): NameObject("/Image"), NameObject("/ColorSpace"): NameObject("/DeviceRGB")})
    page = writer.add_blank_page(100, 100)
    objects = DictionaryObject({NameObject("/P"): writer._add_object(picture)})  # pyright: ignore[reportPrivateUsage]
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): objects})


def without_characters(writer: PdfWriter) -> None:
    """Take from every font which characters its shapes are."""
    for page in writer.pages:
        for font in page["/Resources"]["/Font"].values():  # pyright: ignore
            font.get_object().pop("/ToUnicode", None)
