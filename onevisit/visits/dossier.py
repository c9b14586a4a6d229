"""What a visit's papers say, from the tables: one `Dossier` a visit, everything on it by its Chinese name.

Holds names, certificate numbers and phones: a dossier is for the team and its departments. Paper is made of
it in `dossier_document`, workbooks in `duty_workbook`.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from onevisit.plan.asked import same_items
from onevisit.plan.rulings import ruled
from onevisit.plan.tables import Rulings, Submitted, Tasks
from onevisit.registries.tables import Experts, Inspectors, Items, Lent, Objects
from onevisit.tables import Table
from onevisit.text import squeeze
from onevisit.visits.lent import with_lent
from onevisit.visits.materials import Material, asked_once
from onevisit.visits.tables import Deadlines, ExpertAssignments, Obligations, Shortages, Teams, Visits

Row = Mapping[str, Any]

TABLES: tuple[type[Table], ...] = (
    Visits, Obligations, Teams, Shortages, ExpertAssignments, Deadlines, Tasks, Submitted, Rulings, Items, Objects,
    Inspectors, Lent, Experts,
)  # fmt: skip
"""What dossiers are made from."""

COMMISSIONED = ("检验检测", "抽样检验", "财务审计", "调查咨询", "鉴定")
"""Ways of checking that may be given to a qualified institution (policy IV.2)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who is visited, and where; empty where no register knows."""

    object_id: str
    code: str
    name: str
    kind: str
    subject: str
    """Who answers for a product, project or conduct."""
    representative: str
    phone: str
    address: str
    operating_address: str
    town: str

    @property
    def is_thing(self) -> bool:
        """Whether somebody else answers for it, and is told of the visit."""
        return self.kind in {"产品", "项目", "行为"}

    @property
    def door(self) -> str:
        """Where people knock: where it operates, else where it is registered, else its town."""
        return self.operating_address or self.address or self.town


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the merged checklist: an item, or items ruled to be the same."""

    departments: tuple[str, ...]
    items: tuple[tuple[str, str], ...]
    """Code and name of each."""
    basis: tuple[str, ...]
    content: tuple[str, ...]
    methods: tuple[str, ...]
    """How to check, from the guides."""
    ways: tuple[str, ...]
    """As planned: 现场检查."""
    commissioned: tuple[tuple[str, str], ...]
    """Department that pays (谁委托、谁付费) and the way that may be commissioned."""
    reported: tuple[tuple[str, str, str, str], ...]
    """What results are filed by: department, task, plan row, item."""

    @property
    def name(self) -> str:
        """The item's name; of the same items that of each."""
        return "／".join(dict.fromkeys(name for _, name in self.items))


@dataclass(frozen=True, slots=True)
class Member:
    """An inspector of the team."""

    person_id: str
    department: str
    name: str
    certificate: str
    is_leader: bool
    is_specialist: bool


@dataclass(frozen=True, slots=True)
class Adviser:
    """An expert who joins the team."""

    name: str
    employer: str
    title: str
    specialty: str


