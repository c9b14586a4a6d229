"""One department's documents to rows: every line that is not blank is kept, refused or noted.

Nothing is lost and nothing twice: a document that cannot be read is one refused line, a sheet whose
header is refused has every line refused, and the rest of the department goes on.
"""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import polars as pl

from onevisit.county import County, Department
from onevisit.errors import Problem, RefusedError, problem
from onevisit.filings.headers import (
    IGNORED,
    SEARCHED_ROWS,
    Header,
    find_header,
    header_problems,
    known_headers,
    settings_problems,
)
from onevisit.filings.kinds import KINDS, Kind
from onevisit.filings.places import Place
from onevisit.filings.sheets import Sheet, read_sheets
from onevisit.filings.tables import FiledRows
from onevisit.filings.values import examined, note_lines, protected
from onevisit.tables import conform, frame_of
from onevisit.text import squeeze

REQUIRED_KINDS = ("objects", "inspectors", "items", "plan")
"""What every department owes each year; the other kinds come from whom they concern."""
ATTACHMENTS = "附件"
"""Folder in a department's inbox for what its rows name by fingerprint; no filing itself."""
_HINT_SHEETS = ("说明", "须知", "字典", "选项", "代码表", "参数")
_ESCAPES = {character: json.dumps(character)[1:-1] for character in ['"', "\\", *map(chr, range(0x20))]}
"""How characters stand in a JSON text that cannot stand there as they are."""
_REPORTED = ("code", "column", "value", "reason", "fix", "reason_en", "fix_en")


@dataclass(frozen=True, slots=True)
class Document:
    """One entry of a department's inbox folder; `hindrance` is the code of why it was not opened, "" if it was."""

    name: str
    data: bytes = b""
    hindrance: str = ""


def is_litter(name: str) -> bool:
    """Tell whether a file is what programs leave behind: lock files, thumbnails, folder settings."""
    return name.startswith(("~$", ".~", "._")) or name.lower() in {".ds_store", "thumbs.db", "desktop.ini"}


def kind_of(name: str) -> Kind | None:
    """Return the kind of list a file holds by the beginning of its name: 检查对象名录（企业）.xlsx."""
    return next((kind for kind in KINDS.values() if squeeze(name).startswith(kind.title)), None)


def file_department(
    department: Department, documents: Sequence[Document], county: County, *, secret: str
) -> pl.DataFrame:
    """Return the `FiledRows` of one department's documents, in order of file, sheet and row.

    `secret` salts the digests that stand for persons. Raises RefusedError (F040, F041) when the
    department's settings name kinds or fields that do not exist.
    """
    wrong = settings_problems(department, county)
    if wrong:
        raise RefusedError(wrong)
    frames = [_missing(department, documents)]
    first_of: dict[tuple[str, bytes], str] = {}
    for document in sorted(documents, key=lambda one: one.name):
        kind = kind_of(document.name)
        # Only of its own kind: a list saved over another one must not take the good one with it.
        first = first_of.setdefault((kind.key if kind else "", document.data), document.name)
        frames.append(_document_rows(document, first, department, county, secret=secret))
    return pl.concat(frames).sort("file", "sheet", "row", "kind")


def strays(names: Mapping[str, bool], county: County) -> pl.DataFrame:
    """Return `FiledRows` for what lies in the year's inbox and belongs to no department of the county.

    `names` are the entries' names, true for a folder.
    """
    unknown = {
        name: names[name] for name in sorted(names) if name not in county.department_names and not is_litter(name)
    }
    lines = [
        _refused(name, "unknown", [_unknown_department(name, county)])
        if is_folder
        else _refused("", "unknown", [problem("F016", file=name)])
        for name, is_folder in unknown.items()
    ]
    return pl.concat([frame_of(FiledRows, []), *lines])


def _unknown_department(name: str, county: County) -> Problem:
    close = difflib.get_close_matches(name, county.department_names, n=1, cutoff=0.6)
    hint, hint_en = (f"是不是“{close[0]}”？", f' Did you mean "{close[0]}"?') if close else ("", "")
    return problem("F004", value=name, hint=hint, hint_en=hint_en)


def no_inbox(year: int) -> RefusedError:
    """Return the refusal of a year whose inbox folder does not exist."""
    return RefusedError([problem("F019", file=f"inbox/{year}")])


def _document_rows(
    document: Document, first: str, department: Department, county: County, *, secret: str
) -> pl.DataFrame:
    """Return the rows of one document; `first` names the first document with the same bytes."""
    kind = kind_of(document.name)
    if document.hindrance:
        hindered = problem(document.hindrance, file=document.name)
        return _refused(department.name, kind.key if kind else "unknown", [hindered])
    if kind is None:
        return _refused(department.name, "unknown", [_unknown_kind(document.name)])
    if document.data and first != document.name:
        return _refused(department.name, kind.key, [problem("F014", file=document.name, first=first)])
    try:
        sheets = read_sheets(document.name, document.data)
    except RefusedError as error:
        return _refused(department.name, kind.key, error.problems)
    return pl.concat(
        _sheet_rows(sheet, Place(department, kind, document.name, sheet.name), county, secret) for sheet in sheets
    )


def _unknown_kind(name: str) -> Problem:
    titles = [kind.title for kind in KINDS.values()]
    stem = squeeze(PurePath(name).stem)
    inside = [title for title in titles if title in stem]
    close = inside or difflib.get_close_matches(stem, titles, n=1, cutoff=0.4)
    hint, hint_en = (f"是不是“{close[0]}”？", f' Did you mean "{close[0]}"?') if close else ("", "")
    return problem("F003", file=name, titles="、".join(titles), hint=hint, hint_en=hint_en)


