"""Leaders (组长): one per visit, drawn from the lead department's drawn people (policy IV.2)."""

from collections.abc import Mapping
from itertools import groupby

import polars as pl

from onevisit.draw.ceremony import key
from onevisit.visits.match import draw_teams, loads_of
from onevisit.visits.told import Drawing


def leaders_of(
    teams: pl.DataFrame,
    visits: pl.DataFrame,
    tasks: pl.DataFrame,
    seeds: Mapping[str, str],
    carried: Mapping[str, int] | None = None,
    *,
    told: list[Drawing] | None = None,
) -> pl.DataFrame:
    """Return visit and commitment of every leader; a visit whose lead department is short has none.

    Leading is evened out over the year, task after task within each round; `carried` is how often
    everybody, by commitment, leads already; `told` is told every drawing.
    """
    task_of_row = tasks.explode("plan_rows", empty_as_null=True).select("task_id", opened_by="plan_rows")
    candidates = (
        visits.select("visit_id", "serial", "opened_by", department="lead_department")
        .join(task_of_row, on="opened_by")
        .join(teams.select("visit_id", "department", "commitment"), on=["visit_id", "department"])
        .group_by("serial", "task_id", "visit_id")
        .agg("commitment")
        .sort("serial", "task_id", "visit_id")
    )
    loads = dict(carried or {})
    leaders: list[tuple[str, str]] = []
    for (serial, task_id), rows in groupby(candidates.iter_rows(), key=lambda row: row[:2]):
        demands = {visit_id: (frozenset(people),) for _, _, visit_id, people in rows}
        named = {visit_id.partition("-")[2]: visit_id for visit_id in demands}
        drawing = Drawing(serial, f"leaders/{task_id}", loads)
        lot_key = key(seeds[serial], drawing.lot)
        asked = {one: demands[named[one]] for one in named}
        drawn = draw_teams(asked, lot_key=lot_key, start=loads, account=drawing.account)
        if told is not None:
            told.append(drawing)
        loads = loads_of(drawn, loads)
        leaders.extend((named[one], drawn[one][0]) for one in sorted(drawn))
    return pl.DataFrame(leaders, schema={"visit_id": pl.String, "commitment": pl.String}, orient="row")


def with_leaders(teams: pl.DataFrame, leaders: pl.DataFrame) -> pl.DataFrame:
    """Mark the leaders among the people drawn."""
    chosen = leaders.with_columns(is_leader=pl.lit(value=True))
    return (
        teams.join(chosen, on=["visit_id", "commitment"], how="left")
        .with_columns(pl.col("is_leader").fill_null(value=False))
        .sort("visit_id", "department", "person_id")
    )
