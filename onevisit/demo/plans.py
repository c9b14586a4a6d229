"""Departments' yearly plans: plausible rows for the scopes they really have, and planted mistakes."""

import calendar
import datetime as dt
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from onevisit.county import County, Department
from onevisit.demo.catalogue import Item
from onevisit.demo.headers import header_of
from onevisit.demo.population import Subject, is_thing
from onevisit.demo.registers import Record
from onevisit.demo.staff import FEW_PEOPLE
from onevisit.demo.trades import TAG_BY_KIND
from onevisit.demo.workbooks import Page, workbook

WHOLE_LIST = "全部市场主体"
FIELDS = (
    "plan_row_id", "task_name", "draw_type", "item_code", "item_name", "scope_text", "area", "ratio_text",
    "credit_requirement", "method", "window_text", "lead_department", "partners", "partner_items", "matching", "note",
)  # fmt: skip
SEASONS: tuple[tuple[tuple[int, int], int], ...] = (
    ((2, 15), 5), ((3, 1), 5), ((3, 15), 6), ((4, 1), 6), ((4, 15), 7), ((5, 17), 8), ((6, 1), 8), ((7, 1), 9),
    ((8, 2), 10), ((9, 1), 11), ((10, 8), 11),
)  # fmt: skip
"""First day and last month of the usual windows."""
BY_CLASS_FROM = frozenset({3, 8, 9})
"""Months whose first windows may apply risk classes; the other rounds stay open ones."""
NO_CLASSES = "不涉及信用风险分类"
BY_CLASS = "按信用风险分类"
_ALONE = "突击检查，不合并"
_BROAD_TAGS = frozenset({WHOLE_LIST, *TAG_BY_KIND.values(), "商品零售"})
"""Tags of so many items that their rows are spread over the year."""
_GENERAL_ITEMS = ("SCJG-017", "SCJG-018", "TAX-004")
"""Prices and invoices: items a partner may check anywhere."""
_NICE_BP = (20, 30, 50, 100, 200, 300, 500, 800, 1000, 1500, 2000, 3000, 5000, 10000)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row of a plan as the department means it."""

    item: Item
    department: str
    scope: str
    towns: tuple[str, ...]
    ratio_text: str
    is_by_class: bool
    method: str
    starts_on: dt.date
    ends_on: dt.date
    partners: tuple[str, ...]
    partner_items: tuple[str, ...]
    matching: str
    note: str
    fault: str = ""
    special: str = ""
    """What its ratio is an example of: a key of SPECIAL."""
    item_code: str = ""
    """Replaces the item's code when the code itself is the mistake."""

    def cells(self, number: str) -> list[str]:
        """Return the row as it is filed."""
        window = f"{_written(self.starts_on)}至{_written(self.ends_on)}"
        return [
            number, f"{self.item.category}抽查", "不定向" if self.scope == WHOLE_LIST else "定向",
            self.item_code or self.item.item_code, self.item.item_name, self.scope, "、".join(self.towns) or "全县",
            self.ratio_text, BY_CLASS if self.is_by_class else NO_CLASSES, self.method, window, self.department,
            "、".join(self.partners), "、".join(self.partner_items), self.matching, self.note,
        ]  # fmt: skip


def _written(day: dt.date) -> str:
    return f"{day.year}年{day.month:02d}月{day.day:02d}日"


class Scopes:
    """How many living subjects of each department's own list carry a tag, per town."""

    def __init__(self, lists: Mapping[str, Sequence[Record]]) -> None:
        found: defaultdict[tuple[str, str], dict[str, Subject]] = defaultdict(dict)
        for department, records in lists.items():
            for record in records:
                if record.fault or record.subject.state != "存续" or record.cells["status"] in ("停业", "注销", "吊销"):
                    continue
                tags = [*filter(None, record.cells["tags"].split("、"))]
                for tag in tags if is_thing(record.subject) else [WHOLE_LIST, *tags]:
                    found[department, tag][record.subject.entity_id] = record.subject
        self._found = found

    def count(self, department: str, tag: str, towns: Sequence[str] = ()) -> int:
        """Return how many subjects a plan row reaches; no towns = the whole county."""
        subjects = self._found[department, tag].values()
        return sum(1 for one in subjects if not towns or one.town in towns)


