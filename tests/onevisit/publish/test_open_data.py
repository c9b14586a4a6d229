"""The open data package opens rightly in a spreadsheet, is safe there, and can be checked."""

import hashlib
import io
import json
import subprocess
from pathlib import Path

import openpyxl
import polars as pl
from frictionless import Package

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


def test_a_parquet_file_reads_back_as_the_table():
    for dataset in DATASETS:
        assert pl.read_parquet(package()[f"{dataset.key}.parquet"]).equals(TABLES[dataset.key])


def test_every_column_is_explained_in_chinese():
    assert all(any("\u4e00" <= one <= "\u9fff" for one in note) for note in dictionary()["说明"])


def test_frictionless_finds_nothing_wrong_with_the_data_package_nor_any_row(tmp_path: Path):
    report = Package(packed(tmp_path, package())).validate()
    assert [error.message for task in report.tasks for error in task.errors] == []
    assert report.valid
    assert report.stats["tasks"] == 2 * len(DATASETS)


def test_frictionless_finds_a_changed_cell_an_empty_one_and_a_changed_file(tmp_path: Path):
    files = package()
    rows = pl.read_csv(files["drawn.csv"], infer_schema=False)
    wrong = pl.int_range(pl.len()) == 0
    empty = pl.when(wrong).then(None).otherwise("统一社会信用代码（对象编号）").alias("统一社会信用代码（对象编号）")
    rows = rows.with_columns(pl.when(wrong).then(pl.lit("三")).otherwise("批次").alias("批次"))
    files["drawn.csv"] = b"\xef\xbb\xbf" + rows.with_columns(empty).write_csv(line_terminator="\r\n").encode()
    report = Package(packed(tmp_path, files)).validate()
    kinds = {error.type for task in report.tasks for error in task.errors}
    assert {"constraint-error", "type-error", "hash-count"} <= kinds


def packed(folder: Path, files: dict[str, bytes]) -> str:
    """Return where the description of a package lies."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return f"{folder / 'datapackage.json'}"


def test_the_data_package_s_fields_are_the_columns_and_its_notes_are_of_them():
    files = package()
    described = json.loads(files["datapackage.json"])
    csvs = [one for one in described["resources"] if one["format"] == "csv"]
    assert [one["path"] for one in csvs] == [f"{dataset.key}.csv" for dataset in DATASETS]
    for one in csvs:
        frame = pl.read_csv(files[one["path"]], infer_schema=False)
        assert [field["name"] for field in one["schema"]["fields"]] == frame.columns


def test_the_catalogue_s_description_names_every_download():
    files = package()
    described = json.loads(files["dataset.jsonld"])
    assert described["@type"] == "Dataset"
    assert {one["contentUrl"] for one in described["distribution"]} <= set(files)
    assert len(described["distribution"]) == 3 * len(DATASETS)
    assert "LICENSE.txt" in files


def test_what_changed_since_the_last_release_is_counted_and_stays_when_nothing_did():
    first = package()
    assert "首次发布" in first["CHANGES.txt"].decode()
    again = open_data(TABLES, title="开放数据", data_date=TODAY, is_demonstration=True, previous=first)
    assert again == first
    fewer = {**TABLES, "drawn": TABLES["drawn"].head(3).with_columns(batch=pl.lit(9, pl.Int64))}
    later = open_data(fewer, title="开放数据", data_date=TODAY, is_demonstration=True, previous=first)
    told = later["CHANGES.txt"].decode()
    assert f"抽取结果（drawn）：新增 3 行，删除 {TABLES['drawn'].height} 行，现有 3 行。" in told
    assert "年度抽查计划（plan）：没有变化" in told
