"""The values of one sheet's rows: which lines are data, which values cannot be read, which persons to hide.

Works on columns and their distinct values, so that a list of many thousand rows takes a moment.
"""

import difflib
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from onevisit.codes import classify, full_id_number, masked_id, masked_phone
from onevisit.county import County, Department
from onevisit.errors import Problem
from onevisit.filings.headers import Header
from onevisit.filings.kinds import PERSONAL_FIELDS, Kind
from onevisit.filings.places import Place
from onevisit.text import fold, parse_date, squeeze

DATE_FIELDS = frozenset(
    {
        "opened_on",
        "updated_on",
        "certificate_valid_to",
        "assessed_on",
        "listed_on",
        "lifted_on",
        "received_on",
        "checked_on",
        "left_on",
        "leave_from",
        "leave_to",
    }
)
CATEGORIES: dict[tuple[str, str], tuple[str, ...]] = {
    ("objects", "status"): (
        "存续", "在业", "开业", "在营", "在册", "停业", "歇业", "吊销", "吊销未注销", "注销", "迁出", "撤销",
    ),
    ("inspectors", "status"): ("有效", "失效"),
    ("experts", "status"): ("有效", "失效"),
    ("credit", "credit_class"): ("A", "B", "C", "D"),
}  # fmt: skip
"""The values a field may take, where it is a category: any other is a signal, never a default."""
HIDDEN_FIELDS = frozenset(
    {
        "code", "legal_rep", "phone", "id_number", "certificate_no", "person_name", "person_source_id",
        "responsible_name", "responsible_code",
    }
)  # fmt: skip
"""Fields whose value a problem never quotes; so is a person's `name`. A party (当事人) may be a person."""
PERSON_KINDS = frozenset({"inspectors", "experts"})

_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]|锟斤拷")
_FORMULA_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|ERROR!)")
# How totals, signatures and remarks begin, without blanks and in half width.
_NOTE = (
    r"^((合计|总计|小计|共计)(:|\(|\d|$)|共\d+(户|家|人|条|项|个)"
    r"|(填报|填表|制表|审核|复核|审批|单位负责人|负责人签|联系人|联系电话|说明|备注|注)[^:]{0,8}:|(填表说明|说明|备注)$)"
)
_NUMBER = re.compile(r"[\d.,%]+(户|家|人|条|项|个)?")
# What a column is searched for before its values are looked at one by one.
_DOUBTFUL = rf"{_UNREADABLE.pattern}|{_FORMULA_ERROR.pattern}"
_ISO_DATE = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"
_LIKE_AN_ID_NUMBER = r"^[0-9*Xx\s'`]+$|[^\x00-\x7f]"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one value cannot be read: a problem code and what its texts need."""

    code: str
    details: Mapping[str, str]


def note_lines(lines: pl.DataFrame, header: Header) -> pl.Series:
    """Tell for each line below a header whether it is a note: a total, a signature, a remark, the header again.

    A line that begins like a note is one when little else stands on it, only numbers, or another note;
    below the last full line, single cells after a note belong to the note.
    """
    cells = [name for name in lines.columns if name != "row"]
    first = lines.select(pl.coalesce(cells).str.normalize("NFKC").str.replace_all(r"\s", "")).to_series()
    heading = squeeze(next(name for name in header.names if name))
    suspects = lines.filter(first.str.contains(_NOTE) | (first == heading))
    noted = [row[0] for row in suspects.select("row", *cells).iter_rows() if _is_note(row[1:], header)]
    if not noted:
        return pl.repeat(value=False, n=lines.height, eager=True)
    count = pl.sum_horizontal(pl.col(cells).is_not_null())
    is_note = pl.col("row").is_in(noted)
    last_full = pl.col("row").filter(count >= 3, ~is_note).max().fill_null(0)
    trails = is_note.cum_max() & (count == 1) & (pl.col("row") > last_full)
    return lines.select((is_note | trails).alias("note")).to_series()


def _is_note(cells: Sequence[str | None], header: Header) -> bool:
    if tuple(fold(cell) for cell in cells) == header.names:
        return True
    first, *others = (squeeze(cell) for cell in cells if cell)
    if not re.match(_NOTE, first):
        return False
    is_form = any(re.match(_NOTE, text) for text in others)
    return len(others) <= 1 or is_form or all(_NUMBER.fullmatch(text) for text in others)


def examine(kind: Kind, field: str, value: str, county: County) -> str | Fault:
    """Return a value as it is kept (dates as ISO), or why it cannot be read."""
    if _UNREADABLE.search(value):
        return Fault("F035", {})
    if _FORMULA_ERROR.fullmatch(value.strip()):
        return Fault("F036", {})
    if field in DATE_FIELDS:
        return _date(value)
    if kind.key == "objects" and field == "town":
        return _town(value, county)
    categories = CATEGORIES.get((kind.key, field))
    if categories and squeeze(value).upper() not in categories:
        return Fault("F033", {"known": "、".join(categories)})
    return value


def _date(value: str) -> str | Fault:
    try:
        parsed = parse_date(value)
    except ValueError:
        return Fault("F032", {})
    return parsed.isoformat() if parsed else ""


def _town(value: str, county: County) -> str | Fault:
    town = squeeze(value)
    if town in county.towns or town in county.town_aliases:
        return value
    names = {name: name for name in county.towns} | county.town_aliases
    close = difflib.get_close_matches(town, names, n=1, cutoff=0.4)
    guess = names[close[0]] if close else ""
    return Fault(
        "F031", {"hint": f"是不是“{guess}”？" if guess else "", "hint_en": f' Did you mean "{guess}"?' if guess else ""}
    )


def examined(
    rows: pl.DataFrame, header: Header, place: Place, county: County
) -> tuple[pl.DataFrame, dict[int, list[Problem]]]:
    """Return rows with value fixes applied and dates in one form, and the problems per row number.

    `rows` has the column `row`, one column per field and `stray`, the text that stands under no header.
    """
    kind, numbers = place.kind, rows.get_column("row")
    problems: defaultdict[int, list[Problem]] = defaultdict(list)
    for number in numbers.filter(rows.get_column("stray").is_not_null()):
        problems[number].append(place.problem("F037", number))
    for field in kind.filled:
        for number in numbers.filter(rows.get_column(field).is_null()):
            problems[number].append(place.problem("F030", number, column=header.name_of(field)))
    changed: list[pl.Series] = []
    for field, doubted in _doubted(rows, kind, place.department).items():
        column, fixes = rows.get_column(field), place.department.fixes.get(field, {})
        values: dict[str, str] = {}
        for filed in doubted:
            value = fixes.get(fold(filed), filed)
            answer = examine(kind, field, value, county)
            values[filed] = value if isinstance(answer, Fault) else answer
            if isinstance(answer, Fault):
                details = {"column": header.name_of(field), "value": _shown(kind, field, value), "field": field}
                for number in numbers.filter(column == filed):
                    problems[number].append(place.problem(answer.code, number, **details, **answer.details))
        changed.append(_mapped(column, values))
    return rows.drop("stray").with_columns(changed), dict(problems)


def _doubted(rows: pl.DataFrame, kind: Kind, department: Department) -> dict[str, list[str]]:
    """Return by field the distinct values that may be mended or that `examine` need not return as they are."""
    fields = [name for name in rows.columns if name in kind.fields]
    # One look at all columns: most sheets are short, and hardly any has something to doubt.
    is_doubted = rows.select(
        pl.col(field).is_not_null() if field in department.fixes else _doubt(kind, field) for field in fields
    )
    anything = is_doubted.select(pl.all().any()).row(0, named=True)
    doubted = {
        field: rows.get_column(field).filter(is_doubted.get_column(field)) for field in fields if anything[field]
    }
    return {field: values.drop_nulls().unique(maintain_order=True).to_list() for field, values in doubted.items()}


def _doubt(kind: Kind, field: str) -> pl.Expr:
    value = pl.col(field)
    if field in DATE_FIELDS:
        return ~value.str.contains(_ISO_DATE) | value.str.to_date("%Y-%m-%d", strict=False).is_null()
    if (kind.key, field) in CATEGORIES:
        return ~value.is_in(CATEGORIES[kind.key, field])
    return value.is_not_null() if field == "town" else value.str.contains(_DOUBTFUL)


def _shown(kind: Kind, field: str, value: str) -> str:
    """Return a value as a problem may quote it: never a person's, never a control character, not too long."""
    if field in HIDDEN_FIELDS or (field == "name" and kind.key in PERSON_KINDS):
        return "***"
    return _UNREADABLE.sub("□", value)[:80]


