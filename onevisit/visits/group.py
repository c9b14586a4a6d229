"""Grouping: an object's checks into the fewest visits (进一次门、查多项事).

Earliest deadline first with a cap on items gives the fewest visits there are: move each visit to the
day the first unserved check must be done by, and fill it with the checks that end soonest. A cap on
departments, or days that must lie between two visits, can cost that a visit: where it may have, every
grouping is tried. The printed lower bound proves it object by object, without trusting the order in
which checks were taken.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple, NotRequired, TypedDict, Unpack

import polars as pl

TRIED_UP_TO = 12
"""With more checks than this at one object not every grouping is tried: it may stay unproven."""

_OBJECT = ["serial", "object_id"]
_GROUP = [*_OBJECT, "alone"]


class Check(NamedTuple):
    """A check owed at the door of one object."""

    first: date
    last: date
    department: str = ""
    alone: str = ""
    """Checks may share a visit where this is the same: the plan row of an exclusive one, else empty."""


class Limits(TypedDict):
    """What a visit, and two visits to one object, are held to."""

    max_items: int
    max_departments: NotRequired[int | None]
    min_days: NotRequired[int | None]
    """Days from one visit to the next at least: from the 1st to the 6th are five."""


def fewest_visits(checks: Sequence[Check], **limits: Unpack[Limits]) -> list[int]:
    """Return the number of the visit, from 0, that serves each check of one object.

    Every visit is possible on one day within all the windows it serves, and keeps to the caps. No
    grouping needs fewer visits on days far enough apart; where none has such days, none needs fewer
    whatever the days. With more than `TRIED_UP_TO` checks either may be missed.
    """
    taken = _soonest_first(checks, limits)
    apart = limits.get("min_days") or 0
    is_fewest = not limits.get("max_departments") or max(taken) + 1 == lower_bound(checks, **limits)
    if len(checks) > TRIED_UP_TO or (is_fewest and days_apart(_spans(checks, taken), apart) is not None):
        return taken
    tried = _tried(checks, limits, apart)
    if tried is None and not is_fewest:
        tried = _tried(checks, limits, 0)
    return taken if tried is None else tried


def lower_bound(checks: Sequence[Check], **limits: Unpack[Limits]) -> int:
    """Return a number of visits that no grouping can stay below.

    Checks that must be done within a range of days need ceil(checks / cap) visits in that range, and
    ceil(departments / cap); ranges that do not overlap share no visit: the best sum over such ranges.
    """
    kinds = sorted({check.alone for check in checks})
    return sum(_bound([check for check in checks if check.alone == kind], limits) for kind in kinds)


def days_apart(choices: Sequence[Sequence[int]], apart: int) -> list[int] | None:
    """Return a day for each visit, of its days to choose from, so that any two are `apart` days apart.

    Days are numbers (date.toordinal()), ascending. None when there are no such days, or with more than
    `TRIED_UP_TO` visits.
    """
    if len(choices) > TRIED_UP_TO:
        return None
    # Served visits -> the earliest day the last of them can have, and the days of all.
    reached: dict[int, tuple[int, dict[int, int]]] = {0: (-apart, {})}
    for _ in choices:
        further: dict[int, tuple[int, dict[int, int]]] = {}
        for served, (day, days) in reached.items():
            for one, own in enumerate(choices):
                place = bisect_left(own, day + apart)
                mask = served | 1 << one
                if mask == served or place == len(own):
                    continue
                if mask not in further or own[place] < further[mask][0]:
                    further[mask] = own[place], {**days, one: own[place]}
        reached = further
    return next(([days[one] for one in range(len(choices))] for _, days in reached.values()), None)


def with_visits(obligations: pl.DataFrame, submitted: pl.DataFrame, **limits: Unpack[Limits]) -> pl.DataFrame:
    """Add `visit_id` to obligations; null where nobody needs to come to the door.

    Checks meet only within a round: a later round cannot change what an earlier one fixed. A plan
    row marked exclusive (a surprise or sensitive check) keeps its door to itself.
    """
    doors = _numbered(_grouped(obligations, submitted), limits)
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
    obligations: pl.DataFrame, tasks: pl.DataFrame, submitted: pl.DataFrame, **limits: Unpack[Limits]
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
    bounds = _bounds(doors, limits)
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


def _with_ease(doors: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Add whether each kind of an object's checks is one visit: nearly always, so it is settled without a loop."""
    most = limits.get("max_departments")
    groups = doors.group_by(_GROUP).agg(
        is_easy=(pl.col("starts_on").max() <= pl.col("ends_on").min())
        & (pl.len() <= limits["max_items"])
        & (pl.lit(value=True) if most is None else pl.col("department").n_unique() <= most)
    )
    # Visits of different kinds must keep their days apart too.
    is_easy = pl.col("is_easy").all() & (pl.lit(value=True) if not limits.get("min_days") else pl.len() == 1)
    eased = groups.with_columns(is_easy.over(_OBJECT))
    return doors.join(eased, on=_GROUP, maintain_order="left")


