"""The list of record (随机抽查事项清单) with its guides, and how filed lists differ from it (policy III.2, III.4).

The list is the province's; a county keeps it in `items.csv` and the guides in `guides.csv`. What a
department files is compared with it, never taken over: no department certifies itself.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import polars as pl

from onevisit.county import County
from onevisit.errors import Problem, RefusedError, problem
from onevisit.registries.names import plain
from onevisit.registries.tables import ItemDrift, Items
from onevisit.tables import conform, frame_of
from onevisit.text import fold

ITEM_COLUMNS = (
    "item_code", "department", "category", "item_name", "tier", "object_scope", "tags", "methods", "ratio_text",
    "ratio_max_bp", "frequency_max", "qualification", "is_expert_needed", "legal_basis", "source",
)  # fmt: skip
GUIDE_COLUMNS = ("item_code", "content", "method", "materials")
FILLED = ("department", "category", "item_name", "tier", "object_scope", "methods", "is_expert_needed")
CHOICES = {"tier": ("key", "general"), "is_expert_needed": ("yes", "no")}
LIMITS = {"ratio_max_bp": (0, 10000), "frequency_max": (1, 366)}
TIER_OF_WORD = {"重点检查事项": "key", "一般检查事项": "general"}
WORD_OF_TIER = {tier: word for word, tier in TIER_OF_WORD.items()}
NO_QUALIFICATION = ("无需专业岗位资格", "无")
_CODE = re.compile(r"[A-Z]{2,5}-\d{3}")


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of a settings file: its number as a spreadsheet shows it, and its cells."""

    row: int
    cells: dict[str, str]


def items(county: County) -> pl.DataFrame:
    """Return the list of record with each item's guide.

    Raises RefusedError naming file, row and column of everything that is wrong (R010 to R017).
    """
    listed, list_problems = _lines("items.csv", county.items_csv, ITEM_COLUMNS)
    guides, guide_problems = _lines("guides.csv", county.guides_csv, GUIDE_COLUMNS)
    problems = [
        *list_problems,
        *guide_problems,
        *(one for line in listed for one in _item_problems(line, county)),
        *_repeated("items.csv", listed),
        *_repeated("guides.csv", guides),
        *_stray_guides(guides, {line.cells["item_code"] for line in listed}),
    ]
    if problems:
        raise RefusedError(problems)
    guide_of = {line.cells["item_code"]: line.cells for line in guides}
    rows = [_item(line.cells, guide_of.get(line.cells["item_code"]), county) for line in listed]
    return frame_of(Items, rows).sort("item_code")


_FILED_LIMIT_BP = (
    (pl.col("ratio_text").str.extract(r"不超过(?:总数的)?([0-9.]+)%").cast(pl.Float64) * 100).round().cast(pl.Int64)
)
"""The upper limit of the ratio that a department's list states, in basis points."""


def own_limits(filed: pl.DataFrame) -> dict[str, int]:
    """Return the upper limits that departments set themselves in their lists: item code -> basis points."""
    stated = filed.select(plain(pl.col("item_code")).alias("item_code"), limit=_FILED_LIMIT_BP).drop_nulls()
    return dict(stated.sort("item_code", "limit", descending=[False, True]).iter_rows())


def item_drift(filed: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Return every difference between the departments' lists and the list of record.

    Compared are name, tier, ratio and qualification, without regard to widths and blanks. A department
    may bind itself to a lower ratio than the list allows; that is no difference. An item of another
    department is a difference of its own, and so is one its department left out.
    """
    lists = filed.with_columns(item_code=plain(pl.col("item_code")))
    both = lists.select(
        "department", "file", "sheet", "row", "item_code", "item_name", "tier", "ratio_text", "qualification"
    ).join(
        items.select("item_code", "department", "item_name", "tier", "ratio_text", "ratio_max_bp", "qualification"),
        on="item_code", how="left", suffix="_recorded",
    )  # fmt: skip
    own = both.filter(pl.col("department") == pl.col("department_recorded"))
    foreign = both.filter(pl.col("department") != pl.col("department_recorded"))
    recorded_tier = pl.col("tier_recorded").replace_strict(WORD_OF_TIER, return_dtype=pl.String)
    parts = [
        _drift(both.filter(pl.col("department_recorded").is_null()), "not_on_record", pl.col("item_name"), None),
        _drift(foreign, "other_department", pl.col("department"), pl.col("department_recorded")),
        _differing(own, "name", pl.col("item_name"), pl.col("item_name_recorded")),
        _differing(own, "tier", pl.col("tier"), recorded_tier),
        _differing(own.filter(~_is_stricter()), "ratio", pl.col("ratio_text"), pl.col("ratio_text_recorded")),
        _differing(own, "qualification", _required(pl.col("qualification")), pl.col("qualification_recorded")),
        _not_filed(lists, items),
    ]
    return conform(
        ItemDrift, pl.concat(parts).sort("department", "item_code", "problem", "file", "row", nulls_last=True)
    )


def _is_stricter() -> pl.Expr:
    """Tell whether the filed upper limit lies below the recorded one."""
    return (pl.col("ratio_max_bp") > _FILED_LIMIT_BP).fill_null(value=False)


def _lines(file: str, text: str, columns: tuple[str, ...]) -> tuple[list[_Line], list[Problem]]:
    """Return a settings file's rows with every cell folded, and what is wrong with its shape."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    nothing: list[str] = []
    header = [fold(name) for name in next(reader, nothing)]
    wrong = [problem("R010", file=file, row=1, column=name) for name in columns if header.count(name) != 1]
    wrong += [problem("R011", file=file, row=1, column=name) for name in header if name not in columns]
    if wrong:
        return [], wrong
    lines: list[_Line] = []
    for cells in reader:
        if not any(cells):
            continue
        if len(cells) != len(header):
            wrong.append(problem("R012", file=file, row=reader.line_num, count=len(cells), expected=len(header)))
            continue
        lines.append(_Line(reader.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=True))))
    return lines, wrong