def protected(rows: pl.DataFrame, kind: Kind, secret: str) -> pl.DataFrame:
    """Return rows with persons hidden: ID numbers masked, digests added for telling people apart.

    An ID card number in a column of codes is masked in every kind; an inspector's or expert's number and phone are
    replaced; a business's phone stays and gets its digest, so that an inspector's own shop is found.
    """
    for field in ("code", "responsible_code"):
        if field in rows.columns:
            code = rows.get_column(field)
            numbers = code.filter(code.str.contains(_LIKE_AN_ID_NUMBER))
            rows = rows.with_columns(_mapped(code, _distinct(numbers, _without_id)))
    if (kind.key == "objects" or kind.key in PERSONAL_FIELDS) and "phone" in rows.columns:
        rows = rows.with_columns(phone_key=_phone_keys(rows.get_column("phone"), secret))
    if kind.key in PERSONAL_FIELDS and "phone" in rows.columns:
        phone = rows.get_column("phone")
        rows = rows.with_columns(_mapped(phone, _distinct(phone, _hidden_phone)).alias("phone_masked")).drop("phone")
    if kind.key in PERSONAL_FIELDS and "id_number" in rows.columns:
        number = rows.get_column("id_number")
        rows = rows.with_columns(
            _mapped(number, _distinct(number, masked_id)).alias("id_masked"),
            _mapped(number, _distinct(number, lambda n: _person_key(n, secret))).alias("person_key"),
            _mapped(number, _distinct(number, lambda n: (full_id_number(n) or "")[6:10])).alias("birth_year"),
        ).drop("id_number")
    return rows


def _without_id(code: str) -> str:
    kind, canonical = classify(code)
    return canonical if kind == "id_card" else code


def _hidden_phone(phone: str) -> str:
    return masked_phone(squeeze(phone))


def _phone_keys(phones: pl.Series, secret: str) -> pl.Series:
    digits = phones.str.normalize("NFKC").str.replace_all(r"\D", "").str.replace(r"^86(\d{11})$", "$1")
    full = digits.str.extract(r"^(1\d{10}|0\d{9,11})$")
    return _mapped(full, _distinct(full, lambda number: _digest(f"{secret}|phone|{number}")))


def _person_key(number: str, secret: str) -> str:
    full = full_id_number(number)
    return _digest(f"{secret}|id|{full}") if full else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _distinct(column: pl.Series, change: Callable[[str], str]) -> dict[str, str]:
    return {value: change(value) for value in column.drop_nulls().unique(maintain_order=True)}


def _mapped(column: pl.Series, values: Mapping[str, str]) -> pl.Series:
    """Return a column with its values replaced; an empty answer is null."""
    changed = {old: new or None for old, new in values.items() if new != old}
    return column.replace(list(changed), pl.Series(list(changed.values()), dtype=pl.String)) if changed else column
