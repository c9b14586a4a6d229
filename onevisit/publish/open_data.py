"""The open data package: every public table for machines and for spreadsheets, with its dictionary and checksums."""

import datetime as dt
import hashlib
import io
import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

import polars as pl

from onevisit.publish.tables import (
    PublicChanges,
    PublicDrawn,
    PublicItems,
    PublicPlan,
    PublicResults,
    PublicRounds,
    PublicSupervision,
    PublicVersions,
)
from onevisit.tables import Column as Field
from onevisit.tables import Table, columns_of
from onevisit.workbooks import Book, Cell, Column

SAMPLE_NOTICE = "示例数据，不代表任何真实主体或检查"
"""Stands on everything a made-up county publishes."""

BOM = b"\xef\xbb\xbf"
"""Without it spreadsheets show Chinese as rubbish."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One public table as it is offered: file name, Chinese title, model."""

    key: str
    title: str
    model: type[Table]


DATASETS = (
    Dataset("items", "抽查事项清单", PublicItems),
    Dataset("plan", "年度抽查计划", PublicPlan),
    Dataset("versions", "计划版本记录", PublicVersions),
    Dataset("changes", "计划变更", PublicChanges),
    Dataset("rounds", "抽取公告", PublicRounds),
    Dataset("drawn", "抽取结果", PublicDrawn),
    Dataset("results", "抽查结果公示", PublicResults),
    Dataset("supervision", "两库督查", PublicSupervision),
)

_LICENCE = """使用许可

本数据包的内容可以免费使用、复制、修改、传播，也可以用于商业用途，条件是：
一、注明数据来源和数据截至日期；
二、修改过的，注明修改过，不得使人误以为是发布单位的原始数据；
三、不得将数据用于识别或者骚扰个人。
数据按现状提供。以检查机关出具的文书为准；发现错误的，可以向检查机关提出更正。
"""

_FORMULA_STARTS = r"^[=+\-@＝＋－＠\t\r]"
_TYPES = {"String": "文本", "Int64": "整数", "Float64": "小数", "Date": "日期（YYYY-MM-DD）", "Boolean": "是／否"}


def open_data(
    tables: Mapping[str, pl.DataFrame],
    *,
    title: str,
    data_date: dt.date,
    is_demonstration: bool,
    previous: Mapping[str, bytes] = MappingProxyType({}),
) -> dict[str, bytes]:
    """Return the files of the package by name: every table in three forms and one workbook, and all about them.

    `previous` are the files of the last release, for what changed since.
    """
    files: dict[str, bytes] = {}
    about = f"{SAMPLE_NOTICE}　数据截至 {data_date}" if is_demonstration else f"数据截至 {data_date}"
    for dataset in DATASETS:
        frame = tables[dataset.key]
        files[f"{dataset.key}.csv"] = csv_bytes(_titled(dataset.model, frame))
        files[f"{dataset.key}.jsonl"] = json_lines(frame)
        files[f"{dataset.key}.parquet"] = _parquet(frame)
    files["全部数据.xlsx"] = _workbook(tables, title=title, subtitle=about)
    files["数据字典.csv"] = csv_bytes(dictionary())
    files["CHANGES.txt"] = changes(files, previous, title=title, data_date=data_date)
    files["LICENSE.txt"] = _LICENCE.encode()
    files["datapackage.json"] = _json(_data_package(files, title, about, data_date))
    files["dataset.jsonld"] = _json(_schema_org(files, title, about, data_date))
    files["README.txt"] = _readme(title, about).encode()
    return {**files, "SHA256SUMS": checksums(files)}


def dictionary() -> pl.DataFrame:
    """Return the data dictionary, made from the models that also check the tables."""
    notes = _notes()
    rows = [
        {
            "数据集": dataset.title,
            "文件": f"{dataset.key}.csv、{dataset.key}.jsonl、{dataset.key}.parquet",
            "字段（CSV）": column.title,
            "字段（JSON）": column.name,
            "类型": _TYPES[column.type],
            "可为空": "是" if column.nullable else "否",
            "唯一": "是" if column.unique else "否",
            "说明": notes[dataset.key][column.name],
            "说明（英文）": column.description,
        }
        for dataset in DATASETS
        for column in columns_of(dataset.model)
    ]
    return pl.DataFrame(rows)