def _numbered(doors: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    doors = _with_ease(doors, limits)
    hard = doors.filter(~pl.col("is_easy"))
    numbers = [number for checks in _checks(hard).values() for number in fewest_visits(checks, **limits)]
    easy = doors.filter("is_easy").with_columns(number=pl.lit(0, pl.Int64))
    return pl.concat([easy, hard.with_columns(number=pl.Series(numbers, dtype=pl.Int64))])


def _bounds(doors: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    doors = _with_ease(doors, limits)
    hard = doors.filter(~pl.col("is_easy"))
    made: dict[tuple[Any, ...], int] = {
        row[:2]: row[2] for row in hard.group_by(_OBJECT).agg(pl.col("visit_id").n_unique()).iter_rows()
    }
    rows = [(*place, _least(checks, made[place], limits)) for place, checks in _checks(hard).items()]
    schema = {"serial": pl.String, "object_id": pl.String, "lower_bound": pl.Int64}
    easy = doors.filter("is_easy").group_by(_OBJECT).agg(lower_bound=pl.col("alone").n_unique().cast(pl.Int64))
    return pl.concat([easy, pl.DataFrame(rows, schema=schema, orient="row")])


def _least(checks: Sequence[Check], made: int, limits: Limits) -> int:
    """Return the best bound at hand: what no grouping stays below, else what trying them all has found."""
    bound = lower_bound(checks, **limits)
    if made == bound or len(checks) > TRIED_UP_TO:
        return bound
    for apart in (limits.get("min_days") or 0, 0):
        if (tried := _tried(checks, limits, apart)) is not None:
            return max(tried) + 1
    return bound


def _checks(doors: pl.DataFrame) -> dict[tuple[Any, ...], list[Check]]:
    """Return the checks of each object, in the order of the rows."""
    rows = doors.select(*_OBJECT, "starts_on", "ends_on", "department", "alone").iter_rows()
    return {place: [Check(*row[2:]) for row in one] for place, one in groupby(rows, key=lambda row: row[:2])}


def _soonest_first(checks: Sequence[Check], limits: Limits) -> list[int]:
    order = sorted(range(len(checks)), key=lambda i: (checks[i].last, checks[i].first, i))
    visit = dict[int, int]()
    count = 0
    for opening in order:
        if opening in visit:
            continue
        _, day, _, kind = checks[opening]
        fitting = (i for i in order if i not in visit and checks[i].first <= day and checks[i].alone == kind)
        visit.update(dict.fromkeys(_within_caps(checks, list(fitting), limits), count))
        count += 1
    return [visit[i] for i in range(len(checks))]


def _within_caps(checks: Sequence[Check], fitting: Sequence[int], limits: Limits) -> Iterator[int]:
    most = limits.get("max_departments") or len(fitting)
    departments = set[str]()
    items = 0
    for i in fitting:
        if items < limits["max_items"] and len(departments | {checks[i].department}) <= most:
            departments.add(checks[i].department)
            items += 1
            yield i


def _spans(checks: Sequence[Check], visit: Sequence[int]) -> list[range]:
    """Return the days on which each visit is possible."""
    members = [[check for check, one in zip(checks, visit, strict=True) if one == n] for n in range(max(visit) + 1)]
    return [_span(those) for those in members]


def _span(checks: Sequence[Check]) -> range:
    first, last = max(check.first for check in checks), min(check.last for check in checks)
    return range(first.toordinal(), last.toordinal() + 1)


def _tried(checks: Sequence[Check], limits: Limits, apart: int) -> list[int] | None:
    """Return the fewest visits on days `apart` days apart, by trying all visits in any order; None if there are none.

    Of all ways to serve some checks with so many visits, only the one whose last visit can be soonest
    matters for what follows.
    """
    whole = (1 << len(checks)) - 1
    visits = _possible_visits(checks, limits)
    reached: dict[int, tuple[int, tuple[int, ...]]] = {0: (-apart, ())}
    while reached:
        for served, (day, parts) in reached.items():
            days = visits.get(whole ^ served, range(0))
            if days and max(days[0], day + apart) <= days[-1]:
                return _numbers([*parts, whole ^ served], len(checks))
        reached = _one_more(reached, visits, whole, apart)
    return None


def _one_more(
    reached: Mapping[int, tuple[int, tuple[int, ...]]], visits: Mapping[int, range], whole: int, apart: int
) -> dict[int, tuple[int, tuple[int, ...]]]:
    further: dict[int, tuple[int, tuple[int, ...]]] = {}
    for served, (day, parts) in reached.items():
        part = left = whole ^ served
        while part := (part - 1) & left:
            days = visits.get(part)
            if days is None or (on := max(days[0], day + apart)) > days[-1]:
                continue
            if (known := further.get(served | part)) is None or on < known[0]:
                further[served | part] = on, (*parts, part)
    return further


def _possible_visits(checks: Sequence[Check], limits: Limits) -> dict[int, range]:
    """Return the days of every set of checks, by mask, that can be one visit."""
    most = limits.get("max_departments") or len(checks)
    visits = dict[int, range]()
    for mask in range(1, 1 << len(checks)):
        members = [check for i, check in enumerate(checks) if mask >> i & 1]
        is_within = len(members) <= limits["max_items"] and len({check.department for check in members}) <= most
        if is_within and len({check.alone for check in members}) == 1 and (days := _span(members)):
            visits[mask] = days
    return visits


def _numbers(parts: Sequence[int], count: int) -> list[int]:
    return [next(n for n, part in enumerate(parts) if part >> i & 1) for i in range(count)]


def _bound(checks: Sequence[Check], limits: Limits) -> int:
    best = dict[date, int]()
    starts = sorted({check.first for check in checks})
    for end in sorted({check.last for check in checks}):
        sums = [max(best.values(), default=0)]
        for start in (start for start in starts if start <= end):
            inside = [check for check in checks if start <= check.first and check.last <= end]
            before = max((known for day, known in best.items() if day < start), default=0)
            sums.append(before + _visits_for(inside, limits))
        best[end] = max(sums)
    return max(best.values(), default=0)


def _visits_for(checks: Sequence[Check], limits: Limits) -> int:
    departments = {check.department for check in checks}
    most = limits.get("max_departments") or max(len(departments), 1)
    return max(-(-len(checks) // limits["max_items"]), -(-len(departments) // most))


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
