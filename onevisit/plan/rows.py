"""Plan rows as departments file them: read, checked against the list, the caps and the registry.

A row stands or is refused as a whole; all its problems are named at once, so that a department
mends a row in one go. What the bureau must settle though the row stands is a conflict.

What the bureau ruled stands for what was filed before anything is read, so that every check holds for
it too; the row keeps the text as filed, and says what was changed and by which ruling.
"""

import datetime as dt
import difflib
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import polars as pl

from onevisit.county import County
from onevisit.errors import Problem, RefusedError, problem
from onevisit.plan.caps import ALL_BP, ClassCounts, ceilings_bp, class_counts, cut, expected_bp, over_cap, settled
from onevisit.plan.listed import Conflict, frequency_conflicts, ratio_conflicts
from onevisit.plan.partners import PartnerAnswer, Partners, read_partners
from onevisit.plan.ratios import Ratio, asked_frequency, parse_ratio, ratio_words
from onevisit.plan.row_rulings import RowRuling, RowRulings, row_rulings
from onevisit.plan.scope import DEMAND_SCHEMA, WHOLE_LIST, reach, tags_of
from onevisit.plan.spread import spread
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

_CONTENT = (
    "item_code", "scope_text", "area", "ratio_text", "credit_requirement", "method", "window_text", "draw_type",
    "partners", "partner_items", "matching", "note",
)  # fmt: skip
"""What a row says of what is to be done."""
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
    filed: Mapping[str, Any]
    cells: dict[str, Any]
    """As filed, or as ruled."""
    ruled: dict[str, RowRuling] = field(default_factory=dict[str, RowRuling])
    """Column -> the ruling whose value stands in it."""
    changes: list[str] = field(default_factory=list[str])
    """What is not as filed, in Chinese sentences."""
    problems: list[Problem] = field(default_factory=list[Problem])
    item: Mapping[str, Any] | None = None
    ratio: Ratio | None = None
    is_marked_by_class: bool = False
    """按信用风险分类, though the ratio names no classes: it is spread over them."""
    ratio_in_force: str = ""
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
        filed = self.text(column) + (f"（{self.ruled[column].cited}）" if column in self.ruled else "")
        self.problems += [replace(one, **place, column=COLUMN_TITLES[column], value=filed) for one in problems]

    def rule(self, column: str, ruling: RowRuling) -> None:
        """Put what was ruled in the place of what was filed."""
        before, self.cells[column], self.ruled[column] = self.text(column), ruling.value, ruling
        self.changes.append(f"{COLUMN_TITLES[column]}由“{before}”改为“{ruling.value}”（{ruling.cited}）")

    def send_back(self, ruling: RowRuling) -> None:
        """Refuse the row because it was ruled so."""
        self.refuse("plan_row_id", problem("P006", cited=ruling.cited, why=ruling.why))

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
    rulings: pl.DataFrame,
    county: County,
    year: int,
) -> Judged:
    """Return which filed plan rows stand, which are refused and why, and whom each standing row reaches.

    `filed` has the columns of a plan row as text; `items`, `objects` and `sources` are the
    registries' tables, objects in the classes the plan counts them in; `own_limits` are the upper
    limits departments set themselves in their filed lists (item -> basis points), which bind them as
    a conflict for the bureau; `rulings` is the table of that name.
    """
    of_record = {row["item_code"]: row for row in items.iter_rows(named=True)}
    ordered = filed.sort("department", "file", "sheet", "row")
    ruled = row_rulings(rulings)
    lines = [_line(seq, cells, ruled) for seq, cells in enumerate(ordered.iter_rows(named=True))]
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
            line.ratio = _judge_ratio(line, line.item, line.ratio, counts[line.seq], county)
    owners = {code: item["department"] for code, item in of_record.items()}
    partners = {line.seq: _partners(line, owners, county, ruled) for line in _standing(lines)}

    def conflicts_of(line: _Line, checks: Mapping[int, int]) -> list[Conflict]:
        return [
            *(Conflict(kind, one) for kind, one in partners[line.seq].conflicts),
            *_idle_tags(line, known_tags.get(line.department, [])),
            *_listed_conflicts(line, counts[line.seq], checks[line.seq], own_limits, county),
        ]

    while True:
        standing = _standing(lines)
        checks = _checks_per_year(standing, reached.objects)
        found = {line.seq: conflicts_of(line, checks) for line in standing}
        sent_back = [_send_back(line, found[line.seq], ruled) for line in standing]
        # A row sent back competes with no other any more: look again.
        if not any(sent_back):
            break
    conflicts = [
        row
        for line in standing
        for row in _settled(line, found[line.seq], ruled, counts=counts[line.seq], county=county)
    ]
    submitted = [
        _submitted(line, line.item, line.ratio, line.window, partners=partners[line.seq], counts=counts[line.seq])
        for line in standing
        if line.item and line.ratio and line.window
    ]
    conflicts += _rulings_without_row(lines, ruled, county)
    return Judged(
        submitted=frame_of(Submitted, submitted).sort("plan_row_id"),
        refused=frame_of(Refused, [row for line in lines for row in _refused(line)]),
        conflicts=frame_of(Conflicts, conflicts).sort("plan_row_id", "kind", "value"),
        scope=_scope(standing, reached.objects),
    )


