"""The header of a sheet: which row it is, and which column holds which field.

Strict: a column nobody described, a header given twice and a missing column refuse the sheet, with
the column's name and the setting that would make it known. Nothing is dropped because it was not
understood.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from onevisit.county import County, Department
from onevisit.errors import Problem, problem
from onevisit.filings.kinds import KINDS, Kind
from onevisit.filings.places import Place
from onevisit.text import fold, squeeze

SEARCHED_ROWS = 20
"""How far down a header is looked for, below titles."""
IGNORED = "ignored"
"""Pseudo-field of columns that are read and left out: 序号."""

Cells = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header stands (rows counted from 1) and, per column, its text and its field; "" = none."""

    first_row: int
    last_row: int
    names: tuple[str, ...]
    fields: tuple[str, ...]

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Header and field of each column."""
        return list(zip(self.names, self.fields, strict=True))

    def name_of(self, field: str) -> str:
        """Return the header of a field as filed; the field must be in the sheet."""
        return self.names[self.fields.index(field)]


def header_key(text: str | None) -> str:
    """Return a header as it is compared: half width, without blanks and without the star of required columns."""
    return squeeze(text).strip("*")


def known_headers(kind: Kind, department: Department, county: County) -> dict[str, str]:
    """Return header -> field for one kind of one department: the common synonyms, then its own columns."""
    common = {
        header_key(header): field for field, headers in county.synonyms.get(kind.key, {}).items() for header in headers
    }
    own = {header_key(header): field for header, field in department.columns.get(kind.key, {}).items()}
    return common | own


def settings_problems(department: Department, county: County) -> list[Problem]:
    """Return what is wrong in the synonyms and a department's own columns and fixes: no such kind or field."""
    file = f"departments/{department.key}.toml"
    problems = [
        problem("F041", file=file, column=f"fixes.{field}", value=field)
        for field in department.fixes
        if not any(field in kind.fields for kind in KINDS.values())
    ]
    for key, columns in department.columns.items():
        problems += _unknown_fields(file, f"columns.{key}", key, columns.values())
    for key, headers in county.synonyms.items():
        problems += _unknown_fields("synonyms.toml", key, key, headers)
    return problems


def _unknown_fields(file: str, section: str, key: str, fields: Iterable[str]) -> list[Problem]:
    if key not in KINDS:
        return [problem("F040", file=file, column=section, value=key, known="、".join(KINDS))]
    allowed = {*KINDS[key].fields, IGNORED}
    return [
        problem("F041", file=file, column=f"{section}.{field}", value=field)
        for field in dict.fromkeys(fields)
        if field not in allowed
    ]


def find_header(rows: Sequence[Cells], known: Mapping[str, str], kind: Kind) -> Header | None:
    """Return the header among a sheet's first rows: the one with all required columns, then most known cells.

    A header may take two rows, a group of columns above and their names below. None when no row
    names at least two fields.
    """
    candidates = [_header(rows, first, last, known) for first, last in _spans(rows)]
    return max(
        (header for header in candidates if _known_count(header) >= 2),
        key=lambda header: (
            set(kind.required) <= set(header.fields),
            _known_count(header),
            header.first_row == header.last_row,
            -header.first_row,
        ),
        default=None,
    )


def header_problems(header: Header, known: Mapping[str, str], place: Place) -> list[Problem]:
    """Return everything that keeps a sheet with this header from being read, each with the column's name."""
    unknown = [name for name, field in header.columns if name and not field]
    counts = Counter(field for field in header.fields if field not in ("", IGNORED))
    row = header.last_row

    missing = [_missing_column(field, unknown, known, place, row) for field in place.kind.required if not counts[field]]
    surplus = [_unknown_column(name, known, place, row) for name in dict.fromkeys(unknown)]
    double = [
        place.problem("F023", row, column="、".join(n for n, f in header.columns if f == field), field=field)
        for field, count in counts.items()
        if count > 1
    ]
    return missing + surplus + double


def _missing_column(field: str, unknown: Sequence[str], known: Mapping[str, str], place: Place, row: int) -> Problem:
    usual = [name for name, meant in known.items() if meant == field]
    keys = {header_key(name): name for name in unknown}
    close = [match for name in usual for match in difflib.get_close_matches(name, keys, n=1, cutoff=0.5)]
    hint, hint_en = (f"表中“{keys[close[0]]}”列是不是它？", f' Is it "{keys[close[0]]}"?') if close else ("", "")
    column = usual[0] if usual else field
    return place.problem("F021", row, column=column, field=field, hint=hint, hint_en=hint_en)


def _unknown_column(name: str, known: Mapping[str, str], place: Place, row: int) -> Problem:
    close = difflib.get_close_matches(header_key(name), known, n=1, cutoff=0.5)
    hint, hint_en = (f"是不是“{close[0]}”？", f' Did you mean "{close[0]}"?') if close else ("", "")
    return place.problem("F022", row, column=name, hint=hint, hint_en=hint_en)


def _spans(rows: Sequence[Cells]) -> list[tuple[int, int]]:
    height = min(len(rows), SEARCHED_ROWS)
    return [(i, i) for i in range(height)] + [(i, i + 1) for i in range(height - 1)]


def _header(rows: Sequence[Cells], first: int, last: int, known: Mapping[str, str]) -> Header:
    names = tuple(fold(low or high) for high, low in zip(rows[first], rows[last], strict=True))
    return Header(first + 1, last + 1, names, tuple(known.get(header_key(name), "") for name in names))


def _known_count(header: Header) -> int:
    return len({field for field in header.fields if field})
