"""Files as departments hand them in, made on the spot, and one small department to read them for."""

import csv
import io
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from onevisit.county import County, Department
from onevisit.filings.intake import Document, file_department

Rows = list[list[object]]

SALT = "s"


def workbook_bytes(**sheets: Rows) -> bytes:
    """An xlsx with one sheet per keyword; None leaves a cell out."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if value is not None:
                        sheet.write(r, c, value)
    return target.getvalue()


def csv_text(rows: Rows, delimiter: str = ",") -> str:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows([["" if v is None else v for v in row] for row in rows])
    return target.getvalue()


@pytest.fixture(scope="session")
def workbook() -> Callable[..., bytes]:
    return workbook_bytes


@pytest.fixture(scope="session")
def as_csv() -> Callable[..., str]:
    return csv_text


@pytest.fixture(scope="session")
def police() -> Department:
    return Department(
        key="ga",
        name="县公安局",
        prefix="GA",
        owner="team:ga",
        columns={"objects": {"证照号码": "code", "辖区": "town", "内部序列": "ignored"}},
        fixes={"town": {"蓬莱": "蓬莱镇"}, "status": {"正常": "存续"}},
    )


@pytest.fixture(scope="session")
def small_county(repository: Path, police: Department) -> County:
    return County(
        name="某县",
        code="510923",
        id_prefix="DY",
        list_version="1",
        towns=["盐井街道", "蓬莱镇", "隆盛镇"],
        town_aliases={"蓬来镇": "蓬莱镇"},
        departments=[police],
        synonyms=tomllib.loads((repository / "county" / "synonyms.toml").read_text("utf-8")),
        items_csv="",
        guides_csv="",
        calendar_csv="",
    )


@pytest.fixture(scope="session")
def filed(police: Department, small_county: County) -> Callable[..., pl.DataFrame]:
    """Read documents (name -> bytes or text) for the small department; lists it owes and lacks are left out."""

    def read(**documents: bytes | str) -> pl.DataFrame:
        made = [Document(name, data.encode() if isinstance(data, str) else data) for name, data in documents.items()]
        rows = file_department(police, made, small_county, secret=SALT)
        return rows.filter(pl.col("file") != "")

    return read


@pytest.fixture(scope="session")
def codes() -> Callable[[pl.DataFrame], list[tuple[int, str, str, str]]]:
    """(row, problem code, column, value) of every problem."""

    def of(rows: pl.DataFrame) -> list[tuple[int, str, str, str]]:
        return [
            (row, one["code"], one["column"], one["value"])
            for row, problems in rows.select("row", "problems").iter_rows()
            for one in json.loads(problems)
        ]

    return of


@pytest.fixture(scope="session")
def contents() -> Callable[[pl.DataFrame], dict[int, dict[str, str]]]:
    """Row number -> fields of every kept row."""

    def of(rows: pl.DataFrame) -> dict[int, dict[str, str]]:
        kept = rows.filter(pl.col("state") == "kept").select("row", "fields")
        return {row: json.loads(fields) for row, fields in kept.iter_rows()}

    return of