def _line(seq: int, filed: Mapping[str, Any], ruled: RowRulings) -> _Line:
    line = _Line(seq, filed, dict(filed))
    row_id = line.text("plan_row_id")
    for column, answers in (("ratio_text", ruled.ratios), ("window_text", ruled.windows)):
        if row_id in answers:
            line.rule(column, answers[row_id])
    line.ratio_in_force = line.text("ratio_text")
    if row_id in ruled.rows and ruled.rows[row_id].answer == "return":
        line.send_back(ruled.rows[row_id])
    return line


def _standing(lines: Iterable[_Line]) -> list[_Line]:
    return [line for line in lines if not line.problems]


def _read_line(line: _Line, of_record: Mapping[str, Mapping[str, Any]], county: County, year: int) -> None:
    if not _ROW_ID.fullmatch(line.text("plan_row_id")):
        line.refuse("plan_row_id", problem("P001"))
    lead = line.text("lead_department")
    if lead and lead != line.department:
        line.refuse("lead_department", problem("P005", department=line.department))
    line.item = line.read("item_code", lambda text: _item(text, line, of_record))
    line.ratio = line.read("ratio_text", lambda text: _ratio(text, line, county))
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


def _ratio(text: str, line: _Line, county: County) -> Ratio:
    ratio = parse_ratio(text, county.plan.class_multipliers)
    requirement = line.text("credit_requirement")
    wants_classes = bool(requirement) and not re.search(r"不涉及|不适用|不按|^[否无]$", requirement)
    line.is_marked_by_class = wants_classes and not ratio.is_by_class
    # Who rules on the ratio decides on the classes too.
    if requirement and ratio.is_by_class and not wants_classes and "ratio_text" not in line.ruled:
        raise RefusedError([problem("P018", requirement=requirement)])
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


def _judge_ratio(line: _Line, item: Mapping[str, Any], ratio: Ratio, counts: ClassCounts, county: County) -> Ratio:
    """Return the ratio on its scope, by class where it is marked so; refuse one over its cap.

    A ratio to be spread is held to the cap as filed: what its own class may not have, no other may either.
    """
    ratio = settled(ratio, counts)
    is_general = item["tier"] != "key"
    if is_general and (found := over_cap(ratio, counts, item["ratio_max_bp"], county.plan)):
        line.refuse("ratio_text", found)
    elif line.is_marked_by_class:
        ceilings = ceilings_bp(item["ratio_max_bp"], is_by_class=True, rules=county.plan)
        made = spread(
            ratio,
            counts,
            multipliers=county.plan.class_multipliers,
            ceilings=ceilings if is_general else [ALL_BP] * len(counts),
        )
        line.changes += made.told
        return made.ratio
    return ratio


