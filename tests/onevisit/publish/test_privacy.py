"""The privacy gate finds what is personal wherever it hides, and lets public codes through."""

import io
import re
import zipfile

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.codes import id_check_character, registration_check_digit, uscc_check_character
from onevisit.documents.content import Document
from onevisit.documents.word import word
from onevisit.publish import privacy
from onevisit.publish.archive import stored_zip
from onevisit.publish.privacy import Known, personal_data, unlisted_columns
from onevisit.workbooks import Book, Column
from tests.onevisit.publish.counties import credit_code

ID_NUMBER = "51092319800101123" + id_check_character("51092319800101123")
OLD_ID = "510923800101123"
KNOWN = Known(
    names=frozenset({"王强", "欧阳守正"}),
    certificates=frozenset({"23090117042"}),
    object_ids=frozenset({"DY-13800138000"}),
    words=frozenset({"王强"}),
)
STRICT = Known(frozenset({"王强", "欧阳守正"}), frozenset(), frozenset(), frozenset())


def kinds(text: str, known: Known = KNOWN, name: str = "page.txt") -> list[str]:
    return [one.reason for one in personal_data({name: text.encode()}, known)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"证件 {ID_NUMBER}。", privacy.ID_CARD),
        (f"证件{ID_NUMBER.lower()}", privacy.ID_CARD),
        (f"证件{OLD_ID}", privacy.ID_CARD),
        ("电话13800138000", privacy.MOBILE),
        ("电话１３８００１３８０００", privacy.MOBILE),
        ("138 0013 8000", privacy.MOBILE),
        ("0825-7821234", privacy.LANDLINE),
        ("（0825）7821234", privacy.LANDLINE),
        ("zhang.san@example.gov.cn", privacy.EMAIL),
        ("卡号6222020000000000018", privacy.BANK_CARD),
        ("组长：欧阳守正", privacy.PERSON),
        ("检查组长欧阳守正", privacy.PERSON),
        ("欧阳守正同志", privacy.PERSON),
        ("执法证 23090117042", privacy.CERTIFICATE),
        ("电话+8613800138000", privacy.MOBILE),
        ("电话 86-13800138000", privacy.MOBILE),
        ("卡号 6222 0200 0000 0000 018", privacy.BANK_CARD),
        ("卡号4111111111111111", privacy.BANK_CARD),
        ("信用风险等级：C", privacy.RISK_CLASS),
        ("信用等级为Ｄ的企业", privacy.RISK_CLASS),
        ("A类5%，B类10%", privacy.RISK_CLASS),
    ],
)
def test_each_kind_of_personal_data_is_found(text: str, kind: str):
    assert any(kind in reason for reason in kinds(text))


@pytest.mark.parametrize(
    "text",
    [
        "9A13800138000MA01" + uscc_check_character("9A13800138000MA01"),
        "DY-13800138000",
        "a13800138000" + "0" * 52,
        "5109230000" + "1234" + registration_check_digit("51092300001234"),
        "2027-03-02T11:00:00+08:00",
        "510923-2027-01-1",
        "王强",
        "王强饭店",
        "电话 12315",
        "138001380001",
        "卡号6222020000000000019",
        "4111111111111112",
        "按信用风险分类实施差异化抽查",
        "A级旅游景区",
        "第二类医疗器械、B类疫苗",
        "信用风险分类",
    ],
)
def test_public_codes_digests_dates_and_shop_names_pass(text: str):
    assert kinds(text) == []


def test_a_shop_s_name_passes_and_the_same_name_of_a_person_does_not():
    assert kinds("王强") == []
    assert kinds("王强", STRICT) != []


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "电话", "：", "a ", "<", "\n"]))
def test_no_mobile_number_slips_through(number: str, before: str):
    assert kinds(f"{before}{number}，谢谢") != []


@given(st.text("0123456789Xx -+()（）aé86215", max_size=60))
def test_one_pass_for_what_is_like_a_number_misses_none_that_looking_everywhere_finds(text):
    found = sorted((kind, match.span()) for kind, match in privacy._numbers(text))
    everywhere = sorted(
        (kind, match.span()) for kind, pattern in privacy._NUMBERS.items() for match in pattern.finditer(text)
    )
    assert found == everywhere


@given(st.integers(0, 9_999_999))
def test_no_credit_code_stops_a_release(number: int):
    assert kinds(f"{credit_code(number)}\t{credit_code(number)}，") == []


def test_a_number_cut_up_by_tags_or_written_as_entities_is_found():
    assert kinds("<p>138<b>0013</b>8000</p>", name="a.html") != []
    assert kinds("<p>&#49;3800138000</p>", name="a.html") != []
    assert kinds('<p title="13800138000">x</p>', name="a.html") != []


def test_cells_properties_and_footers_of_a_workbook_are_read():
    for title, subtitle, cell, place in (
        ("表", "注", "13800138000", "甲"),
        ("电话13800138000", "注", "x", "docProps/core.xml"),
        ("表", "电话13800138000", "x", "甲"),
    ):
        book = Book(title, subtitle)
        book.table("甲", [Column("列", 10)], [[cell]])
        places = [one.sheet for one in personal_data({"a.xlsx": book.content()}, KNOWN)]
        assert place in places