@dataclass(frozen=True, slots=True)
class Shortage:
    """People who are missing, and why."""

    department: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Dossier:
    """Everything about one visit."""

    visit_id: str
    place: Place
    lead: str
    departments: tuple[str, ...]
    tasks: tuple[tuple[str, str], ...]
    """Id and name."""
    batches: tuple[tuple[str, int], ...]
    """Task and batch within it."""
    starts_on: dt.date
    ends_on: dt.date
    start_by: dt.date | None
    publish_by: dt.date | None
    checks: tuple[Check, ...]
    materials: tuple[Material, ...]
    team: tuple[Member, ...]
    experts: tuple[Adviser, ...]
    shortages: tuple[Shortage, ...]

    @property
    def is_joint(self) -> bool:
        """Whether several departments come together."""
        return len(self.departments) > 1

    @property
    def leader(self) -> Member | None:
        """Leader of the joint group; None while nobody could be drawn."""
        return next((one for one in self.team if one.is_leader), None)

    @cached_property
    def mark(self) -> str:
        """核对码: eight digits that change when anything on the papers does, so that old papers are known as old."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]


def dossiers_of(tables: Mapping[type[Table], pl.DataFrame], wanted: Iterable[str] | None = None) -> list[Dossier]:
    """Return the dossiers of visits, of all or of those wanted, in order of the visits' ids.

    `tables` holds every model of `TABLES`.
    """
    visits = tables[Visits].sort("visit_id")
    if wanted is not None:
        visits = visits.filter(pl.col("visit_id").is_in(list(wanted)))
    makers = _Registers(tables)
    return [makers.dossier(row) for row in visits.iter_rows(named=True)]


class _Registers:
    """The tables, looked up by their keys."""

    def __init__(self, tables: Mapping[type[Table], pl.DataFrame]) -> None:
        self._objects = _by("object_id", _of_visits(tables[Objects], tables[Visits]))
        self._items = _by("item_code", tables[Items])
        self._people = _by("person_id", with_lent(tables[Inspectors], tables[Lent]))
        self._experts = _by("expert_id", tables[Experts])
        self._deadlines = _by("visit_id", tables[Deadlines])
        self._tasks = dict(tables[Tasks].select("task_id", "name").iter_rows())
        self._ways = dict(tables[Submitted].select("plan_row_id", "method").iter_rows())
        self._same, _ = same_items(ruled(tables[Rulings], "alias"))
        order = ["department", "item_code", "task_id", "plan_row_id"]
        self._owed = _all_by("visit_id", tables[Obligations].drop_nulls("visit_id").sort(order))
        self._teams = _all_by("visit_id", tables[Teams].sort("department", "ticket"))
        self._advice = _all_by("visit_id", tables[ExpertAssignments].sort("specialty", "ticket"))
        self._shortages = _all_by("visit_id", tables[Shortages].sort("department", "kind", "reason"))

    def dossier(self, visit: Row) -> Dossier:
        visit_id, lead = visit["visit_id"], visit["lead_department"]
        # Who leads comes first, everywhere on the papers.
        owed = sorted(self._owed[visit_id], key=lambda row: row["department"] != lead)
        clock = self._deadlines.get(visit_id, {})
        return Dossier(
            visit_id=visit_id,
            place=self._place(visit["object_id"]),
            lead=lead,
            departments=tuple(dict.fromkeys([lead, *visit["departments"]])),
            tasks=tuple((task, self._tasks.get(task, "")) for task in visit["task_ids"]),
            batches=tuple(sorted({(row["task_id"], row["batch"]) for row in owed})),
            starts_on=visit["starts_on"],
            ends_on=clock.get("close_by") or visit["ends_on"],
            start_by=clock.get("task_start_by"),
            publish_by=clock.get("publish_by"),
            checks=self._checks(owed),
            materials=self._materials(owed),
            team=self._team(visit_id, lead),
            experts=tuple(self._adviser(row) for row in self._advice[visit_id]),
            shortages=tuple(
                Shortage(row["department"], row["kind"], row["reason"]) for row in self._shortages[visit_id]
            ),
        )

    def _place(self, object_id: str) -> Place:
        known = self._objects.get(object_id, {})
        subject = self._objects.get(known.get("subject_id") or "", {})
        # Of a thing, whoever answers for it opens the door.
        told = {name: known.get(name) or subject.get(name) or "" for name in ("legal_rep", "phone", "address")}
        return Place(
            object_id=object_id,
            code=known.get("uscc") or "",
            name=known.get("name") or object_id,
            kind=known.get("object_kind") or "",
            subject=subject.get("name") or "",
            representative=squeeze(told["legal_rep"]),
            phone=told["phone"],
            address=told["address"],
            operating_address=known.get("operating_address") or "",
            town=known.get("town") or "",
        )

    def _checks(self, owed: list[Row]) -> tuple[Check, ...]:
        together: dict[str, list[Row]] = defaultdict(list)
        for row in owed:
            code: str = row["item_code"]
            together[self._same.get(code, code)].append(row)
        return tuple(self._check(rows) for rows in together.values())

    def _check(self, rows: list[Row]) -> Check:
        codes = list(dict.fromkeys(row["item_code"] for row in rows))
        items = [self._items.get(code, {}) for code in codes]
        return Check(
            departments=_once(row["department"] for row in rows),
            items=tuple((code, item.get("item_name") or code) for code, item in zip(codes, items, strict=True)),
            basis=_once(item.get("legal_basis") or "" for item in items),
            content=_once(point for item in items for point in item.get("content") or ()),
            methods=_once(item.get("guide_method") or "" for item in items),
            ways=_once(self._ways.get(row["plan_row_id"], "") for row in rows),
            commissioned=_once(
                (row["department"], way)
                for row in rows
                for way in self._items.get(row["item_code"], {}).get("methods") or ()
                if way in COMMISSIONED
            ),
            reported=_once((row["department"], row["task_id"], row["plan_row_id"], row["item_code"]) for row in rows),
        )

    def _materials(self, owed: list[Row]) -> tuple[Material, ...]:
        return asked_once(
            (row["department"], text)
            for row in owed
            for text in self._items.get(row["item_code"], {}).get("materials") or ()
        )

    def _team(self, visit_id: str, lead: str) -> tuple[Member, ...]:
        members = [self._member(row) for row in self._teams[visit_id]]
        return tuple(sorted(members, key=lambda one: (one.department != lead, one.department, not one.is_leader)))

    def _member(self, row: Row) -> Member:
        person = self._people.get(row["person_id"], {})
        return Member(
            person_id=row["person_id"],
            department=row["department"],
            name=squeeze(person.get("name")) + (f"（{row['lender']}）" if row["lender"] else ""),
            certificate=person.get("certificate_no") or "",
            is_leader=row["is_leader"],
            is_specialist=row["is_specialist"],
        )

    def _adviser(self, row: Row) -> Adviser:
        expert = self._experts.get(row["expert_id"], {})
        return Adviser(
            name=squeeze(expert.get("name")),
            employer=expert.get("employer") or "",
            title=expert.get("title") or "",
            specialty=row["specialty"],
        )


def _of_visits(objects: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Return the objects visited and those that answer for them: a tenth of a county's."""
    visited = objects.join(visits, on="object_id", how="semi")
    subjects = objects.join(visited, left_on="object_id", right_on="subject_id", how="semi")
    return pl.concat([visited, subjects]).unique("object_id")


def _by(key: str, frame: pl.DataFrame) -> dict[str, Row]:
    return {row[key]: row for row in frame.iter_rows(named=True)}


def _all_by(key: str, frame: pl.DataFrame) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        found[row[key]].append(row)
    return found


def _once(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return what is there, each once, in order."""
    return tuple(dict.fromkeys(value for value in values if value))