def _checks_per_year(standing: Sequence[_Line], reached: pl.DataFrame) -> dict[int, int]:
    """Return for each row how many rows of its item may check the same object, at most."""
    items = pl.DataFrame(
        [(line.seq, line.text("item_code").upper()) for line in standing],
        schema={"seq": pl.Int64, "item_code": pl.String},
        orient="row",
    )
    rows = reached.join(items, on="seq").with_columns(rows=pl.len().over("item_code", "object_id"))
    return dict(rows.group_by("seq").agg(pl.col("rows").max()).iter_rows())


def _listed_conflicts(
    line: _Line, counts: ClassCounts, checks: int, own_limits: Mapping[str, int], county: County
) -> list[Conflict]:
    if not line.item or not line.ratio:
        return []
    own = own_limits.get(line.item["item_code"])
    asked = max(checks, asked_frequency(line.text("task_name") + line.text("note")) or 0)
    return [
        *ratio_conflicts(line.ratio, counts, line.item, words=line.ratio_in_force, own_limit_bp=own, rules=county.plan),
        *frequency_conflicts(asked, line.item),
    ]


def _send_back(line: _Line, found: Iterable[Conflict], ruled: RowRulings) -> bool:
    """Refuse a row one of whose conflicts was ruled to be returned; tell whether it was."""
    for one in found:
        ruling = ruled.conflicts.get((line.text("plan_row_id"), one.kind, one.problem.value))
        if ruling and ruling.answer == "return":
            line.send_back(ruling)
    return bool(line.problems)


def _settled(
    line: _Line, found: Iterable[Conflict], ruled: RowRulings, *, counts: ClassCounts, county: County
) -> list[dict[str, object]]:
    """Carry out what was ruled on a row's conflicts; return them, answered or not."""
    row_id = line.text("plan_row_id")
    rows: list[dict[str, object]] = []
    for one in found:
        ruling = ruled.conflicts.get((row_id, one.kind, one.problem.value))
        partner = ruled.partners.get(row_id, {}).get(one.problem.value)
        if one.kind == "partner_without_item" and partner and partner.answer == "none":
            ruling = partner
        if ruling and ruling.answer == "limit":
            if one.limit_bp is None:
                rows.append(_conflict(line, Conflict("ruling_not_applied", _unlimited(ruling))))
                ruling = None
            else:
                _limit(line, one.limit_bp, counts, county, ruling)
        rows.append(_conflict(line, one, ruling))
    return rows


def _unlimited(ruling: RowRuling) -> Problem:
    return problem("P042", value=ruling.subject, cited=ruling.cited, detail="这一冲突没有可以执行的上限")


def _limit(line: _Line, limit_bp: int, counts: ClassCounts, county: County, ruling: RowRuling) -> None:
    if line.ratio is None:
        return
    ceilings = ceilings_bp(limit_bp, is_by_class=line.ratio.is_by_class, rules=county.plan)
    line.ratio = cut(line.ratio, counts, ceilings)
    before, line.ratio_in_force = line.ratio_in_force, ratio_words(line.ratio)
    line.changes.append(f"抽查比例由“{before}”按上限{limit_bp / 100:g}%改为“{line.ratio_in_force}”（{ruling.cited}）")


def _rulings_without_row(lines: Iterable[_Line], ruled: RowRulings, county: County) -> list[dict[str, object]]:
    filed = {line.text("plan_row_id") for line in lines}
    answers = {key: one for key, one in ruled.conflicts.items() if key[1] == "ruling_without_row"}
    # An answer to this very question is no other ruling that asks it.
    asking = [one for one in ruled.every if one.plan_row_id not in filed and one not in answers.values()]
    return [
        {
            "plan_row_id": ruling.plan_row_id,
            "department": next(
                (one.name for one in county.departments if ruling.plan_row_id.startswith(f"{one.prefix}-")), ""
            ),
            **_told(
                Conflict("ruling_without_row", problem("P041", value=ruling.subject, cited=ruling.cited)),
                answers.get((ruling.plan_row_id, "ruling_without_row", ruling.subject)),
            ),
        }
        for ruling in asking
    ]


