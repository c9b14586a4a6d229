"""The open data package opens rightly in a spreadsheet, is safe there, and can be checked."""

import hashlib
import io
import json
import subprocess
from pathlib import Path

import openpyxl
import polars as pl

from onevisit.publish.open_data import DATASETS, csv_bytes, dictionary, json_lines, open_data
from onevisit.tables import columns_of
from tests.onevisit.publish.counties import NASTY, TODAY, made, public_tables

TABLES = public_tables(made())


def package() -> dict[str, bytes]:
    return open_data(TABLES, title="开放数据", data_date=TODAY, is_demonstration=True)


def test_a_csv_begins_with_a_bom_and_reads_back_as_the_table():
    for dataset in DATASETS:
        content = package()[f"{dataset.key}.csv"]
        assert content.startswith(b"\xef\xbb\xbf")
        back = pl.read_csv(content, infer_schema=False)
        assert back.columns == [column.title for column in columns_of(dataset.model)]
        assert back.height == TABLES[dataset.key].height


def test_no_cell_of_a_csv_begins_as_a_formula():
    frame = pl.DataFrame({"a": [*NASTY, "+86", "-1", "@x", "＝1", "\tx", "普通", None]})
    lines = pl.read_csv(csv_bytes(frame), infer_schema=False)["a"].to_list()
    assert [line for line in lines if line and line[0] in "=+-@＝＋－＠\t\r"] == []
    assert lines[1] == "'" + NASTY[1]
    assert lines[-2] == "普通"


def test_json_lines_hold_the_values_as_they_are():
    frame = TABLES["drawn"]
    rows = [json.loads(line) for line in json_lines(frame).decode().splitlines()]
    assert [row["name"] for row in rows] == frame["name"].to_list()
    assert set(NASTY) & {row["name"] for row in rows}
    assert rows[0].keys() == set(frame.columns)


def test_the_workbook_has_every_table_and_no_formula_or_link():
    book = openpyxl.load_workbook(io.BytesIO(package()["全部数据.xlsx"]))
    assert book.sheetnames == [*(dataset.title for dataset in DATASETS), "数据字典"]
    for sheet in book.worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    assert NASTY[1] in {cell.value for cell in book["抽取结果"]["D"]}


def test_the_dictionary_explains_every_published_column():
    explained = dictionary().select("数据集", "字段（JSON）").rows()
    assert explained == [(d.title, column.name) for d in DATASETS for column in columns_of(d.model)]


def test_the_checksums_verify_with_the_usual_tool(tmp_path: Path):
    for name, content in package().items():
        (tmp_path / name).write_bytes(content)
    subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "drawn.csv").write_bytes(b"changed")
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, check=False).returncode


def test_the_same_tables_give_the_same_bytes():
    first, second = package(), package()
    assert {n: hashlib.sha256(b).hexdigest() for n, b in first.items()} == {
        n: hashlib.sha256(b).hexdigest() for n, b in second.items()
    }


def test_a_real_county_s_package_does_not_say_it_is_made_up():
    real = open_data(TABLES, title="开放数据", data_date=TODAY, is_demonstration=False)
    assert "示例" in package()["README.txt"].decode()
    assert "示例" not in real["README.txt"].decode()