def _missing(department: Department, documents: Sequence[Document]) -> pl.DataFrame:
    """Return a refused line for each list the department owes and has not handed in."""
    if not documents:
        return _refused(department.name, "unknown", [problem("F001", value=department.name)])
    handed_in = {kind.key for document in documents if (kind := kind_of(document.name))}
    return pl.concat(
        [
            frame_of(FiledRows, []),
            *(
                _refused(department.name, key, [problem("F002", title=KINDS[key].title)])
                for key in REQUIRED_KINDS
                if key not in handed_in
            ),
        ]
    )


def _sheet_rows(sheet: Sheet, place: Place, county: County, secret: str) -> pl.DataFrame:
    lines = (
        sheet.cells.with_row_index("row", offset=1)
        .with_columns(pl.col("row").cast(pl.Int64))
        .filter(pl.any_horizontal(pl.exclude("row").is_not_null()))
    )
    known = known_headers(place.kind, place.department, county)
    header = find_header(sheet.cells.head(SEARCHED_ROWS).rows(), known, place.kind)
    if header is None:
        return _headless_rows(lines, place)
    problems = header_problems(header, known, place)
    if problems:
        return _refused_sheet(lines, header.last_row, problems, place)
    below = lines.filter(pl.col("row") > header.last_row)
    is_note = note_lines(below, header)
    noted = pl.concat([lines.filter(pl.col("row") <= header.last_row), below.filter(is_note)])
    rows, faults = examined(_fields(below.filter(~is_note), header), header, place, county)
    return pl.concat(
        [_noted(noted.get_column("row"), place), _data_rows(protected(rows, place.kind, secret), faults, place)]
    )


def _headless_rows(lines: pl.DataFrame, place: Place) -> pl.DataFrame:
    """Return the lines of a sheet without a header: notes when it holds hints, refused otherwise."""
    widest = lines.select(pl.sum_horizontal(pl.exclude("row").is_not_null()).max()).item()
    numbers = lines.get_column("row")
    if place.sheet and (widest == 1 or any(word in place.sheet for word in _HINT_SHEETS)):
        return _noted(numbers, place)
    first = int(numbers[0])
    return _refused_sheet(lines, first, [place.problem("F020", first)], place)


def _refused_sheet(lines: pl.DataFrame, row: int, problems: Sequence[Problem], place: Place) -> pl.DataFrame:
    """Return every line of a sheet that cannot be read: titles noted, the header with the reasons, the rest with it."""
    numbers = lines.get_column("row")
    below = numbers.filter(numbers > row)
    reasons = [_reported(problems), *(_reported([place.problem("F024", number, header=row)]) for number in below)]
    refused = pl.DataFrame({"row": [row, *below], "state": "refused", "fields": "{}", "problems": reasons})
    return pl.concat([_noted(numbers.filter(numbers < row), place), _placed(refused, place)])


def _fields(lines: pl.DataFrame, header: Header) -> pl.DataFrame:
    """Return lines with columns named by field; text under no header comes together in `stray`."""
    columns = [(str(i), name, field) for i, (name, field) in enumerate(header.columns)]
    nameless = [pl.col(column) for column, name, _ in columns if not name]
    return lines.select(
        "row",
        *(pl.col(column).alias(field) for column, _, field in columns if field and field != IGNORED),
        stray=pl.coalesce(*nameless, pl.lit(None, pl.String)),
    )


def _data_rows(rows: pl.DataFrame, faults: Mapping[int, Sequence[Problem]], place: Place) -> pl.DataFrame:
    reasons = {number: _reported(problems) for number, problems in faults.items()}
    problems = pl.col("row").replace_strict(reasons, default="[]", return_dtype=pl.String)
    filed = rows.select("row", fields=_recorded(rows.drop("row")), problems=problems)
    state = pl.when(pl.col("problems") == "[]").then(pl.lit("kept")).otherwise(pl.lit("refused"))
    return _placed(filed.with_columns(state=state), place)


def _recorded(values: pl.DataFrame) -> pl.Series:
    """Return what `_json` would say of every row's values, as far as there are any."""
    escaped = values.select(pl.all().replace("", None).str.replace_many(_ESCAPES))
    said = [pl.format(f'"{field}":"{{}}"', pl.col(field)) for field in sorted(values.columns)]
    record = pl.concat_str(pl.lit("{"), pl.concat_str(said, separator=",", ignore_nulls=True), pl.lit("}"))
    return escaped.select(record).to_series()


def _noted(numbers: pl.Series, place: Place) -> pl.DataFrame:
    noted = pl.DataFrame({"row": numbers}).with_columns(
        state=pl.lit("noted"), fields=pl.lit("{}"), problems=pl.lit("[]")
    )
    return _placed(noted, place)


def _placed(lines: pl.DataFrame, place: Place) -> pl.DataFrame:
    return conform(
        FiledRows,
        lines.with_columns(
            department=pl.lit(place.department.name),
            kind=pl.lit(place.kind.key),
            file=pl.lit(place.file),
            sheet=pl.lit(place.sheet),
        ),
    )


def _refused(department: str, kind: str, problems: Sequence[Problem]) -> pl.DataFrame:
    """Return the one line of a document, a list or a folder that is refused as a whole."""
    line: dict[str, object] = {
        "department": department,
        "kind": kind,
        "file": problems[0].file,
        "sheet": problems[0].sheet,
        "row": problems[0].row,
        "state": "refused",
        "fields": "{}",
        "problems": _reported(problems),
    }
    return frame_of(FiledRows, [line])


def _reported(problems: Iterable[Problem]) -> str:
    return _json([{name: one.record()[name] for name in _REPORTED} for one in problems])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