def _partners(line: _Line, owners: Mapping[str, str], county: County, ruled: RowRulings) -> Partners:
    rulings = ruled.partners.get(line.text("plan_row_id"), {})
    named = split_list(line.cells["partners"])
    answers: dict[str, PartnerAnswer] = {}
    unused: list[tuple[str, Problem]] = []
    for name, ruling in rulings.items():
        if name not in named:
            found = problem("P042", value=ruling.subject, cited=ruling.cited, detail="报送的配合部门中已没有它")
            unused.append(("ruling_not_applied", found))
            continue
        codes = [code.upper() for code in split_list(ruling.value)]
        answers[name] = PartnerAnswer(codes, stays_away=ruling.answer == "none")
        what = "不参加" if ruling.answer == "none" else f"补报事项“{'、'.join(codes)}”"
        line.changes.append(f"配合部门“{name}”{what}（{ruling.cited}）")
    partners = _read_partners(line, owners, county, answers)
    return replace(partners, conflicts=[*partners.conflicts, *unused])


def _read_partners(
    line: _Line, owners: Mapping[str, str], county: County, answers: Mapping[str, PartnerAnswer]
) -> Partners:
    return read_partners(
        line.department,
        partners=line.cells["partners"],
        items=line.cells["partner_items"],
        owners=owners,
        county=county,
        answers=answers,
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
        "ratio_text": fold(line.filed["ratio_text"]),
        "ratio_in_force": line.ratio_in_force,
        "credit_requirement": line.text("credit_requirement") or None,
        "is_by_class": ratio.is_by_class,
        "ratio_kind": "count" if ratio.object_count else "rate",
        "rate_bp": list(ratio.rate_bp),
        "object_count": ratio.object_count,
        "class_counts": list(ratio.class_counts),
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
        "changes": line.changes,
        "filed_digest": _filed_digest(line.filed),
        **{key: line.cells[key] for key in ("file", "sheet", "row")},
    }


def _filed_digest(filed: Mapping[str, Any]) -> str:
    """Return what was filed as 12 hex digits, blanks and widths aside."""
    text = "\n".join(squeeze(filed[column]) for column in _CONTENT)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


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


def _idle_tags(line: _Line, known_tags: Sequence[str]) -> list[Conflict]:
    idle = [tag for tag in line.tags if tag != WHOLE_LIST and tag not in known_tags]
    return [Conflict("tag_without_object", problem("P056", value=tag)) for tag in idle]


def _conflict(line: _Line, one: Conflict, ruling: RowRuling | None = None) -> dict[str, object]:
    return {"plan_row_id": line.text("plan_row_id"), "department": line.department, **_told(one, ruling)}


def _told(one: Conflict, ruling: RowRuling | None = None) -> dict[str, object]:
    return {
        "kind": one.kind,
        "value": one.problem.value,
        "code": one.problem.code,
        "reason": one.problem.reason,
        "fix": one.problem.fix,
        "answer": ruling and ruling.answer,
        "settled_by": ruling and ruling.number,
    }


def _scope(standing: Sequence[_Line], reached: pl.DataFrame) -> pl.DataFrame:
    numbers = pl.DataFrame(
        [(line.seq, line.text("plan_row_id")) for line in standing],
        schema={"seq": pl.Int64, "plan_row_id": pl.String},
        orient="row",
    )
    return reached.join(numbers, on="seq").select(list(Scope.to_schema().columns)).sort("plan_row_id", "object_id")