def changes(files: Mapping[str, bytes], previous: Mapping[str, bytes], *, title: str, data_date: dt.date) -> bytes:
    """Return what changed in each table since the last release, rows counted.

    Nothing changed, the last release's words stand: the same tables give the same bytes again.
    """
    keys = [f"{dataset.key}.jsonl" for dataset in DATASETS]
    if "CHANGES.txt" in previous and all(files[name] == previous.get(name) for name in keys):
        return previous["CHANGES.txt"]
    lines = [f"{title}　与上一次发布相比", f"数据截至 {data_date}", ""]
    if not any(name in previous for name in keys):
        lines.append("首次发布。")
    else:
        lines += [_changed(dataset, files, previous) for dataset in DATASETS]
        lines += ["", "一行内容有改动的，计为删除一行、新增一行。"]
    return "\n".join([*lines, ""]).encode()


def _changed(dataset: Dataset, files: Mapping[str, bytes], previous: Mapping[str, bytes]) -> str:
    name = f"{dataset.key}.jsonl"
    now, then = (Counter(held.get(name, b"").splitlines()) for held in (files, previous))
    added, removed = (now - then).total(), (then - now).total()
    told = f"新增 {added:,} 行，删除 {removed:,} 行" if added or removed else "没有变化"
    return f"{dataset.title}（{dataset.key}）：{told}，现有 {now.total():,} 行。"


@cache
def _notes() -> dict[str, dict[str, str]]:
    return tomllib.loads((resources.files("onevisit.publish") / "dictionary.toml").read_text("utf-8"))


def _parquet(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_parquet(target, compression="zstd")
    return target.getvalue()


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _data_package(files: Mapping[str, bytes], title: str, about: str, data_date: dt.date) -> dict[str, object]:
    """Return the description of the package as Data Package (datapackage.json) has it; hashes of the texts alone."""
    notes = _notes()
    tables = [one for dataset in DATASETS for one in (_csv_resource(dataset, files, notes), _parquet_resource(dataset))]
    return {
        "name": "shuangsuiji-open-data",
        "title": title,
        "description": about,
        "created": f"{data_date}T00:00:00+08:00",
        "licenses": [{"name": "other-open", "title": _LICENCE.split("\n", 1)[0], "path": "LICENSE.txt"}],
        "resources": tables,
    }


def _csv_resource(
    dataset: Dataset, files: Mapping[str, bytes], notes: Mapping[str, Mapping[str, str]]
) -> dict[str, object]:
    name = f"{dataset.key}.csv"
    fields = [
        {
            "name": column.title,
            "title": column.title,
            "description": notes[dataset.key][column.name],
            **_package_type(column),
            "constraints": {"required": not column.nullable, "unique": column.unique},
        }
        for column in columns_of(dataset.model)
    ]
    return {
        "name": f"{dataset.key}-csv",
        "path": name,
        "title": dataset.title,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(files[name]),
        "hash": f"sha256:{hashlib.sha256(files[name]).hexdigest()}",
        "schema": {"fields": fields},
    }


def _parquet_resource(dataset: Dataset) -> dict[str, object]:
    """Return the description of a file that carries its own schema: what a second one says could only differ."""
    return {
        "name": f"{dataset.key}-parquet",
        "path": f"{dataset.key}.parquet",
        "title": dataset.title,
        "profile": "data-resource",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
    }


def _package_type(column: Field) -> dict[str, object]:
    if column.type == "Boolean":
        return {"type": "boolean", "trueValues": ["是", "true"], "falseValues": ["否", "false"]}
    return {"type": {"String": "string", "Int64": "integer", "Float64": "number", "Date": "date"}[column.type]}


def _schema_org(files: Mapping[str, bytes], title: str, about: str, data_date: dt.date) -> dict[str, object]:
    """Return the package as a schema.org Dataset, which search engines and catalogues read."""
    media = {"csv": "text/csv", "jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet"}
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": title,
        "description": f"{about}。{'、'.join(dataset.title for dataset in DATASETS)}。",
        "inLanguage": "zh-CN",
        "isAccessibleForFree": True,
        "license": "LICENSE.txt",
        "dateModified": data_date.isoformat(),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": f"{dataset.title}（{ending}）",
                "encodingFormat": kind,
                "contentUrl": f"{dataset.key}.{ending}",
                "contentSize": f"{len(files[f'{dataset.key}.{ending}'])} B",
            }
            for dataset in DATASETS
            for ending, kind in media.items()
        ],
    }


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8 with BOM and CRLF; 是／否 for booleans.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front; JSON Lines have it as it is.
    """
    words = frame.select(_plain(name, dtype) for name, dtype in frame.schema.items())
    return BOM + words.write_csv(line_terminator="\r\n", date_format="%Y-%m-%d").encode()


def json_lines(frame: pl.DataFrame) -> bytes:
    """Return a table as JSON Lines: one object a line, column names as in the dictionary, dates as ISO text."""
    dated = frame.with_columns(pl.col(pl.Date).dt.to_string("%Y-%m-%d"))
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in dated.iter_rows(named=True)]
    return "".join(f"{line}\n" for line in lines).encode()


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return the fingerprints as `sha256sum -c` reads them."""
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())).encode()


