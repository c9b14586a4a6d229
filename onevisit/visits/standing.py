"""Who was drawn stays drawn: inspectors and experts, whatever the registers become later.

Sealed logs have one JSON line per seat, append-only, with its alternate. A unit is one department's, or
one task's experts', part of a visit; where a unit changed, because somebody has to stay away now or an
alternate may not come any more, its later lines (its next take) count.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from onevisit.tables import Table, conform, polars_schema
from onevisit.visits.alternates import Bench, relieved, with_alternates
from onevisit.visits.demand import Duty
from onevisit.visits.tables import Alternates, ExpertAssignments, Teams

Unit = tuple[str, str]
"""Visit, and the department or the task."""

Parts = dict[str, list[dict[str, Any]]]
"""Department or task -> its seats on one visit."""


@dataclass(frozen=True, slots=True)
class Log:
    """What a sealed log holds: a table's rows, each with its alternate and its take."""

    model: type[Table]
    unit: tuple[str, str]
    """The columns that name a unit."""

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The columns of a seat."""
        text = pl.String()
        return {**polars_schema(self.model), "alternate": text, "alternate_ticket": text, "take": pl.Int64()}

    def read(self, text: str) -> pl.DataFrame:
        """Return the seats of a log; the last take of a unit counts."""
        seats = pl.DataFrame([json.loads(line) for line in text.splitlines()], schema=self.schema)
        return seats.filter(pl.col("take") == pl.col("take").max().over(self.unit))

    def seats(self, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
        """Return seats from records; what a record does not say is null."""
        return pl.DataFrame(rows, schema=self.schema)

    def new_lines(self, now: pl.DataFrame, standing: pl.DataFrame) -> str:
        """Return the lines to append for the units that the log does not hold as they are now."""
        told = [one for one in self.schema if one in _TOLD or one in self.unit]

        def unlike(these: pl.DataFrame, those: pl.DataFrame) -> pl.DataFrame:
            return these.join(those, on=told, how="anti", nulls_equal=True)

        shrunk = unlike(standing, now).join(now, on=self.unit, how="semi")
        changed = pl.concat([frame.select(self.unit) for frame in (unlike(now, standing), shrunk)]).unique()
        takes = standing.group_by(self.unit).agg(pl.col("take").max())
        seats = (
            now.drop("take")
            .join(changed, on=self.unit, how="semi")
            .join(takes, on=self.unit, how="left")
            .with_columns(take=pl.col("take").fill_null(0) + 1)
            .select(list(self.schema))
            .sort(*self.unit, "commitment", "ticket")
        )
        return "".join(
            json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in seats.iter_rows(named=True)
        )


TEAMS = Log(Teams, ("visit_id", "department"))
EXPERTS = Log(ExpertAssignments, ("visit_id", "task_id"))

_TOLD = ("commitment", "specialty", "is_leader", "alternate", "replaces")
"""What a later take must differ in."""


@dataclass(frozen=True, slots=True)
class Post:
    """A unit as it can be filled today."""

    bench: Bench
    seats_of: Callable[[str], list[dict[str, Any]]]
    """A newcomer's commitment -> the seats he or she takes."""


def kept(standing: pl.DataFrame, log: Log, due: AbstractSet[Unit], ids: Mapping[str, str]) -> pl.DataFrame:
    """Return the seats whose unit is still due, under today's ids of persons or experts.

    Whatever else a register says by now of somebody, a seat once drawn is kept; who is on none any more
    keeps the id of the day of the draw.
    """
    id_column = "person_id" if "person_id" in log.schema else "expert_id"
    units = pl.DataFrame(sorted(due), schema=dict.fromkeys(log.unit, pl.String), orient="row")
    today = pl.col("commitment").replace_strict(dict(ids), default=pl.col(id_column), return_dtype=pl.String)
    return standing.join(units, on=log.unit, how="semi").with_columns(today.alias(id_column))


PostOf = Callable[[Unit, list[dict[str, Any]], frozenset[str]], Post]
"""A unit, its seats, and who sits in other units of the visit -> how it can be filled today."""


def after_recusals(
    seats: pl.DataFrame, log: Log, post_of: PostOf, reasons: Mapping[tuple[str, str], str]
) -> pl.DataFrame:
    """Return the seats after everybody recused has left and somebody else has come.

    Args:
        seats: what stands, as `kept` gives it.
        log: which log they are of.
        post_of: how each unit can be filled.
        reasons: (id of a person or expert, object) -> why the two are kept apart.

    Units are seen in their order. One that no people can field any more has no seats: it is drawn anew,
    or a named shortage.
    """
    loads = loads_of(seats)
    now: list[dict[str, Any]] = []
    for visit_id, parts in _visits(seats, log).items():
        for part, rows in parts.items():
            left = dict(_leaving(rows, reasons))
            if left:
                post = post_of((visit_id, part), rows, _elsewhere(parts, part))
                parts[part] = relieved(rows, left, post.bench, loads, post.seats_of)
            now += parts[part]
    return log.seats(now)


