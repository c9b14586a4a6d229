"""The form of the protocol's files: bytes to rows and back.

A file in the wrong form is refused, never repaired. What the rows mean is asked elsewhere.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping

import polars as pl

from onevisit.errors import Problem, problem

NAME = r"[a-z0-9]{1,32}"
CODE = r"[A-Za-z0-9.-]{1,32}"
CLASS = r"[ABCDN]"
NUMBER = r"(?:0|[1-9][0-9]{0,9})"
HASH = r"[0-9a-f]{64}"
MARK = r"[a-z2-7]{22}"
CREDIT_CODE = r"[0-9A-HJ-NP-RTUW-Y]{18}"
OBJECT_ID = rf"(?:{CREDIT_CODE}|[A-Z]{{2}}-[0-9A-Z-]{{1,19}})"
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+08:00"
TEXT = r"[^\t]+"
SERIAL = r"[0-9]{6}-[0-9]{4}-[0-9]{2}-[1-9][0-9]{0,8}"

NUMBER_END = 1 << 31
"""Numbers of the protocol are below this."""

_SHOWN = 20
"""A file broken in the same way on thousands of lines is reported for the first few."""


def sha256(data: str | bytes) -> str:
    """Return a SHA-256 in lower-case hex."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def h64(text: str) -> int:
    """Return the first 64 bits of a SHA-256 as an integer."""
    return int(sha256(text)[:16], 16)


def lines_of(name: str, data: bytes, problems: list[Problem]) -> list[str]:
    """Return a file's lines; what breaks the form of text (UTF-8 NFC, LF, no CR, no blanks at ends) is reported."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        problems.append(problem("D001", file=name))
        return []
    if not unicodedata.is_normalized("NFC", text):
        problems.append(problem("D002", file=name))
    if "\r" in text or "\0" in text:
        problems.append(problem("D003", file=name))
    if text and not text.endswith("\n"):
        problems.append(problem("D004", file=name))
        text += "\n"
    lines = text.split("\n")[:-1]
    blank = [row for row, line in enumerate(lines, start=1) if not line or line != line.strip()]
    problems += [problem("D005", file=name, row=row) for row in blank[:_SHOWN]]
    return lines


def read_rows(
    name: str, data: bytes, columns: Mapping[str, str], problems: list[Problem], *, is_sorted: bool = True
) -> pl.DataFrame:
    """Return a file's rows: column -> form (a pattern the whole field must match); `row` is the line number.

    A `.tsv` file must be sorted by bytes and hold no line twice. Rows with the wrong number of
    fields or a field of the wrong form are reported and left out.
    """
    lines = lines_of(name, data, problems)
    frame = pl.DataFrame({"line": lines}, schema={"line": pl.String}).with_row_index("row", offset=1)
    if is_sorted:
        # Polars compares strings by their bytes, as LC_ALL=C does.
        wrong = frame.filter(pl.col("line") <= pl.col("line").shift())
        problems += [problem("D006", file=name, row=row) for row in wrong["row"].head(_SHOWN)]
    whole = pl.col("line").str.count_matches("\t", literal=True) == len(columns) - 1
    problems += [problem("D007", file=name, row=row) for row in frame.filter(~whole)["row"].head(_SHOWN)]
    fields = frame.filter(whole).select(
        "row", pl.col("line").str.split_exact("\t", len(columns) - 1).struct.rename_fields(list(columns)).alias("line")
    )
    rows = fields.unnest("line")
    fits = rows.select(pl.col(column).str.contains(rf"\A(?:{form})\z") for column, form in columns.items())
    misfits = [fit for fit in fits.iter_columns() if not fit.all()]
    for fit in misfits:
        report("D008", name, rows.filter(~fit), problems, column=fit.name)
    return rows.filter(fits.select(pl.all_horizontal(pl.all())).to_series()) if misfits else rows


def report(code: str, name: str, rows: pl.DataFrame, problems: list[Problem], *, column: str) -> None:
    """Add a problem for each of the first few rows, with the value of a column."""
    if rows.is_empty():
        return
    shown = rows.head(_SHOWN).select("row", column).iter_rows()
    problems += [problem(code, file=name, row=row, column=column, value=str(value)) for row, value in shown]


def numbers(name: str, rows: pl.DataFrame, columns: Iterable[str], problems: list[Problem]) -> pl.DataFrame:
    """Return the rows with columns of digits as integers; numbers from 2^31 on are reported."""
    cast = rows.with_columns(pl.col(list(columns)).cast(pl.Int64))
    for column in columns:
        report("D009", name, cast.filter(pl.col(column) >= NUMBER_END), problems, column=column)
    return cast


def tsv(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows as a `.tsv` file: fields between TABs, lines sorted by bytes, a final LF."""
    return "".join(sorted("\t".join(row) + "\n" for row in rows)).encode()


def tsv_of(frame: pl.DataFrame) -> bytes:
    """Return a frame's columns, in their order, as a `.tsv` file."""
    lines = frame.select(line=pl.concat_str(pl.all().cast(pl.String), separator="\t")).get_column("line").sort()
    return "".join(f"{line}\n" for line in lines).encode()


def one_line(name: str, data: bytes, form: str, problems: list[Problem]) -> str:
    """Return the content of a one-line file without its LF; empty when it is not one line of that form."""
    text = data.decode("utf-8", errors="replace")
    if not re.fullmatch(rf"(?:{form})\n", text):
        problems.append(problem("D010", file=name))
        return ""
    return text[:-1]