def plans(
    county: County,
    items: Sequence[Item],
    lists: Mapping[str, Sequence[Record]],
    *,
    year: int,
    entities: int,
    rng: Random,
) -> dict[str, list[PlanRow]]:
    """Return every department's plan by its name; `lists` per department name."""
    planner = _Planner(county, items, Scopes(lists), year=year, entities=entities, rng=rng)
    rows = {department.name: planner.rows(department) for department in county.departments}
    return _with_special_ratios(_with_mistakes(rows, planner, county), planner)


class _Planner:
    def __init__(
        self, county: County, items: Sequence[Item], scopes: Scopes, *, year: int, entities: int, rng: Random
    ) -> None:
        self.county, self.items, self.scopes, self.year, self.rng = county, items, scopes, year, rng
        self._growth = max(1.0, entities / 3000)
        self._share = min(0.72, 0.25 + 0.47 * entities / 3000)
        self._season_of_tag = {tag: rng.choice(SEASONS) for tag in sorted({tag for i in items for tag in i.tags})}

    def rows(self, department: Department) -> list[PlanRow]:
        """Return a department's plan: a row for most of its items that reach anybody."""
        own = [item for item in self.items if item.department == department.name]
        # Where people are few the plan must show it.
        chosen = [i for i in own if self.rng.random() < self._share or i.item_code in FEW_PEOPLE] or own[:1]
        found = [self._row(item, tag) for item in chosen for tag in item.tags]
        return [row for row in found if row is not None]

    def _row(self, item: Item, tag: str) -> PlanRow | None:
        rng = self.rng
        towns = self._towns(item.department, tag)
        size = self.scopes.count(item.department, tag, towns)
        if not size:
            return None
        starts_on, ends_on = self._window(tag)
        method = self._method(item)
        partners, partner_items = self._partners(item, tag) if method == "现场检查" else ((), ())
        may_use_classes = starts_on.month in BY_CLASS_FROM and starts_on.day < 16
        is_by_class = may_use_classes and size >= 8 and rng.random() < 0.55
        return PlanRow(
            item=item,
            department=item.department,
            scope=tag,
            towns=towns,
            ratio_text=self._by_class(item, size) if is_by_class else self._ratio(item, size),
            is_by_class=is_by_class,
            method=method,
            starts_on=starts_on,
            ends_on=ends_on,
            partners=partners,
            partner_items=partner_items,
            matching=rng.choices(("分组", "分散"), weights=(6, 4))[0],
            note=rng.choices(("", "双随机", _ALONE), weights=(40, 58, 2))[0],
        )

    def _method(self, item: Item) -> str:
        """Return how the row is checked: at the door, unless the item allows otherwise and the lot falls so."""
        written = "书面检查" if any("书面" in m or "查阅" in m for m in item.methods) else ""
        watched = "网络监测" if any("网络" in m or "在线" in m for m in item.methods) else ""
        others = [method for method in (written, watched) if method]
        at_door = any(m in ("现场检查", "实地核查", "实地检查") for m in item.methods)
        return self.rng.choice(others) if others and (not at_door or self.rng.random() < 0.25) else "现场检查"

    def _towns(self, department: str, tag: str) -> tuple[str, ...]:
        """Return the towns of a row, none = the whole county; only where a part is worth going to."""
        if self.rng.random() < 0.75 or self.scopes.count(department, tag) < 25:
            return ()
        names = self.county.towns
        towns = self.rng.choice((tuple(names[:2]), tuple(names[2:5]), tuple(names[5:])))
        return towns if self.scopes.count(department, tag, towns) >= 8 else ()

    def _window(self, tag: str) -> tuple[dt.date, dt.date]:
        usual = 0.3 if tag in _BROAD_TAGS else 0.75
        (month, day), last = self._season_of_tag[tag] if self.rng.random() < usual else self.rng.choice(SEASONS)
        last = min(11, last + self.rng.choice((0, 0, 1)))
        return dt.date(self.year, month, day), dt.date(self.year, last, calendar.monthrange(self.year, last)[1])

    def _wanted(self, item: Item, size: int) -> float:
        """Return how many subjects a department of a small county means to visit for an item."""
        most = min(size * (0.35 if item.tier == "key" else 0.15), 5.0 * self._growth)
        return max(1.0, self.rng.uniform(0.3, 1.0) * most)

    def _cap(self, item: Item) -> int:
        if item.tier == "key":
            return 10000
        return item.ratio_max_bp if item.ratio_max_bp is not None else self.county.plan.general_cap_bp

    def _rate(self, item: Item, size: int) -> int:
        """Return a round rate near the wanted number, within the cap."""
        wanted = self._wanted(item, size) / size * 10000
        return min((bp for bp in _NICE_BP if bp <= self._cap(item)), key=lambda bp: (abs(bp - wanted), bp))

    def _ratio(self, item: Item, size: int) -> str:
        rng = self.rng
        if item.tier == "key" and size <= 4:
            return "100%"
        wanted = round(self._wanted(item, size))
        if rng.random() < 0.14 and wanted * 10000 <= size * self._cap(item) * 0.8:
            return rng.choice((f"{wanted}户", f"不少于{wanted}户"))
        rate = self._rate(item, size)
        if rate < 100 or rng.random() < 0.08:
            return f"{rate // 10}‰" if rate <= 300 else f"{rate // 100}%"
        return f"不低于{rate // 100}%" if rng.random() < 0.1 else f"{rate // 100}%"

    def _by_class(self, item: Item, size: int) -> str:
        # A rate for class A below the cap: the riskier classes may exceed it, the whole scope may not.
        rate = min(self._rate(item, size), self._cap(item) // 2, 2500)
        rates = (rate, rate * 3 // 2, rate * 5 // 2, rate * 4)
        return "、".join(f"{letter}类{_percent(bp)}" for letter, bp in zip("ABCD", rates, strict=True))

    def _partners(self, item: Item, tag: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return partner departments with an item of their own each: of the same tag first."""
        rng = self.rng
        if rng.random() > (0.9 if "联合" in item.category + item.item_name else 0.14):
            return (), ()
        same = [
            i for i in self.items if tag in i.tags and i.department != item.department and i.methods[0] == "现场检查"
        ]
        general = [i for i in self.items if i.item_code in _GENERAL_ITEMS and i.department != item.department]
        candidates = same or general
        picked: dict[str, Item] = {}
        for one in rng.sample(candidates, min(len(candidates), rng.choice((1, 1, 2)))):
            picked.setdefault(one.department, one)
        return tuple(picked), tuple(one.item_code for one in picked.values())


def _percent(bp: int) -> str:
    text = f"{bp / 100:.2f}".rstrip("0").rstrip(".")
    return f"{text}%"


def _with_mistakes(rows: dict[str, list[PlanRow]], planner: _Planner, county: County) -> dict[str, list[PlanRow]]:
    """Return the plans with a dozen rows spoilt, each in one way, spread over departments."""
    rng = planner.rng
    outside = county.outside_partners[0] if county.outside_partners else "县气象局"
    changed = {name: list(found) for name, found in rows.items()}
    for number, fault in enumerate(FAULTS):
        candidates = [
            (name, i)
            for name, found in changed.items()
            for i, row in enumerate(found)
            if not row.fault and _can_have(row, fault) and sum(bool(r.fault) for r in found) < 2 and len(found) > 2
        ]
        if not candidates:
            continue
        # The faults walk through the departments, so that no one plan holds them all.
        name, i = candidates[(number * 37 + rng.randrange(7)) % len(candidates)]
        changed[name][i] = _spoilt(changed[name][i], fault, outside, planner)
    return changed


FAULTS = (
    "item_not_listed", "item_not_listed", "over_cap", "over_cap", "ratio_missing", "window_reversed",
    "window_reversed", "window_out_of_year", "window_out_of_year", "scope_empty", "partner_outside",
    "partner_outside", "partner_without_item",
)  # fmt: skip
"""The mistakes planted, in order; partner_* are conflicts, the row stands."""
EMPTY_SCOPE = "海洋渔业"
"""A tag that no subject of an inland county carries."""


SPECIAL = ("flat_by_class", "count_by_class", "class_inverted")
"""Ratios that ask for the classes without naming them, as a rate and as a number, and one that favours bad credit."""


def _with_special_ratios(rows: dict[str, list[PlanRow]], planner: _Planner) -> dict[str, list[PlanRow]]:
    """Return the plans with one row for each special ratio, of those that apply the classes anyway."""
    changed = {name: list(found) for name, found in rows.items()}
    for special in SPECIAL:
        places = [(name, i) for name, found in changed.items() for i in range(len(found))]
        for name, i in places:
            row = changed[name][i]
            if row.is_by_class and not row.fault and not row.special and (text := _special(row, special, planner)):
                changed[name][i] = replace(row, ratio_text=text, special=special)
                break
    return changed


def _special(row: PlanRow, special: str, planner: _Planner) -> str:
    """Return the row's ratio as a special one, nothing where it would not fit the row."""
    parts = [part.partition("类")[2] for part in row.ratio_text.split("、")]
    if special == "flat_by_class":
        return parts[0]
    if special == "class_inverted":
        # Only a key item may check good credit so often.
        upside_down = "、".join(f"{letter}类{part}" for letter, part in zip("ABCD", reversed(parts), strict=True))
        return upside_down if row.item.tier == "key" else ""
    wanted = planner.scopes.count(row.department, row.scope, row.towns) * float(parts[0].rstrip("%")) / 100
    return f"{wanted:.0f}户" if wanted >= 3 else ""


def _can_have(row: PlanRow, fault: str) -> bool:
    if fault == "over_cap":
        return row.item.tier == "general" and (row.item.ratio_max_bp or 10000) <= 2000
    if fault == "partner_without_item":
        return row.method == "现场检查" and not row.partners and not row.note.startswith("突击")
    if fault == "partner_outside":
        return row.method == "现场检查" and not row.note.startswith("突击")
    return True


def _spoilt(row: PlanRow, fault: str, outside: str, planner: _Planner) -> PlanRow:
    spoilt = replace(row, fault=fault)
    if fault == "item_not_listed":
        return replace(spoilt, item_code=row.item.item_code[:-3] + "999")
    if fault == "over_cap":
        return replace(spoilt, ratio_text="60%", is_by_class=False)
    if fault == "ratio_missing":
        return replace(spoilt, ratio_text="", is_by_class=False)
    if fault == "window_reversed":
        return replace(spoilt, starts_on=row.ends_on, ends_on=row.starts_on)
    if fault == "window_out_of_year":
        return replace(spoilt, ends_on=dt.date(planner.year + 1, 3, 31))
    if fault == "scope_empty":
        return replace(spoilt, scope=EMPTY_SCOPE, towns=())
    if fault == "partner_outside":
        return replace(spoilt, partners=(*row.partners, outside))
    names = [d.name for d in planner.county.departments if d.name != row.department]
    return replace(spoilt, partners=(planner.rng.choice(names),))


def numbered(department: Department, rows: Sequence[PlanRow], year: int) -> list[tuple[str, PlanRow]]:
    """Return the rows with their numbers as filed: GA-2027-01."""
    width = max(2, math.ceil(math.log10(len(rows) + 1)))
    return [(f"{department.prefix}-{year}-{number:0{width}d}", row) for number, row in enumerate(rows, start=1)]


def plan_files(county: County, department: Department, rows: Sequence[PlanRow], year: int) -> dict[str, bytes]:
    """Return the file of a department's plan."""
    header = header_of(county, department, "plan", FIELDS)
    title = f"{department.name}{year}年度“双随机、一公开”抽查计划"
    cells = [row.cells(number) for number, row in numbered(department, rows, year)]
    return {
        "年度抽查计划.xlsx": workbook([Page("计划", (title,), header, cells, ("备注：计划可根据工作实际动态调整",))])
    }