def _item_problems(line: _Line, county: County) -> Iterable[Problem]:
    cells = line.cells
    wrong = partial(problem, file="items.csv", row=line.row)
    departments = {department.name: department for department in county.departments}
    yield from (wrong("R013", column=column) for column in FILLED if not cells[column])
    for column, choices in CHOICES.items():
        if cells[column] and cells[column] not in choices:
            yield wrong("R014", column=column, value=cells[column], known="、".join(choices))
    for column, (least, most) in LIMITS.items():
        if cells[column] and not (cells[column].isdecimal() and least <= int(cells[column]) <= most):
            yield wrong("R015", column=column, value=cells[column], least=least, most=most)
    if cells["department"] and cells["department"] not in departments:
        known = "、".join(departments)
        yield wrong("R014", column="department", value=cells["department"], known=known)
    prefix = departments[cells["department"]].prefix if cells["department"] in departments else "[A-Z]{2,5}"
    if not re.fullmatch(rf"{prefix}-\d{{3}}", cells["item_code"]) or not _CODE.fullmatch(cells["item_code"]):
        yield wrong("R016", column="item_code", value=cells["item_code"], prefix=prefix)


def _repeated(file: str, lines: list[_Line]) -> list[Problem]:
    first: dict[str, int] = {}
    return [
        problem("R017", file=file, row=line.row, column="item_code", value=line.cells["item_code"], first=seen)
        for line in lines
        if (seen := first.setdefault(line.cells["item_code"], line.row)) != line.row
    ]


def _stray_guides(guides: list[_Line], codes: set[str]) -> list[Problem]:
    return [
        problem("R018", file="guides.csv", row=line.row, column="item_code", value=line.cells["item_code"])
        for line in guides
        if line.cells["item_code"] not in codes
    ]


def _item(cells: dict[str, str], guide: dict[str, str] | None, county: County) -> dict[str, object]:
    texts = ("ratio_text", "qualification", "legal_basis")
    return {
        **{
            column: cells[column]
            for column in ("item_code", "department", "category", "item_name", "tier", "object_scope")
        },
        **{column: cells[column] or None for column in texts},
        **{column: int(cells[column]) if cells[column] else None for column in LIMITS},
        "tags": _split(cells["tags"], "、"),
        "methods": _split(cells["methods"], "、"),
        "is_expert_needed": cells["is_expert_needed"] == "yes",
        "list_version": county.list_version,
        "content": _split(guide["content"], "；") if guide else [],
        "guide_method": (guide["method"] or None) if guide else None,
        "materials": _split(guide["materials"], "；") if guide else [],
        "has_guide": guide is not None,
    }


def _split(text: str, separator: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(separator)) if part]


def _required(qualification: pl.Expr) -> pl.Expr:
    return pl.when(~plain(qualification).is_in(list(NO_QUALIFICATION))).then(qualification)


def _differing(rows: pl.DataFrame, kind: str, filed: pl.Expr, recorded: pl.Expr) -> pl.DataFrame:
    return _drift(rows.filter(plain(filed).ne_missing(plain(recorded))), kind, filed, recorded)


def _drift(rows: pl.DataFrame, kind: str, filed: pl.Expr, recorded: pl.Expr | None) -> pl.DataFrame:
    return rows.select(
        "department",
        "item_code",
        problem=pl.lit(kind),
        filed=filed,
        recorded=pl.lit(None, pl.String) if recorded is None else recorded,
        file="file",
        row="row",
    )


def _not_filed(lists: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    missing = items.join(lists, on=["department", "item_code"], how="anti")
    return missing.select(
        "department",
        "item_code",
        problem=pl.lit("not_filed"),
        filed=pl.lit(None, pl.String),
        recorded="item_name",
        file=pl.lit(None, pl.String),
        row=pl.lit(None, pl.Int64),
    )
