"""Grouping: an object's checks into the fewest visits (进一次门、查多项事).

Earliest deadline first with a cap on items gives the fewest visits there are: move each visit to the
day the first unserved check must be done by, and fill it with the checks that end soonest. The
printed lower bound proves it object by object, without trusting this file.
"""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

import polars as pl

Window = tuple[date, date]

_GROUP = ["serial", "object_id", "alone"]


def fewest_visits(windows: Sequence[Window], *, max_items: int) -> list[int]:
    """Return the number of the visit, from 0, that serves each window; visits come in order of their day.

    Every visit is possible on one day within all the windows it serves, and serves at most
    `max_items`. No grouping needs fewer visits.
    """
    order = sorted(range(len(windows)), key=lambda i: (windows[i][1], windows[i][0], i))
    visit = dict[int, int]()
    count = 0
    for first in order:
        if first in visit:
            continue
        day = windows[first][1]
        fitting = [i for i in order if i not in visit and windows[i][0] <= day]
        visit.update(dict.fromkeys(fitting[:max_items], count))
        count += 1
    return [visit[i] for i in range(len(windows))]


def lower_bound(windows: Sequence[Window], *, max_items: int) -> int:
    """Return a number of visits that no grouping can stay below.

    Checks that must be done within a range of days need ceil(checks / cap) visits in that range, and
    ranges that do not overlap share no visit: the best sum over such ranges.
    """
    best = dict[date, int]()
    starts = sorted({start for start, _ in windows})
    for end in sorted({end for _, end in windows}):
        sums = [max(best.values(), default=0)]
        for start in (start for start in starts if start <= end):
            inside = sum(start <= first and last <= end for first, last in windows)
            before = max((known for day, known in best.items() if day < start), default=0)
            sums.append(before - (-inside // max_items))
        best[end] = max(sums)
    return max(best.values(), default=0)


def with_visits(obligations: pl.DataFrame, submitted: pl.DataFrame, *, max_items: int) -> pl.DataFrame:
    """Add `visit_id` to obligations; null where nobody needs to come to the door.

    Checks meet only within a round: a later round cannot change what an earlier one fixed. A plan
    row marked exclusive (a surprise or sensitive check) keeps its door to itself.
    """
    doors = _numbered(_grouped(obligations, submitted), max_items=max_items)
    opening = doors.group_by(*_GROUP, "number", maintain_order=True).agg(
        pl.col("ends_on").min(), pl.col("starts_on").max(), pl.col("plan_row_id").first()
    )
    ordinal = pl.int_range(1, pl.len() + 1).over("serial", "object_id")
    named = opening.sort("serial", "object_id", "ends_on", "starts_on", "plan_row_id", "alone", "number").with_columns(
        visit_id=pl.format(
            "{}-{}-{}",
            pl.col("serial").str.split("-").list.get(2),
            "object_id",
            ordinal.cast(pl.String).str.zfill(2),
        )
    )
    place = ["serial", "object_id", "task_id", "plan_row_id", "department", "item_code"]
    served = doors.join(named.select(*_GROUP, "number", "visit_id"), on=[*_GROUP, "number"]).select(*place, "visit_id")
    return obligations.join(served, on=place, how="left").sort(place)


def visits_of(
    obligations: pl.DataFrame, tasks: pl.DataFrame, submitted: pl.DataFrame, *, max_items: int
) -> pl.DataFrame:
    """Return one row per visit, with the proof that its object cannot do with fewer in the round."""
    doors = _grouped(obligations, submitted)
    visits = doors.group_by("visit_id", "serial", "object_id", maintain_order=True).agg(
        task_ids=pl.col("task_id").unique().sort(),
        departments=pl.col("department").unique().sort(),
        item_codes=pl.col("item_code").unique().sort(),
        starts_on=pl.col("starts_on").max(),
        ends_on=pl.col("ends_on").min(),
        opened_by=pl.col("plan_row_id").first(),
        opening_task=pl.col("task_id").first(),
        opening_department=pl.col("department").first(),
    )
    bounds = _bounds(doors, max_items=max_items)
    return (
        _led(visits, tasks, submitted)
        .join(bounds, on=["serial", "object_id"])
        .with_columns(object_visits=pl.len().over("serial", "object_id").cast(pl.Int64))
        .with_columns(is_proven=pl.col("object_visits") == pl.col("lower_bound"))
        .sort("visit_id")
    )


def _grouped(obligations: pl.DataFrame, submitted: pl.DataFrame) -> pl.DataFrame:
    exclusive = submitted.filter("is_exclusive").get_column("plan_row_id").to_list()
    is_alone = pl.col("plan_row_id").is_in(exclusive)
    return (
        obligations.filter("is_on_site")
        .with_columns(alone=pl.when(is_alone).then("plan_row_id").otherwise(pl.lit("")))
        .sort(*_GROUP, "ends_on", "starts_on", "task_id", "plan_row_id", "department", "item_code")
    )


def _spans(doors: pl.DataFrame, *, max_items: int) -> pl.DataFrame:
    """Tell, group by group, whether one visit serves all: nearly always, so it is settled without a loop."""
    return doors.group_by(_GROUP).agg(
        is_one_visit=(pl.col("starts_on").max() <= pl.col("ends_on").min()) & (pl.len() <= max_items)
    )


def _numbered(doors: pl.DataFrame, *, max_items: int) -> pl.DataFrame:
    doors = doors.join(_spans(doors, max_items=max_items), on=_GROUP, maintain_order="left")
    easy = doors.filter("is_one_visit").with_columns(number=pl.lit(0, pl.Int64))
    hard = doors.filter(~pl.col("is_one_visit"))
    numbers = [number for windows in _windows(hard).values() for number in fewest_visits(windows, max_items=max_items)]
    return pl.concat([easy, hard.with_columns(number=pl.Series(numbers, dtype=pl.Int64))])


def _bounds(doors: pl.DataFrame, *, max_items: int) -> pl.DataFrame:
    doors = doors.join(_spans(doors, max_items=max_items), on=_GROUP, maintain_order="left")
    hard = doors.filter(~pl.col("is_one_visit"))
    rows = [(*group, lower_bound(windows, max_items=max_items)) for group, windows in _windows(hard).items()]
    schema = {"serial": pl.String, "object_id": pl.String, "alone": pl.String, "least": pl.Int64}
    easy = doors.filter("is_one_visit").select(*_GROUP, least=pl.lit(1, pl.Int64)).unique()
    return (
        pl.concat([easy, pl.DataFrame(rows, schema=schema, orient="row")])
        .group_by("serial", "object_id")
        .agg(lower_bound=pl.col("least").sum())
    )


def _windows(doors: pl.DataFrame) -> dict[tuple[str, str, str], list[Window]]:
    rows = doors.select(*_GROUP, "starts_on", "ends_on").iter_rows()
    return {group: [(row[3], row[4]) for row in one] for group, one in groupby(rows, key=lambda row: row[:3])}


def _led(visits: pl.DataFrame, tasks: pl.DataFrame, submitted: pl.DataFrame) -> pl.DataFrame:
    """Name the lead: of the task that forced the visit, else of its plan row, else who had to come by then.

    A merged task also draws objects its lead has nothing to check at; 谁发起、谁牵头 then holds for the row.
    """
    leads = tasks.select(opening_task="task_id", task_lead="lead_department")
    initiators = submitted.select(opened_by="plan_row_id", initiator="department")
    candidates = [
        pl.when(pl.col("departments").list.contains(pl.col(name))).then(name)
        for name in ("task_lead", "initiator", "opening_department")
    ]
    return (
        visits.join(leads, on="opening_task", how="left")
        .join(initiators, on="opened_by", how="left")
        .with_columns(lead_department=pl.coalesce(candidates))
    )