def test_a_hit_names_file_row_column_and_kind_and_never_the_value():
    [hit] = personal_data({"a/b.csv": "名称,备注\n店,\n店,电话13800138000\n".encode()}, KNOWN)
    assert (hit.code, hit.file, hit.row, hit.column) == ("U001", "a/b.csv", 3, "备注")
    assert privacy.MOBILE in hit.reason
    assert not re.search(r"\d{4}", hit.text("zh") + hit.text("en"))


def csv_file(value: str) -> bytes:
    return f"name,备注\n店,{value}\n".encode()


def json_lines_file(value: str) -> bytes:
    return f'{{"name":"店","备注":"{value}"}}\n'.encode()


def parquet_file(value: str) -> bytes:
    target = io.BytesIO()
    pl.DataFrame({"name": ["店"], "备注": [value]}).write_parquet(target)
    return target.getvalue()


def workbook_file(value: str) -> bytes:
    book = Book("表", "注")
    book.table("甲", [Column("name", 10), Column("备注", 10)], [["店", value]])
    return book.content()


def word_file(value: str) -> bytes:
    document = Document("公告")
    document.paragraph("正文。")
    document.table([("备注", 60)], [[value]])
    return word(document)


def page_file(value: str) -> bytes:
    return f"<html><p>正文</p><td>{value}</td></html>".encode()


FILES = {
    "a.csv": csv_file,
    "a.jsonl": json_lines_file,
    "a.parquet": parquet_file,
    "a.xlsx": workbook_file,
    "a.docx": word_file,
    "a.html": page_file,
    "a.txt": str.encode,
    "a.zip": lambda value: stored_zip({"inner.csv": csv_file(value)}),
}
LEAKS = {
    privacy.ID_CARD: ID_NUMBER,
    privacy.MOBILE: "13800138000",
    privacy.LANDLINE: "0825-7821234",
    privacy.EMAIL: "zhang.san@example.gov.cn",
    privacy.BANK_CARD: "6222020000000000018",
    privacy.PERSON: "欧阳守正",
    privacy.CERTIFICATE: "23090117042",
    privacy.RISK_CLASS: "信用风险等级：C",
}


@pytest.mark.parametrize("kind", LEAKS)
@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_leak_is_found_in_each_kind_of_file(name: str, kind: str):
    hits = personal_data({name: FILES[name](LEAKS[kind])}, KNOWN)
    assert hits
    assert all(kind in hit.reason and hit.code == "U001" for hit in hits)
    assert personal_data({name: FILES[name]("按信用风险分类")}, KNOWN) == []


def test_every_kind_that_is_looked_for_is_tried():
    assert set(LEAKS) == set(privacy.KINDS)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.xlsx"])
def test_a_name_that_is_also_a_shop_s_passes_in_a_column_of_businesses_alone(name: str):
    assert len(personal_data({name: FILES[name]("王强")}, KNOWN)) == 1
    swapped = FILES[name]("店").replace("店".encode(), "王强".encode()) if name in {"a.csv", "a.jsonl"} else None
    if swapped:
        assert {hit.column for hit in personal_data({name: swapped}, KNOWN)} == {"备注"}


def test_a_column_that_no_public_table_has_stops_the_release():
    allowed = {"a": frozenset({"name"})}
    for name in ("open-data/a.csv", "open-data/a.jsonl", "open-data/a.parquet"):
        [one] = unlisted_columns({name: FILES[name.removeprefix("open-data/")]("无事")}, allowed)
        assert (one.code, one.file, one.column) == ("U003", name, "备注")
    assert unlisted_columns({"other.csv": csv_file("无事")}, allowed) == []


def test_the_statement_says_in_chinese_what_was_looked_for_and_in_how_many_files():
    said = privacy.statement({"a": b"1", "b": b"2"})
    assert said["statement"] == f"本次发布的 2 个文件已逐个检查，没有发现{'、'.join(privacy.KINDS)}。"


def test_a_file_that_cannot_be_read_stops_the_release():
    assert [one.code for one in personal_data({"a.bin": b"\xff\xfe\x00"}, KNOWN)] == ["U002"]
    for name in ("a.xlsx", "a.docx", "a.pdf", "a.parquet", "a.jsonl"):
        assert [one.code for one in personal_data({name: b"%PDF no workbook"}, KNOWN)] == ["U002"]


def test_a_picture_in_a_workbook_cannot_be_read_and_stops_the_release():
    book = openpyxl.Workbook()
    target = io.BytesIO()
    book.save(target)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\x89PNG")
    assert [one.code for one in personal_data({"a.xlsx": target.getvalue()}, KNOWN)] == ["U002"]


def test_every_file_within_a_zip_is_read_and_one_that_cannot_be_stops_the_release():
    clean = {"TRAIL": b"1\tfreeze\n", "void/510923-2027-01-1/ROOT": b"a" * 64}
    assert personal_data({"draw.zip": stored_zip(clean)}, KNOWN) == []
    (hit,) = personal_data({"draw.zip": stored_zip(clean | {"RECORDS": "\n电话13800138000".encode()})}, KNOWN)
    assert (hit.file, hit.sheet, hit.row) == ("draw.zip", "RECORDS", 2)
    for unreadable in (b"PK", stored_zip(clean | {"photo": b"\xff\xfe"})):
        assert [one.code for one in personal_data({"draw.zip": unreadable}, KNOWN)] == ["U002"]
