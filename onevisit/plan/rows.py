"""Plan rows as departments file them: read, checked against the list, the caps and the registry.

A row stands or is refused as a whole; all its problems are named at once, so that a department
mends a row in one go. What the bureau must settle though the row stands is a conflict.
"""

import datetime as dt
import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import polars as pl

from onevisit.county import County
from onevisit.errors import Problem, RefusedError, problem
from onevisit.plan.caps import ceilings_bp, class_counts, expected_bp, is_over_cap, over_cap, settled
from onevisit.plan.partners import Partners, read_partners
from onevisit.plan.ratios import Ratio, parse_ratio
from onevisit.plan.scope import DEMAND_SCHEMA, WHOLE_LIST, reach, tags_of
from onevisit.plan.tables import Conflicts, Refused, Scope, Submitted
from onevisit.plan.windows import parse_window
from onevisit.tables import frame_of
from onevisit.text import fold, split_list, squeeze

T = TypeVar("T")

ON_SITE_METHODS = ("现场检查", "实地核查", "实地检查", "现场核查", "抽样检验", "抽样检测", "检验检测")
"""Ways of checking for which somebody goes to the door."""
OFF_SITE_METHODS = (
    "书面检查", "书面核查", "书面审查", "网络监测", "网络检查", "在线监测", "查阅资料", "查阅文件", "文件查阅",
)  # fmt: skip
"""Ways of checking that disturb nobody at the door."""

COLUMN_TITLES = {
    "plan_row_id": "抽查计划编号",
    "item_code": "事项编码",
    "lead_department": "发起部门",
    "scope_text": "抽查对象范围",
    "area": "抽查区域",
    "ratio_text": "抽查比例（数量）",
    "method": "检查方式",
    "window_text": "起止时间",
    "draw_type": "抽查类型",
    "matching": "检查人员匹配方式",
}

_ROW_ID = re.compile(r"[A-Za-z0-9.-]{1,32}")
_WHOLE_COUNTY = "全县"


@dataclass(frozen=True, slots=True)
class Judged:
    """The plan as judged: every filed row is in `submitted` or has its reasons in `refused`."""

    submitted: pl.DataFrame
    refused: pl.DataFrame
    conflicts: pl.DataFrame
    scope: pl.DataFrame


@dataclass(slots=True)
class _Line:
    """One filed row while it is read; what could not be read is None and has a problem."""

    seq: int
    cells: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list[Problem])
    item: Mapping[str, Any] | None = None
    ratio: Ratio | None = None
    window: tuple[dt.date, dt.date] | None = None
    tags: list[str] = field(default_factory=list[str])
    towns: list[str] | None = None
    methods: list[str] = field(default_factory=list[str])
    draw_type: str = ""
    matching: str = ""

    def text(self, column: str) -> str:
        return fold(self.cells[column])

    @property
    def department(self) -> str:
        return self.cells["department"]

    def refuse(self, column: str, *problems: Problem) -> None:
        place = {key: self.cells[key] for key in ("file", "sheet", "row")}
        filed = self.text(column)
        self.problems += [replace(one, **place, column=COLUMN_TITLES[column], value=filed) for one in problems]

    def read(self, column: str, reader: Callable[[str], T]) -> T | None:
        try:
            return reader(self.text(column))
        except RefusedError as error:
            self.refuse(column, *error.problems)
            return None


def judge_plan(
    filed: pl.DataFrame,
    *,
    items: pl.DataFrame,
    objects: pl.DataFrame,
    sources: pl.DataFrame,
    own_limits: Mapping[str, int],
    county: County,
    year: int,
) -> Judged:
    """Return which filed plan rows stand, which are refused and why, and whom each standing row reaches.

    `filed` has the columns of a plan row as text; `items`, `objects` and `sources` are the
    registries' tables; `own_limits` are the upper limits departments set themselves in their filed
    lists (item -> basis points), which bind them as a conflict for the bureau.
    """
    of_record = {row["item_code"]: row for row in items.iter_rows(named=True)}
    ordered = filed.sort("department", "file", "sheet", "row")
    lines = [_Line(seq, cells) for seq, cells in enumerate(ordered.iter_rows(named=True))]
    for line in lines:
        _read_line(line, of_record, county, year)
    _refuse_repeats(lines)
    reached = reach(_demands(lines), sources=sources, objects=objects)
    steps = {row["seq"]: row for row in reached.steps.iter_rows(named=True)}
    counts = _counts_by_class(reached.objects)
    known_tags = tags_of(sources)
    for line in lines:
        if line.seq in steps:
            _judge_scope(line, steps[line.seq], known_tags.get(line.department, []))
        if line.item and line.ratio and line.seq in counts:
            line.ratio = settled(line.ratio, counts[line.seq])
            _judge_cap(line, line.item, line.ratio, counts[line.seq], county)
    standing = [line for line in lines if not line.problems]
    owners = {code: item["department"] for code, item in of_record.items()}
    partners = {line.seq: _partners(line, owners, county) for line in standing}
    submitted = [
        _submitted(line, line.item, line.ratio, line.window, partners=partners[line.seq], counts=counts[line.seq])
        for line in standing
        if line.item and line.ratio and line.window
    ]
    conflicts = [
        row
        for line in standing
        for row in _conflicts(
            line,
            [
                *partners[line.seq].conflicts,
                *_idle_tags(line, known_tags.get(line.department, [])),
                *_beyond_own_limit(line, counts[line.seq], own_limits, county),
            ],
        )
    ]
    return Judged(
        submitted=frame_of(Submitted, submitted).sort("plan_row_id"),
        refused=frame_of(Refused, [row for line in lines for row in _refused(line)]),
        conflicts=frame_of(Conflicts, conflicts).sort("plan_row_id", "kind", "value"),
        scope=_scope(standing, reached.objects),
    )


