"""The benchmark of reading what departments file: `python -m benchmarks.reading INBOX`. Rows are told in README.md."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any, cast

import fastexcel
import openpyxl
import polars as pl
import typer

from assets.filings import documents_in
from benchmarks.table import Row, tell
from onevisit.county import County
from onevisit.filings.intake import Document, file_department
from pipelines.settings import read_county


@dataclass(frozen=True, slots=True)
class Setting:
    """A year's inbox in memory, by department, and how often everything is read."""

    county: County
    filed: dict[str, list[Document]]
    repeat: int

    @property
    def lists(self) -> str:
        """Return how much there is to read."""
        documents = [one for several in self.filed.values() for one in several]
        return f"{len(documents)} files, {sum(len(one.data) for one in documents):,} bytes"


def reading(setting: Setting) -> Row:
    """Read, judge and account for every row; beside it the bare readers on the same bytes, values thrown away."""
    runs: list[tuple[float, float, float]] = []
    rows = 0
    for _ in range(setting.repeat):
        taken, rows = _taken(lambda: _filed(setting))
        bare, _ = _taken(lambda: _read(setting, _bare))
        usual, _ = _taken(lambda: _read(setting, _usual))
        runs.append((taken, bare, usual))
    taken, bare, usual = (median(run[place] for run in runs) for place in range(3))
    return Row(
        "reading a county's filings",
        f"{setting.lists}, {rows:,} rows",
        f"{taken:.2f} s of one processor, {rows / taken:,.0f} rows a second",
        "no longer than openpyxl needs to read alone",
        f"calamine and Polars alone {bare:.2f} s; openpyxl and csv {usual:.2f} s",
        taken <= usual,
    )


def _filed(setting: Setting) -> int:
    departments = setting.county.department_by_name
    return sum(
        file_department(departments[name], documents, setting.county, secret="benchmark").height  # noqa: S106
        for name, documents in setting.filed.items()
    )


def _read(setting: Setting, read: Callable[[Document], int]) -> int:
    return sum(read(one) for documents in setting.filed.values() for one in documents)


def _bare(document: Document) -> int:
    """Read every cell as text with the libraries that read for us."""
    if document.name.endswith(".csv"):
        return pl.read_csv(document.data, has_header=False, infer_schema=False, encoding="utf8-lossy").height
    book = fastexcel.read_excel(document.data)
    sheets = [book.load_sheet(name, header_row=None, dtypes="string") for name in book.sheet_names]
    return sum(sheet.to_polars().height for sheet in sheets)


def _usual(document: Document) -> int:
    """Read every cell as most programs would."""
    if document.name.endswith(".csv"):
        return len(document.data.decode("utf-8", "replace").splitlines())
    book = cast(Any, openpyxl.load_workbook(io.BytesIO(document.data), read_only=True))
    return sum(1 for sheet in book.worksheets for _ in sheet.iter_rows(values_only=True))


def _taken(run: Callable[[], int]) -> tuple[float, int]:
    """Return seconds of processors, and what came out; the clock tells how busy the machine is."""
    started = time.process_time()
    found = run()
    return time.process_time() - started, found


def measured(setting: Setting) -> Sequence[Row]:
    """Return every row of the table."""
    return [reading(setting)]


def main(
    inbox: Annotated[Path, typer.Argument(help="A year's inbox: <department>/<file>.", exists=True)],
    county: Annotated[Path, typer.Option(help="The county's settings.")] = Path("county"),
    repeat: Annotated[int, typer.Option(help="Each is timed so often; the median counts.", min=1)] = 3,
    output: Annotated[Path | None, typer.Option(help="File for the table.")] = None,
) -> None:
    """Time reading a year's inbox."""
    settled = read_county(county)
    filed = {one.name: documents_in(inbox, one.name) for one in settled.departments}
    tell(measured(Setting(settled, filed, repeat)), "benchmarks.reading", output)


if __name__ == "__main__":
    typer.run(main)