def renewed(seats: pl.DataFrame, log: Log, post_of: PostOf) -> pl.DataFrame:
    """Return the seats, each with an alternate who may come today, where anybody may; who may, stays alternate."""
    loads = loads_of(seats)
    now: list[dict[str, Any]] = []
    for visit_id, parts in _visits(seats, log).items():
        for part, rows in parts.items():
            post = post_of((visit_id, part), rows, _elsewhere(parts, part))
            now += with_alternates(rows, post.bench, loads)
    return log.seats(now)


def open_duties(
    duties: Sequence[Duty], stands: pl.DataFrame, standing: pl.DataFrame, present: AbstractSet[str]
) -> list[Duty]:
    """Return the duties without a team, each without those who sit in another department's team of the visit.

    Where a team of the log stands no more, nobody left who may be sent today (`present`, by commitment)
    could make it legal again: of such a duty only they are told, for the shortage.
    """
    sitting = dict(stands.group_by("visit_id").agg("commitment").iter_rows())
    fielded, fallen = (set(one.select(TEAMS.unit).iter_rows()) for one in (stands, standing))

    def may_come(name: str, unit: Unit) -> bool:
        return name not in sitting.get(unit[0], ()) and (unit not in fallen or name in present)

    return [
        replace(
            duty,
            people=tuple(one for one in duty.people if may_come(one.name, unit)),
            pools=tuple(
                replace(pool, people=tuple(one for one in pool.people if may_come(one.name, unit)))
                for pool in duty.pools
            ),
        )
        for duty in duties
        if (unit := (duty.visit_id, duty.department)) not in fielded
    ]


def alternates_of(
    teams: pl.DataFrame, experts: pl.DataFrame, departments: Mapping[Unit, str], ids: Mapping[str, str]
) -> pl.DataFrame:
    """Return the table of alternates from the seats of both logs.

    `departments` says of every call for experts, by visit and task, which department needs them; `ids` are
    today's, by commitment.
    """
    needing = pl.DataFrame(
        [(*unit, department) for unit, department in departments.items()],
        schema=dict.fromkeys((*EXPERTS.unit, "department"), pl.String),
        orient="row",
    )
    today = pl.col("commitment").replace_strict(dict(ids), default=None, return_dtype=pl.String)
    rows = pl.concat(
        [
            seats.filter(pl.col("alternate").is_not_null())
            .select(
                "visit_id",
                "department",
                kind=pl.lit(kind),
                replaces="commitment",
                commitment="alternate",
                ticket="alternate_ticket",
            )
            .with_columns(today.alias(id_column))
            .unique()
            for kind, id_column, seats in (
                ("inspectors", "person_id", teams),
                ("experts", "expert_id", experts.join(needing, on=EXPERTS.unit)),
            )
        ],
        how="diagonal",
    )
    return conform(Alternates, rows.sort("visit_id", "kind", "department", "replaces", "ticket"))


def object_of(visit_id: str) -> str:
    """Return the object of a visit: between the round's and the visit's number."""
    return visit_id.partition("-")[2].rpartition("-")[0]


def loads_of(seats: pl.DataFrame) -> dict[str, int]:
    """Return to how many units everybody goes."""
    unit = "department" if "department" in seats.columns else "task_id"
    held = seats.select("visit_id", unit, "commitment").unique()
    return dict(held.group_by("commitment").len().sort("commitment").iter_rows())


def _leaving(rows: Sequence[Mapping[str, Any]], reasons: Mapping[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    for row in rows:
        who = row.get("person_id") or row.get("expert_id")
        reason = reasons.get((str(who), object_of(row["visit_id"])))
        if reason:
            yield row["commitment"], reason


def _visits(seats: pl.DataFrame, log: Log) -> dict[str, Parts]:
    ordered = seats.sort(*log.unit, "commitment", *(one for one in ("specialty",) if one in log.schema))
    visits: dict[str, Parts] = {}
    for row in ordered.iter_rows(named=True):
        visits.setdefault(row[log.unit[0]], {}).setdefault(row[log.unit[1]], []).append(row)
    return visits


def _elsewhere(parts: Parts, part: str) -> frozenset[str]:
    """Return who sits in the other parts of the same visit."""
    return frozenset(row["commitment"] for other, rows in parts.items() if other != part for row in rows)