def _read_line(line: _Line, of_record: Mapping[str, Mapping[str, Any]], county: County, year: int) -> None:
    if not _ROW_ID.fullmatch(line.text("plan_row_id")):
        line.refuse("plan_row_id", problem("P001"))
    lead = line.text("lead_department")
    if lead and lead != line.department:
        line.refuse("lead_department", problem("P005", department=line.department))
    line.item = line.read("item_code", lambda text: _item(text, line, of_record))
    line.ratio = line.read("ratio_text", lambda text: _ratio(text, line.text("credit_requirement"), county))
    line.window = line.read("window_text", lambda text: parse_window(text, year))
    line.tags = line.read("scope_text", _tags) or []
    line.towns = line.read("area", lambda text: _towns(text, county))
    line.methods = line.read("method", _methods) or []
    default_type = "不定向" if WHOLE_LIST in line.tags else "定向"
    line.draw_type = line.read("draw_type", lambda text: _choice(text or default_type, "P036", "定向", "不定向")) or ""
    line.matching = line.read("matching", lambda text: _choice(text or "分散", "P037", "分组", "分散")) or ""


def _closest(text: str, known: Sequence[str]) -> str:
    """Return a hint in Chinese at what may have been meant, or nothing."""
    found = difflib.get_close_matches(text, known, n=1)
    return f"是否应为“{found[0]}”？" if found else ""


