"""Experts (专家): drawn on top of the legal minimum of inspectors, never counted towards it (policy IV.1)."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import polars as pl

from onevisit.draw.ceremony import key
from onevisit.errors import problem
from onevisit.visits.alternates import Bench, with_alternates
from onevisit.visits.lots import ticket
from onevisit.visits.match import Seats, can_fill, draw_teams, loads_of
from onevisit.visits.staff import Staff
from onevisit.visits.standing import Post, Unit
from onevisit.visits.told import Drawing


@dataclass(frozen=True, slots=True)
class Expert:
    """One expert; `name` is the commitment that lots see."""

    expert_id: str
    name: str
    specialty: str


@dataclass(frozen=True, slots=True)
class Call:
    """A task's call for experts on one visit."""

    visit_id: str
    serial: str
    task_id: str
    department: str
    fields: tuple[tuple[str, ...], ...]
    """Per item that needs an expert: the specialties that will do."""
    experts: tuple[Expert, ...]
    """Valid and unrecused experts of any of these fields."""

    @property
    def visit(self) -> str:
        """The visit as tickets name it: object id and ordinal, without the round."""
        return self.visit_id.partition("-")[2]

    @property
    def lot(self) -> str:
        """What the lot's key is of."""
        return f"experts/{self.task_id}"

    @property
    def seats(self) -> Seats:
        """One seat per field; who suits a narrower field sits for the wider one too. Empty when short."""
        suited = {frozenset(one.name for one in self.experts if one.specialty in field) for field in self.fields}
        narrowest = [seat for seat in suited if not any(other < seat for other in suited)]
        seats = tuple(sorted(narrowest, key=lambda seat: (len(seat), sorted(seat))))
        return seats if can_fill(seats) else ()


def calls_of(*, visits: pl.DataFrame, obligations: pl.DataFrame, staff: Mapping[str, Staff]) -> list[Call]:
    """Return every call for experts, in order of round, task and visit.

    Which fields an item calls for at an object is frozen with the round's `staff` (by serial). A field
    needed by two tasks of a visit is called for once, by the first task.
    """
    registers = {serial: _register(one) for serial, one in staff.items()}
    calls: list[Call] = []
    for (visit_id, serial, object_id, task_id), rows in groupby(
        _needs(visits, obligations, staff), lambda row: row[:4]
    ):
        wanted = [(department, tuple(fields)) for *_, department, fields in rows]
        fields = tuple(sorted({one for _, one in wanted}))
        suited = tuple(
            one
            for one in registers[serial]
            if any(one.specialty in field for field in fields)
            and object_id not in staff[serial].avoided.get(one.name, ())
        )
        calls.append(Call(visit_id, serial, task_id, wanted[0][0], fields, suited))
    return sorted(calls, key=lambda call: (call.serial, call.task_id, call.visit_id))


def assigned_experts(
    calls: Sequence[Call],
    seeds: Mapping[str, str],
    carried: Mapping[str, int] | None = None,
    *,
    told: list[Drawing] | None = None,
) -> list[dict[str, Any]]:
    """Return a record per expert drawn and field, with the expert's alternate and the alternate's ticket.

    The load is evened out over the year; `carried` is how often everybody, by commitment, goes already;
    `told` is told every drawing.
    """
    loads = dict(carried or {})
    rows: list[dict[str, Any]] = []
    for _, unit in groupby((call for call in calls if call.seats), lambda call: (call.serial, call.task_id)):
        called = {call.visit: call for call in unit}
        first = next(iter(called.values()))
        drawing = Drawing(first.serial, first.lot, loads)
        lot_key = _lot_key(first, seeds)
        asked = {visit: call.seats for visit, call in called.items()}
        drawn = draw_teams(asked, lot_key=lot_key, start=loads, account=drawing.account)
        if told is not None:
            told.append(drawing)
        loads = loads_of(drawn, loads)
        for visit, call in called.items():
            seats = [row for name in drawn[visit] for row in _seat_rows(call, name, lot_key)]
            rows += with_alternates(seats, _bench(call, frozenset(one.name for one in call.experts), lot_key), loads)
    return sorted(rows, key=lambda row: (str(row["visit_id"]), str(row["expert_id"]), str(row["specialty"])))


