"""A department's documents: each line once, each bad document one clear refusal, the rest goes on."""

import io
import re
import zipfile

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.county import County, Department
from onevisit.filings.accounts import account, refused_lines
from onevisit.filings.intake import Document, file_department, is_litter, strays
from onevisit.filings.rows import fields_of, rows_of
from onevisit.filings.tables import Accounting, FiledRows, Refused

SOUND = "名称,证照号码\n甲,1\n乙,2\n".encode()
OBJECTS = "检查对象名录.csv"
SALT = "s"


def read(department: Department, county: County, *documents: Document) -> pl.DataFrame:
    return FiledRows.validate(file_department(department, documents, county, secret=SALT))


def test_a_department_without_files_is_one_refused_line(police, small_county, codes):
    assert codes(read(police, small_county)) == [(0, "F001", "", "县公安局")]


def test_each_list_a_department_owes_and_lacks_is_named(police, small_county):
    rows = read(police, small_county, Document(OBJECTS, SOUND))
    missing = rows.filter(file="")
    assert missing["kind"].to_list() == ["inspectors", "items", "plan"]
    assert missing["problems"].str.contains("F002").all()


def test_a_refused_file_still_counts_as_handed_in(police, small_county):
    rows = read(police, small_county, Document(OBJECTS, b""))
    assert "objects" not in rows.filter(file="")["kind"]


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/a.xml", "w") as member:
        for _ in range(201):
            member.write(bytes(1024 * 1024))
    return target.getvalue()


@pytest.mark.parametrize(
    ("document", "kind", "code"),
    [
        (Document("检查对象名录.xlsx", b""), "objects", "F005"),
        (Document("检查对象名录.xlsx", SOUND + b" "), "objects", "F007"),
        (Document("检查对象名录2.csv", b"\xff\xfe\x00"), "objects", "F006"),
        (Document("检查对象名录.xlsx", bomb()), "objects", "F011"),
        (Document("检查对象名录2.csv", SOUND), "objects", "F014"),
        (Document("名单.csv", SOUND + b" "), "unknown", "F003"),
        (Document("2027年检查对象名录.csv", SOUND + b" "), "unknown", "F003"),
        (Document("年度抽查计划.docx", b"PK\x03\x04"), "plan", "F012"),
        (Document("年度抽查计划.csv", hindrance="F013"), "plan", "F013"),
        (Document("附件", hindrance="F015"), "unknown", "F015"),
    ],
)
def test_a_bad_document_is_one_refused_line_and_the_rest_goes_on(police, small_county, document, kind, code):
    rows = read(police, small_county, Document(OBJECTS, SOUND), document)
    [line] = rows.filter(file=document.name).iter_rows(named=True)
    assert (line["kind"], line["state"]) == (kind, "refused")
    assert f'"code":"{code}"' in line["problems"]
    assert rows.filter(file=OBJECTS)["state"].to_list() == ["noted", "kept", "kept"]


def test_the_likely_list_is_named_for_a_file_of_no_known_kind(filed):
    assert "是不是“检查对象名录”" in filed(**{"公安检查对象名录.csv": SOUND})["problems"][0]


@pytest.mark.parametrize(
    "name", ["~$检查对象名录.xlsx", ".DS_Store", "Thumbs.db", ".~lock.a.xlsx#", "._检查对象名录.csv"]
)
def test_what_programs_leave_behind_is_litter(name):
    assert is_litter(name)


def test_a_folder_of_no_department_and_a_loose_file_are_refused_by_name(small_county):
    rows = strays({"县公安局": True, "县公安": True, "名单.csv": False, ".DS_Store": False}, small_county)
    lines = refused_lines([rows])
    assert lines.select("department", "file", "code").rows() == [("", "名单.csv", "F016"), ("县公安", "", "F004")]
    assert "县公安局" in lines["reason"][1]


def test_the_order_documents_come_in_does_not_matter(police, small_county):
    documents = [
        Document(OBJECTS, SOUND),
        Document("检查对象名录（二）.csv", SOUND + "丙,3\n".encode()),
        Document("名单.csv", b"x"),
    ]
    forwards, backwards = read(police, small_county, *documents), read(police, small_county, *reversed(documents))
    assert forwards.equals(backwards)