def _item(text: str, line: _Line, of_record: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    item = of_record.get(text.upper())
    if item is None:
        name = squeeze(line.text("item_name"))
        same = [code for code, other in of_record.items() if squeeze(other["item_name"]) == name]
        hint = f"清单上同名的事项是“{same[0]}”。" if same else ""
        raise RefusedError([problem("P003", hint=hint)])
    if item["department"] != line.department:
        raise RefusedError([problem("P004", owner=item["department"])])
    return item


def _ratio(text: str, requirement: str, county: County) -> Ratio:
    ratio = parse_ratio(text, county.plan.class_multipliers)
    if not requirement:
        return ratio
    wants_classes = not re.search(r"不涉及|不适用|不按|^[否无]$", requirement)
    if wants_classes != ratio.is_by_class:
        detail = "要求按分类，却没有写四类比例。" if wants_classes else "写了分类比例，要求却不涉及分类。"
        raise RefusedError([problem("P018", requirement=requirement, detail=detail)])
    return ratio


def _tags(text: str) -> list[str]:
    tags = split_list(text)
    if not tags:
        raise RefusedError([problem("P030")])
    return tags


def _towns(text: str, county: County) -> list[str]:
    names = [county.town_aliases.get(part, part) for part in split_list(text)]
    if _WHOLE_COUNTY in names or county.name in names:
        return []
    unknown = [name for name in names if name not in county.towns]
    if unknown:
        raise RefusedError([problem("P034", part=name, hint=_closest(name, county.towns)) for name in unknown])
    return sorted(set(names))


def _methods(text: str) -> list[str]:
    methods = split_list(text)
    known = ON_SITE_METHODS + OFF_SITE_METHODS
    if not methods or any(method not in known for method in methods):
        raise RefusedError([problem("P035", known="、".join(known))])
    return methods


def _choice(text: str, code: str, *choices: str) -> str:
    if text not in choices:
        raise RefusedError([problem(code)])
    return text


def _refuse_repeats(lines: Sequence[_Line]) -> None:
    """Refuse every row of a number used more than once: nobody can tell which one is meant."""
    same: dict[str, list[_Line]] = defaultdict(list)
    for line in lines:
        same[line.text("plan_row_id")].append(line)
    for copies in same.values():
        places = "、".join(f"{line.department}第{line.cells['row']}行" for line in copies)
        for line in copies if len(copies) > 1 else []:
            line.refuse("plan_row_id", problem("P002", count=len(copies), places=places))


def _demands(lines: Iterable[_Line]) -> pl.DataFrame:
    asked = [line for line in lines if line.tags and line.towns is not None]
    rows = [(line.seq, line.department, line.tags, line.towns) for line in asked]
    return pl.DataFrame(rows, schema=DEMAND_SCHEMA, orient="row")


def _counts_by_class(reached: pl.DataFrame) -> dict[int, list[int]]:
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for seq, letter, count in reached.group_by("seq", "credit_class").len().iter_rows():
        counts[seq][letter] = count
    return {seq: class_counts(by_class) for seq, by_class in counts.items()}


def _judge_scope(line: _Line, step: Mapping[str, int], known_tags: Sequence[str]) -> None:
    if step["scope_count"]:
        return
    if not step["named_count"]:
        hint = _closest(line.tags[0], [*known_tags, WHOLE_LIST])
        line.refuse("scope_text", problem("P031", hint=hint))
    elif not step["living_count"]:
        line.refuse("scope_text", problem("P032", named=step["named_count"]))
    else:
        line.refuse("area", problem("P033", living=step["living_count"], area="、".join(line.towns or [])))


def _judge_cap(line: _Line, item: Mapping[str, Any], ratio: Ratio, counts: Sequence[int], county: County) -> None:
    if item["tier"] != "key" and (found := over_cap(ratio, counts, item["ratio_max_bp"], county.plan)):
        line.refuse("ratio_text", found)


def _partners(line: _Line, owners: Mapping[str, str], county: County) -> Partners:
    return read_partners(
        line.department,
        partners=line.cells["partners"],
        items=line.cells["partner_items"],
        owners=owners,
        county=county,
    )


def _submitted(
    line: _Line,
    item: Mapping[str, Any],
    ratio: Ratio,
    window: tuple[dt.date, dt.date],
    *,
    partners: Partners,
    counts: Sequence[int],
) -> dict[str, object]:
    note = line.text("note")
    return {
        "plan_row_id": line.text("plan_row_id"),
        "department": line.department,
        "task_name": line.text("task_name") or item["item_name"],
        "draw_type": line.draw_type,
        "item_code": item["item_code"],
        "item_name": item["item_name"],
        "tier": item["tier"],
        "scope_text": "、".join(line.tags),
        "towns": line.towns,
        "ratio_text": line.text("ratio_text"),
        "is_by_class": ratio.is_by_class,
        "ratio_kind": "count" if ratio.object_count else "rate",
        "rate_bp": list(ratio.rate_bp),
        "object_count": ratio.object_count,
        "least": ratio.least,
        "method": "、".join(line.methods),
        "is_on_site": any(method in ON_SITE_METHODS for method in line.methods),
        "starts_on": window[0],
        "ends_on": window[1],
        "partners": partners.departments,
        "partner_items": partners.item_codes,
        "matching": line.matching,
        "is_exclusive": any(word in squeeze(note) for word in ("突击", "不合并")),
        "scope_count": sum(counts),
        "expected_count": expected_bp(ratio, counts) / 10000,
        "note": note or None,
        **{key: line.cells[key] for key in ("file", "sheet", "row")},
    }


def _refused(line: _Line) -> list[dict[str, object]]:
    return [
        {
            "plan_row_id": line.text("plan_row_id"),
            "department": line.department,
            "file": one.file,
            "sheet": one.sheet,
            "row": one.row,
            "column": one.column,
            "value": one.value,
            "code": one.code,
            "reason": one.reason,
            "fix": one.fix,
        }
        for one in line.problems
    ]


def _idle_tags(line: _Line, known_tags: Sequence[str]) -> list[tuple[str, Problem]]:
    idle = [tag for tag in line.tags if tag != WHOLE_LIST and tag not in known_tags]
    return [("tag_without_object", problem("P056", value=tag)) for tag in idle]


def _beyond_own_limit(
    line: _Line, counts: Sequence[int], own_limits: Mapping[str, int], county: County
) -> list[tuple[str, Problem]]:
    item, ratio = line.item, line.ratio
    if not item or not ratio or item["tier"] == "key" or item["item_code"] not in own_limits:
        return []
    own = own_limits[item["item_code"]]
    if not is_over_cap(ratio, counts, ceilings_bp(own, is_by_class=ratio.is_by_class, rules=county.plan)):
        return []
    return [("listed_ratio", problem("P057", value=line.text("ratio_text"), limit=f"{own / 100:g}%"))]


def _conflicts(line: _Line, found: Sequence[tuple[str, Problem]]) -> list[dict[str, object]]:
    return [
        {
            "plan_row_id": line.text("plan_row_id"),
            "department": line.department,
            "kind": kind,
            "value": one.value,
            "code": one.code,
            "reason": one.reason,
            "fix": one.fix,
        }
        for kind, one in found
    ]


def _scope(standing: Sequence[_Line], reached: pl.DataFrame) -> pl.DataFrame:
    numbers = pl.DataFrame(
        [(line.seq, line.text("plan_row_id")) for line in standing],
        schema={"seq": pl.Int64, "plan_row_id": pl.String},
        orient="row",
    )
    return reached.join(numbers, on="seq").select(list(Scope.to_schema().columns)).sort("plan_row_id", "object_id")
