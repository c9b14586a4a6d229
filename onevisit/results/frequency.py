"""Frequency warnings: the same business visited at the door again too soon (频次预警).

Drawn visits and other filed checks count alike; checks with a cause (complaints, leads, orders from
above, re-checks) do not.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from onevisit.county import County, WarningRules
from onevisit.errors import problem
from onevisit.registries.cells import dated, stated
from onevisit.registries.finding import find_objects, findable
from onevisit.results.tables import FrequencyWarnings, OtherChecks
from onevisit.tables import conform, frame_of

_CHECK = ["object_id", "task_id", "plan_row_id", "department", "item_code"]


@dataclass(frozen=True, slots=True, order=True)
class Occasion:
    """One time somebody stood at a business's door."""

    on: dt.date
    what: str
    """入户 with its id, or 其他检查 with its record, in Chinese."""
    departments: tuple[str, ...]


Occasions = Mapping[str, Sequence[Occasion]]
"""Object -> the times somebody came, in order of day."""


def other_checks(filed: pl.DataFrame, sources: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the filed checks that were not drawn, as the table `OtherChecks`; `sources` is the crosswalk."""
    found = filed.with_columns(object_id=find_objects(filed, findable(sources, county)), cause=stated(pl.col("cause")))
    has_cause = pl.col("cause").str.contains_any(county.plan.frequency.exempt_words).fill_null(value=False)
    reason = (
        pl.when(pl.col("object_id").is_null())
        .then(pl.lit(problem("E060").reason))
        .when(has_cause)
        .then(pl.format("“{}”属于因故检查，不计入频次。", "cause"))
    )
    judged = found.with_columns(
        record_id=stated(pl.col("source_id")),
        checked_by=stated(pl.col("checked_by")).fill_null(pl.col("department")),
        checked_on=dated(pl.col("checked_on")),
        reason=reason,
    ).with_columns(is_counted=pl.col("reason").is_null())
    return conform(OtherChecks, judged).sort("department", "file", "sheet", "row")


def occasions_of(
    obligations: pl.DataFrame, findings: pl.DataFrame, others: pl.DataFrame, *, exempt_rows: Iterable[str]
) -> Occasions:
    """Return when somebody came to each business: visits that were made, and other checks that count.

    A visit is one occasion, on the first day of its results, however many departments came. A check that
    one of them filed of the same day is the same visit told twice.
    """
    occasions: defaultdict[str, list[Occasion]] = defaultdict(list)
    made = (
        obligations.filter("is_on_site", ~pl.col("plan_row_id").is_in(list(exempt_rows)))
        .join(findings.select(*_CHECK, "checked_on"), on=_CHECK)
        .group_by("object_id", "visit_id")
        .agg(on=pl.col("checked_on").min(), departments=pl.col("department").unique().sort())
        .sort("object_id", "on", "visit_id")
    )
    for object_id, visit, on, departments in made.iter_rows():
        occasions[object_id].append(Occasion(on, f"{on} 入户{visit}（{'、'.join(departments)}）", tuple(departments)))
    counted = others.filter("is_counted").sort("object_id", "checked_on", "checked_by", "record_id")
    for object_id, on, by, record in counted.select("object_id", "checked_on", "checked_by", "record_id").iter_rows():
        if not any(one.on == on and by in one.departments for one in occasions[object_id]):
            occasions[object_id].append(Occasion(on, f"{on} 其他检查{record or ''}（{by}）", (by,)))
    return {object_id: sorted(several) for object_id, several in sorted(occasions.items())}


def joined(*years: Occasions) -> Occasions:
    """Return the occasions of several years as one."""
    objects = sorted({object_id for year in years for object_id in year})
    return {object_id: sorted(one for year in years for one in year.get(object_id, ())) for object_id in objects}


def frequency_warnings(occasions: Occasions, rules: WarningRules, *, year: int) -> pl.DataFrame:
    """Return the table `FrequencyWarnings` of a year; an earlier year's occasions may be among those given."""
    rows = [
        _business(object_id, one, other)
        for object_id, several in occasions.items()
        for one, other in pairwise(several)
        if other.on.year == year and (other.on - one.on).days <= rules.within_days
    ]
    warned = {str(row["object_id"]) for row in rows}
    if len(warned) >= rules.county_from:
        rows.append(_county(len(warned), rules))
    return frame_of(FrequencyWarnings, rows)


def _business(object_id: str, one: Occasion, other: Occasion) -> dict[str, object]:
    days = (other.on - one.on).days
    said = problem("E061", value=object_id, days=days)
    return {
        "scope": "business",
        "object_id": object_id,
        "first_on": one.on,
        "second_on": other.on,
        "day_count": days,
        "business_count": 1,
        "departments": sorted({*one.departments, *other.departments}),
        "occasions": [one.what, other.what],
        "reason": said.reason,
        "fix": said.fix,
    }


def _county(count: int, rules: WarningRules) -> dict[str, object]:
    said = problem("E062", count=count, days=rules.within_days, most=rules.county_from)
    nothing = dict.fromkeys(("object_id", "first_on", "second_on", "day_count"))
    lists: dict[str, object] = {"departments": [], "occasions": []}
    return {"scope": "county", "business_count": count, "reason": said.reason, "fix": said.fix, **nothing, **lists}
