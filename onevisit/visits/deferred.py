"""Frequency caps: how often one department may come to one object in a year, and an item be checked there.

无事不扰: what is over a cap is deferred, listed with its reason, and gets no visit; people decide what
becomes of it. General checks are deferred before key ones, and among equals the one with most time
left. Checks with a cause (complaints, leads, orders from above, re-checks) are neither counted nor
deferred. Rounds are settled in their order: a later round never takes back a visit of an earlier one,
and an earlier one counts against a later.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

import polars as pl

from onevisit.county import County
from onevisit.errors import problem
from onevisit.tables import conform, frame_of
from onevisit.visits.group import Limits, with_visits
from onevisit.visits.tables import Deferred

CHECK = ["serial", "object_id", "task_id", "plan_row_id", "department", "item_code"]
"""What names a check owed."""


@dataclass(frozen=True, slots=True)
class Caps:
    """The caps of a year's checks, and which plan rows they do not touch."""

    departments: Mapping[str, int]
    """Department -> visits a year to one object."""
    items: pl.DataFrame
    """item_code, tier, frequency_max (checks a year of one object, null = no limit)."""
    exempt_rows: Sequence[str]


@dataclass(frozen=True, slots=True)
class Formed:
    """The checks that are kept, with their visits, and those deferred: together all that is owed."""

    kept: pl.DataFrame
    deferred: pl.DataFrame


def caps_of(county: County, *, items: pl.DataFrame, submitted: pl.DataFrame) -> Caps:
    """Return the caps that the county's settings and the list of record set a plan."""
    rules = county.plan.frequency
    return Caps(
        departments={department.name: rules.limit(department) for department in county.departments},
        items=items.select("item_code", "tier", "frequency_max"),
        exempt_rows=exempt_rows(submitted, rules.exempt_words),
    )


def exempt_rows(submitted: pl.DataFrame, words: Iterable[str]) -> list[str]:
    """Return the plan rows whose task name or note says that they are checks with a cause."""
    text = pl.concat_str("task_name", "note", ignore_nulls=True)
    return submitted.filter(text.str.contains_any(list(words)))["plan_row_id"].sort().to_list()


def within_caps(owed: pl.DataFrame, submitted: pl.DataFrame, caps: Caps, **limits: Unpack[Limits]) -> Formed:
    """Return what is kept, grouped into visits, and what is deferred, of all checks owed in a year."""
    kept, deferred = with_visits(owed.clear(), submitted, **limits), list[pl.DataFrame]()
    for serial in owed["serial"].unique().sort():
        left = owed.filter(pl.col("serial") == serial)
        while True:
            formed = with_visits(left, submitted, **limits)
            over = _over(kept, formed, caps)
            if over.is_empty():
                break
            # Without them the others may fall into other visits: look again.
            deferred.append(left.join(over, on=CHECK))
            left = left.join(over, on=CHECK, how="anti")
        kept = pl.concat([kept, formed])
    return Formed(kept.sort(CHECK), _table(deferred))


def over_caps(obligations: pl.DataFrame, caps: Caps) -> pl.DataFrame:
    """Return every (object, department or item) that has more visits or checks than its cap."""
    every = _marked(obligations, caps, is_new=True)
    visits = _visits(every).group_by("object_id", name="department").agg(count=pl.len(), cap=pl.col("cap").first())
    checks = _checks(every).group_by("object_id", name="item_code").agg(count=pl.len(), cap=pl.col("cap").first())
    return pl.concat([visits, checks]).filter(pl.col("count") > pl.col("cap")).sort("object_id", "name")


def _over(earlier: pl.DataFrame, formed: pl.DataFrame, caps: Caps) -> pl.DataFrame:
    """Return the checks of a round that are over a cap, those over the item's own before the department's."""
    every = pl.concat([_marked(earlier, caps, is_new=False), _marked(formed, caps, is_new=True)])
    checks = _surplus(_checks(every), ["object_id", "item_code"])
    if not checks.is_empty():
        return _named(every, checks, ["object_id", "item_code", "occasion"], kind="item")
    visits = _surplus(_visits(every), ["object_id", "department"])
    return _named(every, visits, ["object_id", "department", "occasion"], kind="department")


def _marked(obligations: pl.DataFrame, caps: Caps, *, is_new: bool) -> pl.DataFrame:
    """Add to each check its tier, whether it has a cause, and its occasion: the visit, else the task."""
    return obligations.join(caps.items, on="item_code", how="left", maintain_order="left").with_columns(
        is_exempt=pl.col("plan_row_id").is_in(list(caps.exempt_rows)),
        is_key=(pl.col("tier") == "key").fill_null(value=False),
        is_new=pl.lit(is_new),
        occasion=pl.coalesce("visit_id", pl.concat_str("serial", "task_id", separator="|")),
        visits_max=pl.col("department").replace_strict(caps.departments, return_dtype=pl.Int64),
    )


def _checks(every: pl.DataFrame) -> pl.DataFrame:
    counted = every.filter(~pl.col("is_exempt") & pl.col("frequency_max").is_not_null())
    return _units(counted.with_columns(cap="frequency_max"), "item_code")


def _visits(every: pl.DataFrame) -> pl.DataFrame:
    # Who comes for a cause anyway disturbs nobody more by looking at something else too.
    units = _units(every.filter("is_on_site").with_columns(cap="visits_max"), "department")
    return units.filter(~pl.col("is_exempt"))


def _units(checks: pl.DataFrame, name: str) -> pl.DataFrame:
    return checks.group_by("object_id", name, "occasion").agg(
        pl.col("cap").first(),
        pl.col("is_new").any(),
        pl.col("is_key").any(),
        pl.col("is_exempt").any(),
        pl.col("ends_on").min(),
        pl.col("starts_on").max(),
    )


def _surplus(units: pl.DataFrame, pair: list[str]) -> pl.DataFrame:
    """Return the units of this round beyond the cap of their pair: key ones stay first, then what ends first."""
    ranked = units.sort(
        *pair, "is_new", "is_key", "ends_on", "starts_on", "occasion",
        descending=[False, False, False, True, False, False, False],
    )  # fmt: skip
    is_over = pl.int_range(pl.len()).over(pair) >= pl.col("cap")
    return ranked.filter(is_over & pl.col("is_new"))


def _named(every: pl.DataFrame, units: pl.DataFrame, unit: list[str], *, kind: str) -> pl.DataFrame:
    checks = every.filter("is_new" if kind == "item" else pl.col("is_new") & pl.col("is_on_site"))
    found = checks.filter(~pl.col("is_exempt")).join(units.select(*unit, "cap"), on=unit)
    return found.select(*CHECK, "cap", "is_key", cap_kind=pl.lit(kind))


def _table(deferred: Sequence[pl.DataFrame]) -> pl.DataFrame:
    if not deferred:
        return frame_of(Deferred, [])
    every = pl.concat(deferred)
    told = [
        problem(
            "V006" if kind == "department" else "V007",
            department=department,
            item=item,
            cap=cap,
            tier="重点检查事项" if is_key else "一般检查事项",
        )
        for kind, department, item, cap, is_key in every.select(
            "cap_kind", "department", "item_code", "cap", "is_key"
        ).iter_rows()
    ]
    with_reasons = every.with_columns(
        reason=pl.Series([one.reason for one in told], dtype=pl.String),
        fix=pl.Series([one.fix for one in told], dtype=pl.String),
    )
    return conform(Deferred, with_reasons).sort(CHECK)
