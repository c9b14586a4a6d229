"""Teams that stand: who was drawn for a visit stays drawn, whatever the registries become later.

The sealed log has one JSON line per seat, append-only. A unit is one department on one visit; where a
unit was drawn anew, because one of its people has to stay away now, its later lines count.
"""

import json
from collections.abc import Mapping, Sequence

import polars as pl

from onevisit.tables import polars_schema
from onevisit.visits.demand import Duty
from onevisit.visits.staff import Staff
from onevisit.visits.tables import Teams

UNIT = ["visit_id", "department"]


def read_standing(log_text: str) -> pl.DataFrame:
    """Return the seats of a log with the take each was drawn in; the last take of a unit counts."""
    schema = {**polars_schema(Teams), "take": pl.Int64}
    rows = [json.loads(line) for line in log_text.splitlines()]
    seats = pl.DataFrame(rows, schema=schema)
    return seats.filter(pl.col("take") == pl.col("take").max().over(UNIT))


def kept(standing: pl.DataFrame, duties: Sequence[Duty], staff: Mapping[str, Staff]) -> pl.DataFrame:
    """Return the seats that still hold, under today's ids of persons.

    A unit goes when the visit does, and is drawn anew when one of its people has to stay away from the
    object (回避). Whatever else the register says by now of somebody, a seat once drawn is kept.
    """
    ids: dict[str, str] = dict(
        pair for one in staff.values() for pair in one.people.select("name", "person_id").iter_rows()
    )
    serials = {duty.visit_id: duty.serial for duty in duties}
    due = {(duty.visit_id, duty.department) for duty in duties}
    lost = {
        (visit_id, department)
        for visit_id, department, name in standing.select(*UNIT, "commitment").iter_rows()
        if (visit_id, department) not in due
        or object_of(visit_id) in staff[serials[visit_id]].avoided.get(name, frozenset())
    }
    units = pl.DataFrame(sorted(lost), schema=dict.fromkeys(UNIT, pl.String), orient="row")
    today = pl.col("commitment").replace_strict(ids, return_dtype=pl.String)
    return standing.join(units, on=UNIT, how="anti").with_columns(person_id=today)


def object_of(visit_id: str) -> str:
    """Return the object of a visit: between the round's and the visit's number."""
    return visit_id.partition("-")[2].rpartition("-")[0]


def loads_of(seats: pl.DataFrame) -> dict[str, int]:
    """Return how many seats everybody holds."""
    return dict(seats.group_by("commitment").len().sort("commitment").iter_rows())


def new_lines(teams: pl.DataFrame, standing: pl.DataFrame) -> str:
    """Return the lines to append for the units that the log does not hold as they are now."""
    told = [*UNIT, "commitment", "is_leader"]
    changed = pl.concat(
        [
            teams.join(standing, on=told, how="anti").select(UNIT),
            standing.join(teams, on=told, how="anti").join(teams, on=UNIT, how="semi").select(UNIT),
        ]
    ).unique()
    takes = standing.group_by(UNIT).agg(pl.col("take").max())
    seats = (
        teams.join(changed, on=UNIT, how="semi")
        .join(takes, on=UNIT, how="left")
        .with_columns(take=pl.col("take").fill_null(0) + 1)
        .sort(*UNIT, "commitment")
    )
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in seats.iter_rows(named=True))