def _plain(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Boolean:
        return column.replace_strict({True: "是", False: "否"}, return_dtype=pl.String)
    if dtype == pl.String:
        return pl.when(column.str.contains(_FORMULA_STARTS)).then(pl.format("'{}", column)).otherwise(column)
    return column


def _titled(model: type[Table], frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({column.name: column.title for column in columns_of(model)})


def _workbook(tables: Mapping[str, pl.DataFrame], *, title: str, subtitle: str) -> bytes:
    book = Book(title, subtitle)
    for dataset in DATASETS:
        frame = tables[dataset.key]
        columns = [_sheet_column(column, frame[column.name]) for column in columns_of(dataset.model)]
        book.table(dataset.title, columns, [list(row) for row in frame.iter_rows()])
    words = dictionary()
    rows: list[list[Cell]] = [list(row) for row in words.iter_rows()]
    book.table("数据字典", [_width(name, words[name]) for name in words.columns], rows)
    return book.content()


def _sheet_column(column: Field, values: pl.Series) -> Column:
    style = {"Date": "date", "Int64": "count", "Boolean": "centre"}.get(column.type, "text")
    return Column(column.title, _width(column.title, values).width, style)


def _width(title: str, values: pl.Series) -> Column:
    """Return a column as wide as most of its values need, in reason; a Chinese character counts twice."""
    lengths = values.cast(pl.String).str.len_bytes() * 2 // 3
    usual = lengths.quantile(0.9) or 0
    return Column(title, int(min(48, max(2 * len(title) + 4, usual + 3, 10))))


def _readme(title: str, about: str) -> str:
    lines = [
        title,
        about,
        "",
        *(f"{dataset.key}.csv、{dataset.key}.jsonl、{dataset.key}.parquet　{dataset.title}" for dataset in DATASETS),
        "全部数据.xlsx　以上各表合为一个工作簿，每表一张工作表",
        "数据字典.csv　每个字段的名称、类型和含义",
        "datapackage.json、dataset.jsonld　供程序读取的数据包说明（Data Package、schema.org）",
        "CHANGES.txt　与上一次发布相比有哪些变化",
        "LICENSE.txt　使用许可",
        "SHA256SUMS　以上文件的指纹，在本文件夹运行 sha256sum -c SHA256SUMS 核对",
        "",
        "CSV 为 UTF-8（带 BOM），可以直接用电子表格软件打开。",
        "为防止电子表格把单元格当作公式，CSV 中以 = + - @ 开头的内容前面加了一个半角单引号；JSON Lines 保持原样。",
        "代码、编号都是文本，不要当作数字处理。",
        "",
    ]
    return "\n".join(lines)