def expert_posts(
    calls: Sequence[Call], staff: Mapping[str, Staff], seeds: Mapping[str, str], present: AbstractSet[str]
) -> Callable[[Unit, list[dict[str, Any]], frozenset[str]], Post]:
    """Return how each call that stands can be answered today, for `standing.after_recusals`.

    `present` are the commitments of those who are on the register today.
    """
    call_of = {(call.visit_id, call.task_id): call for call in calls}
    registers = {serial: _register(one) for serial, one in staff.items()}

    def post_of(unit: Unit, rows: list[dict[str, Any]], _: frozenset[str]) -> Post:
        call = call_of[unit]
        lot_key = _lot_key(call, seeds)
        drawn = {row["commitment"] for row in rows}
        members = tuple(one for one in registers[call.serial] if one.name in drawn and one not in call.experts)
        free = frozenset(one.name for one in call.experts if one.name in present)
        known = replace(call, experts=(*call.experts, *members))
        return Post(_bench(known, free, lot_key), lambda name: _seat_rows(call, name, lot_key))

    return post_of


def expert_shortages(calls: Sequence[Call]) -> list[dict[str, object]]:
    """Return a record for every call that no expert can answer."""
    return [
        {
            "visit_id": call.visit_id,
            "department": call.department,
            "kind": "experts",
            "needed": len(call.fields),
            "eligible": len(call.experts),
            "reason": problem(
                "V005", department=call.department, fields="；".join("、".join(f) for f in call.fields)
            ).reason,
        }
        for call in calls
        if not call.seats
    ]


def _lot_key(call: Call, seeds: Mapping[str, str]) -> str:
    return key(seeds[call.serial], call.lot)


def _bench(call: Call, candidates: frozenset[str], lot_key: str) -> Bench:
    """Return who may be called: of every field that the call names, somebody must come."""
    held: dict[str, set[str]] = {}
    for one in call.experts:
        held.setdefault(one.name, set()).add(one.specialty)

    def is_legal(team: Sequence[str]) -> bool:
        return all(any(not held[name].isdisjoint(field) for name in team) for field in call.fields)

    return Bench(call.visit, lot_key, candidates, is_legal)


def _seat_rows(call: Call, name: str, lot_key: str) -> list[dict[str, Any]]:
    """Return an expert's records on a visit, one a field; the fields are those that the call names."""
    return [
        {
            "visit_id": call.visit_id,
            "task_id": call.task_id,
            "expert_id": one.expert_id,
            "commitment": name,
            "specialty": one.specialty,
            "ticket": ticket(lot_key, call.visit, name),
        }
        for one in call.experts
        if one.name == name
    ]


def _register(staff: Staff) -> list[Expert]:
    rows = staff.experts.select("expert_id", "name", "field").sort("name", "field").iter_rows()
    return [Expert(expert_id, name, specialty) for expert_id, name, specialty in rows]


def _needs(visits: pl.DataFrame, obligations: pl.DataFrame, staff: Mapping[str, Staff]) -> Sequence[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for serial, one in sorted(staff.items()):
        needing = one.demands.filter("expert").select(item_code="code").unique()
        fields = (
            one.fields.sort("field").group_by(item_code="code", object_id="id", maintain_order=True).agg(fields="field")
        )
        rows += (
            obligations.filter(pl.col("visit_id").is_not_null())
            .join(visits.filter(pl.col("serial") == serial).select("visit_id"), on="visit_id")
            .select("visit_id", "object_id", "task_id", "department", "item_code")
            .join(needing, on="item_code")
            .join(fields, on=["item_code", "object_id"], how="left")
            .with_columns(pl.col("fields").fill_null([]), serial=pl.lit(serial))
            .sort("visit_id", "task_id", "department", "item_code")
            .unique(["visit_id", "fields"], keep="first", maintain_order=True)
            .select("visit_id", "serial", "object_id", "task_id", "department", "fields")
            .rows()
        )
    return rows