def test_the_account_counts_each_file_and_sheet(workbook, filed):
    rows = filed(
        **{
            "检查对象名录.xlsx": workbook(
                甲=[["标题"], ["名称", "证照号码", "辖区"], ["一", "1"], ["二", "2", "天边"], ["合计：2"]],
                乙=[["名称", "地址", "何物"], ["三", "东街", "3"]],
            ),
            "名单.csv": b"x",
        }
    )
    counted = Accounting.validate(account([rows]))
    by_sheet = {(file, sheet): counts for _, _, file, sheet, *counts in counted.rows()}
    assert by_sheet == {
        ("检查对象名录.xlsx", "甲"): [2, 1, 1, 3],
        ("检查对象名录.xlsx", "乙"): [2, 0, 2, 0],
        ("名单.csv", ""): [1, 0, 1, 0],
    }
    told = Refused.validate(refused_lines([rows])).select("file", "sheet", "row", "code").rows()
    # The header's line stands for the lines below it.
    assert sorted(told) == sorted(
        [
            ("检查对象名录.xlsx", "甲", 4, "F031"),
            ("检查对象名录.xlsx", "乙", 1, "F021"),
            ("检查对象名录.xlsx", "乙", 1, "F022"),
            ("名单.csv", "", 0, "F003"),
        ]
    )


def test_rows_of_a_kind_come_with_every_field_in_order_of_place(police, small_county):
    later = Document("检查对象名录（乙）.csv", "名称,证照号码\n丙,3\n".encode())
    rows = rows_of("objects", [read(police, small_county, later, Document(OBJECTS, SOUND)), read(police, small_county)])
    assert rows.columns == ["department", "file", "sheet", "row", *fields_of("objects")]
    assert rows.select("file", "row", "name", "code").rows() == [
        (OBJECTS, 2, "甲", "1"),
        (OBJECTS, 3, "乙", "2"),
        (later.name, 2, "丙", "3"),
    ]
    assert rows["town"].null_count() == 3
    assert rows_of("plan", []).is_empty()


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6) | st.sampled_from(
    [
        "名称",
        "证照号码",
        "地址",
        "辖区",
        "状态",
        "蓬莱镇",
        "存续",
        "合计：",
        "说明",
        "注：一",
        "#N/A",
        "\u3000",
        "12",
        "",
    ]
)
HEADER = ["名称", "证照号码", "辖区", "状态"]
tables = st.lists(st.lists(cells, min_size=4, max_size=4), min_size=1, max_size=12)


def line_numbers(table: list[list[str]]) -> list[int]:
    return [i for i, row in enumerate(table, 1) if any(re.search(r"[^\s\u200b\ufeff]", cell) for cell in row)]


def accounts_for(rows: pl.DataFrame) -> bool:
    """Whether refused lines and only they have reasons, and the account adds up to every line."""
    is_refused = pl.col("state") == "refused"
    counted = account([rows])
    return (
        rows.filter(is_refused != (pl.col("problems") != "[]")).is_empty()
        and counted["read_count"].sum() + counted["noted_count"].sum() == rows.height
        and (counted["read_count"] == counted["kept_count"] + counted["refused_count"]).all()
    )


@settings(deadline=None)
@given(table=tables, has_header=st.booleans())
def test_every_line_of_any_workbook_is_kept_refused_or_noted_exactly_once(filed, workbook, table, has_header):
    table = [HEADER, *table] if has_header else table
    rows = filed(**{"检查对象名录.xlsx": workbook(S=table)})
    assert rows["row"].to_list() == (line_numbers(table) or [0])
    assert accounts_for(rows)


@settings(deadline=None)
@given(table=tables)
def test_every_line_of_any_csv_with_a_header_is_kept_refused_or_noted_exactly_once(filed, as_csv, table):
    # Enough sound lines to tell the delimiter by.
    table = [HEADER, *[["甲", "1", "蓬莱镇", "存续"]] * 12, *table]
    rows = filed(**{OBJECTS: "\ufeff" + as_csv(table)})
    assert rows["row"].to_list() == line_numbers(table)
    assert rows["state"].to_list()[:13] == ["noted", *["kept"] * 12]
    assert accounts_for(rows)


def test_a_list_saved_over_another_one_does_not_take_the_good_one_with_it(police, small_county):
    rows = read(police, small_county, Document(OBJECTS, SOUND), Document("年度抽查计划.csv", SOUND))
    assert "kept" in rows.filter(file=OBJECTS)["state"]
    assert "refused" in rows.filter(file="年度抽查计划.csv")["state"]
