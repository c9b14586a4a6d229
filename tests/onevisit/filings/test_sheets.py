"""Bytes become the grid a spreadsheet shows, or a refusal that names the file and the next step."""

import datetime as dt
import io
import random
import re
import zipfile

import msoffcrypto.format.ooxml
import pytest
import xlsxwriter

from onevisit.errors import RefusedError
from onevisit.filings.sheets import read_sheets


def rows_of_file(name: str, data: bytes) -> list[tuple[str | None, ...]]:
    [sheet] = read_sheets(name, data)
    return sheet.cells.rows()


def refusal(name: str, data: bytes) -> tuple[str, int]:
    with pytest.raises(RefusedError) as refused:
        read_sheets(name, data)
    [one] = refused.value.problems
    assert one.file == name
    assert one.reason
    assert one.fix
    return one.code, one.row


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_reads_alike_in_every_encoding_a_department_uses(encoding):
    assert rows_of_file("a.csv", "名称,代码\n㐂朵茶楼,9151\n".encode(encoding)) == [
        ("名称", "代码"),
        ("㐂朵茶楼", "9151"),
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_the_one_that_cuts_rows_alike(delimiter):
    text = f'名称{delimiter}依据\n甲{delimiter}"种子法;畜牧法;农药条例,兽药条例"\n乙{delimiter}无\n'
    assert rows_of_file("a.csv", text.encode()) == [
        ("名称", "依据"),
        ("甲", "种子法;畜牧法;农药条例,兽药条例"),
        ("乙", "无"),
    ]


def test_a_quoted_cell_of_two_lines_and_a_blank_line_are_one_row_each():
    rows = rows_of_file("a.csv", '名称,地址\r\n"甲\n店",东街\r\n\r\n乙,西街\r\n'.encode())
    assert rows == [("名称", "地址"), ("甲\n店", "东街"), (None, None), ("乙", "西街")]


def test_a_quotation_mark_that_never_closes_refuses_the_file_at_its_row():
    assert refusal("a.csv", '名称,地址\n甲,东街\n乙,"西街\n丙,南街\n'.encode()) == ("F017", 3)


def test_text_in_neither_encoding_is_refused_with_its_line():
    assert refusal("a.csv", "名称,代码\n".encode("gb18030") + b"\xff\xff,1\n") == ("F006", 2)


def test_utf16_is_refused():
    assert refusal("a.csv", "名称,代码\n甲,1\n".encode("utf-16"))[0] == "F006"
    assert refusal("a.csv", b"a\x00b\x00,\x00")[0] == "F006"


@pytest.mark.parametrize(("first", "second"), [("gb18030", "utf-8"), ("utf-8", "gb18030")])
def test_two_encodings_in_one_file_are_refused_never_read_as_garbage(first, second):
    data = "企业名称,代码\n蓬莱镇老茶馆,1\n".encode(first) + "盐井街道新茶馆,2\n".encode(second)
    assert refusal("a.csv", data)[0] == "F018"


def test_a_utf8_file_with_one_broken_byte_is_refused_never_read_as_garbage():
    data = "企业名称,代码\n蓬莱镇老茶馆,1\n盐井街道新茶馆,2\n".encode()
    assert refusal("a.csv", data[:-4] + data[-3:]) == ("F018", 3)


@pytest.mark.parametrize("data", [b"", b" \n\n", b"\xef\xbb\xbf", b",,\n , \n"])
def test_a_file_without_any_content_is_refused(data):
    assert refusal("a.csv", data)[0] == "F005"


def test_a_workbook_of_empty_sheets_is_refused(workbook):
    assert refusal("a.xlsx", workbook(Sheet1=[], Sheet2=[[" "]]))[0] == "F005"


def test_a_csv_renamed_to_xlsx_and_a_workbook_renamed_to_csv_are_refused(workbook):
    assert refusal("a.xlsx", "名称,代码\n甲,1\n".encode())[0] == "F007"
    assert refusal("a.xlsx", b"<html><table></table></html>")[0] == "F007"
    assert refusal("a.csv", workbook(S=[["名称"]]))[0] == "F008"


def test_an_old_workbook_under_either_name_is_refused():
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert refusal("a.xlsx", old)[0] == "F007"
    assert refusal("a.xls", old)[0] == "F012"


def test_a_workbook_with_a_password_is_refused(workbook):
    plain, locked = io.BytesIO(workbook(S=[["名称"]])), io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt("secret", locked)
    assert refusal("a.xlsx", locked.getvalue())[0] == "F009"


def test_a_damaged_workbook_is_refused_wherever_it_is_damaged(workbook):
    whole = workbook(S=[["名称", "代码"], *[[f"店{i}", i] for i in range(200)]])
    assert refusal("a.xlsx", whole[: len(whole) // 2])[0] == "F010"
    broken = bytearray(whole)
    at = whole.index(b"xl/worksheets/sheet1.xml") + 60
    broken[at : at + 40] = b"\0" * 40
    assert refusal("a.xlsx", bytes(broken))[0] == "F010"
    assert refusal("a.xlsx", b"PK\x03\x04 and nothing of the kind")[0] == "F010"


def test_a_zip_bomb_is_refused_before_it_unpacks():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/a.xml", "w") as member:
        for _ in range(201):
            member.write(bytes(1024 * 1024))
    assert len(bomb.getvalue()) < 1024 * 1024
    assert refusal("a.xlsx", bomb.getvalue())[0] == "F011"


def test_two_cells_in_opposite_corners_are_refused_but_formatted_empty_ones_are_not(workbook):
    corners, formatted = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(corners) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "名称")
        sheet.write(1_048_575, 16_383, "远")
    with xlsxwriter.Workbook(formatted) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.write(0, 0, "名称")
        sheet.write_blank(1_048_575, 16_383, None, bold)
    assert refusal("a.xlsx", corners.getvalue())[0] == "F011"
    assert rows_of_file("a.xlsx", formatted.getvalue()) == [("名称",)]


def test_a_type_nobody_can_read_is_refused_by_its_extension():
    assert refusal("检查对象名录.pdf", b"%PDF-1.7")[0] == "F012"
    assert refusal("检查对象名录", b"x")[0] == "F012"


def test_a_zip_that_is_no_workbook_is_refused():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("检查对象名录.csv", "名称")
    assert refusal("a.xlsx", target.getvalue())[0] == "F007"


def test_cells_come_as_the_text_the_spreadsheet_shows(workbook):
    data = workbook(S=[[None], [None, "007", 12, 1.5, dt.date(2020, 1, 2), True, "甲\n乙"]])
    first, second = rows_of_file("a.xlsx", data)
    assert set(first) == {None}
    assert second == ("007", "12", "1.5", "2020-01-02 00:00:00", "true", "甲\n乙")


def test_a_failed_formula_is_a_value_not_a_blank():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "名称")
        sheet.write_formula(1, 0, "=VLOOKUP(1,B:C,2,0)", value="#N/A")
        sheet.write_formula(2, 0, "=1/0", value="#DIV/0!")
    assert rows_of_file("a.xlsx", target.getvalue()) == [("名称",), ("#N/A",), ("#DIV/0!",)]


def test_every_sheet_that_holds_anything_is_read_hidden_ones_too():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet("甲").write(0, 0, "a")
        book.add_worksheet("空")
        hidden = book.add_worksheet("藏")
        hidden.write(0, 0, "b")
        hidden.hide()
    assert [sheet.name for sheet in read_sheets("a.xlsx", target.getvalue())] == ["甲", "藏"]


def claiming(workbook, pattern: str, claim: str) -> bytes:
    """A small workbook whose XML claims something else than it holds."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(S=[["名称", "代码"], ["甲", "1"]]))) as whole,
        zipfile.ZipFile(target, "w") as forged,
    ):
        for name in whole.namelist():
            forged.writestr(name, re.sub(pattern, claim, whole.read(name).decode(), flags=re.DOTALL))
    return target.getvalue()


def with_rows(workbook, rows: str) -> bytes:
    return claiming(workbook, "<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>")


VALUE = "<v>1</v></c>"


@pytest.mark.parametrize(
    "rows",
    [
        f'<row r="1"><c>{VALUE}</row><row r="4000000000"><c>{VALUE}</row>',
        f'<row r="1"><c>{VALUE}</row><row r="{"9" * 5000}"><c>{VALUE}</row>',
        f"<row r='1'><c r='A1'>{VALUE}<c r='XFD30000'>{VALUE}</row>",
        f'<row r="1"><c r="A1">{VALUE}<c r="xfd30000">{VALUE}</row>',
        f'<row r="1"><c\tr="A1">{VALUE}<c\tr="XFD30000">{VALUE}</row>',
        f'<row r="1"><c s="0" r="A1">{VALUE}<c s="0" r="XFD30000">{VALUE}</row>',
        f'<row r="1">{f"<c>{VALUE}" * 400}</row><row r="90000"><c>{VALUE}</row>',
        f'<row r="1"><c r="A1">{VALUE}<c r="ZZ99999">{VALUE}</row>',
    ],
)
def test_a_grid_too_large_for_the_memory_is_refused_however_its_cells_are_written(workbook, rows):
    assert refusal("a.xlsx", with_rows(workbook, rows))[0] == "F011"


def test_cells_that_do_not_say_their_place_follow_on(workbook):
    rows = f'<row><c>{VALUE}<c>{VALUE}</row><row r="3"><c r="B3"/><c>{VALUE}</row>'
    assert rows_of_file("a.xlsx", with_rows(workbook, rows)) == [("1", "1", None), (None,) * 3, (None, None, "1")]


def test_a_claim_of_a_million_empty_rows_costs_nothing_and_changes_nothing(workbook):
    claimed = claiming(workbook, '<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"')
    assert rows_of_file("a.xlsx", claimed) == [("名称", "代码"), ("甲", "1")]


@pytest.mark.parametrize("count", ["4000000000", "9" * 5000])
def test_more_texts_claimed_than_there_are_bytes_are_refused(workbook, count):
    assert refusal("a.xlsx", claiming(workbook, 'uniqueCount="[0-9]+"', f'uniqueCount="{count}"'))[0] == "F011"


def test_one_long_text_in_many_cells_is_refused_and_many_short_ones_beside_it_are_not(workbook):
    rows = [["甲" * 30_000], *[["乙"]] * 3_000]
    assert len(rows_of_file("a.xlsx", workbook(S=rows))) == 3_001
    assert refusal("a.xlsx", workbook(S=[rows[0]] * 3_000))[0] == "F011"


def test_two_sheets_of_one_name_and_hundreds_of_names_for_one_sheet_are_refused(workbook):
    sheet = r'<sheet name="{}" sheetId="1" r:id="rId1"/>'
    assert refusal("a.xlsx", claiming(workbook, "<sheet [^>]*/>", sheet.format("甲") * 2))[0] == "F010"
    many = "".join(map(sheet.format, range(256)))
    assert refusal("a.xlsx", claiming(workbook, "<sheet [^>]*/>", many))[0] == "F011"


def test_a_sheet_that_claims_another_encoding_is_read_where_that_makes_no_difference(workbook):
    forged = claiming(workbook, "UTF-8(.*)<c r=", r"GB18030\1<c  r=")
    assert rows_of_file("a.xlsx", forged) == [("名称", "代码"), ("甲", "1")]


def test_what_two_readers_of_an_archive_would_read_otherwise_is_refused(workbook):
    whole = workbook(S=[["名称"], ["甲"]])
    twice = io.BytesIO(whole)
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/worksheets/sheet1.xml", "<a/>")
    assert refusal("a.xlsx", twice.getvalue())[0] == "F010"
    packed = io.BytesIO(whole)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("xl/more.xml", "<a/>")
    assert refusal("a.xlsx", packed.getvalue())[0] == "F010"


def test_a_damaged_workbook_with_a_password_is_refused_wherever_it_is_damaged(workbook):
    plain, locked = io.BytesIO(workbook(S=[["名称"]])), io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt("secret", locked)
    rng = random.Random(1)  # noqa: S311
    for _ in range(300):
        damaged = bytearray(locked.getvalue()[: rng.randrange(8, 20_000)])
        for _ in range(20):
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        assert refusal("a.xlsx", bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + damaged[8:]))[0] in {"F007", "F009"}


@pytest.mark.parametrize(("filler", "count"), [(b"\n", 1_048_576), (b",", 30_000_000)])
def test_a_csv_of_millions_of_blank_lines_or_cells_is_refused(filler, count):
    assert refusal("a.csv", b"a,b\n" + filler * count + b"c,d\n")[0] == "F011"
