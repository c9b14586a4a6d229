"""The yearly review by Great Expectations: every measure against its threshold, and the sizes of lists.

pandera keeps the contracts of the tables and blocks; this judges how good the lists are, and warns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from onevisit.county import County, Department, Registry
from onevisit.supervision.measures import WHOLE_COUNTY, Grain, Measure
from onevisit.supervision.scores import percent
from onevisit.supervision.tables import Expectations
from onevisit.tables import frame_of

if TYPE_CHECKING:
    from onevisit.supervision.engine import Asked, AskedSize, Engine, Verdict

_GRAIN_TITLES: dict[Grain, str] = {
    "objects": "检查对象名录",
    "subjects": "检查对象名录（主体）",
    "register": "合并名录",
    "inspectors": "执法检查人员名录",
    "items": "抽查事项清单",
    "plan": "年度抽查计划",
    "filed_objects": "检查对象名录报送",
    "filed_inspectors": "执法检查人员名录报送",
    "filed_items": "抽查事项清单报送",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows a department's list plausibly has."""

    registry: Registry
    name: str
    title: str
    meaning: str
    least: int
    most: int | None

    @property
    def key(self) -> str:
        """Return the stable key: `objects.rows`."""
        return f"{self.registry}.{self.name}"


@dataclass(frozen=True, slots=True)
class _Suite:
    """What is asked of one frame of one department."""

    grain: Grain
    department: str
    frame: pl.DataFrame
    measures: tuple[tuple[Measure, float], ...]
    sizes: tuple[Size, ...] = ()

    @property
    def name(self) -> str:
        return f"{_GRAIN_TITLES[self.grain]} {self.department}"


def review(
    frames: Mapping[Grain, pl.DataFrame],
    measures: Sequence[Measure],
    *,
    county: County,
    last_year: Mapping[str, int],
    docs: Path | None = None,
) -> pl.DataFrame:
    """Return the table of expectations: the whole county's suites first, then each department's.

    `last_year` is the number of rows on each department's 检查对象名录 a year ago; a department that
    is not in it had none and is not compared. With a folder `docs`, Great Expectations writes its own pages of the
    review there (Data Docs): counts, no value of a row.
    """
    # Great Expectations takes seconds to import: only a run of the review pays for it.
    from onevisit.supervision.engine import Engine  # noqa: PLC0415

    engine = Engine(docs)
    suites = _suites(frames, measures, county=county, last_year=last_year)
    judged = frame_of(Expectations, [row for suite in suites for row in _judged(engine, suite)])
    if docs:
        engine.document()
    return judged


def _suites(
    frames: Mapping[Grain, pl.DataFrame], measures: Sequence[Measure], *, county: County, last_year: Mapping[str, int]
) -> Iterator[_Suite]:
    grains: list[Grain] = list(dict.fromkeys(measure.grain for measure in measures))
    by_grain = {grain: [measure for measure in measures if measure.grain == grain] for grain in grains}
    for grain in grains:
        shares = tuple((measure, county.review.share(measure.registry, measure.name)) for measure in by_grain[grain])
        yield _Suite(grain, WHOLE_COUNTY, frames[grain], shares)
    for department in county.departments:
        for grain in grains:
            own = [measure for measure in by_grain[grain] if not measure.is_county_wide]
            shares = tuple(
                (measure, county.review.share(measure.registry, measure.name, department.key)) for measure in own
            )
            if own:
                frame = frames[grain].filter(pl.col("department") == department.name)
                sizes = _sizes(grain, department, county=county, last_year=last_year)
                yield _Suite(grain, department.name, frame, shares, sizes)


def _sizes(grain: Grain, department: Department, *, county: County, last_year: Mapping[str, int]) -> tuple[Size, ...]:
    if grain == "inspectors":
        least = county.review.least_inspectors
        return (Size("inspectors", "rows", "名录行数", f"执法检查人员名录不少于{least}行", least, None),)
    if grain != "objects":
        return ()
    least, most = department.expected_objects
    sizes = [Size("objects", "rows", "名录行数", f"检查对象名录应有{least:,}至{most:,}行", least, most)]
    if before := last_year.get(department.name, 0):
        change = county.review.last_year_change
        least, most = round(before * (1 - change)), round(before * (1 + change))
        meaning = f"上年{before:,}行，增减超过{change:.0%}应说明（{least:,}至{most:,}行）"
        sizes.append(Size("objects", "rows_last_year", "与上年行数相比", meaning, least, most))
    return tuple(sizes)


def _judged(engine: Engine, suite: _Suite) -> list[dict[str, object]]:
    verdicts = engine.judge(suite.name, suite.frame, _asked(suite))
    return [
        *(_sized(suite, size, verdicts[size.key]) for size in suite.sizes),
        *(_measured(suite, measure, share, verdicts[measure.key]) for measure, share in suite.measures),
    ]


def _asked(suite: _Suite) -> dict[str, Asked | AskedSize]:
    from onevisit.supervision.engine import Asked, AskedSize  # noqa: PLC0415

    shares = {measure.key: Asked(measure.column, measure.condition, share) for measure, share in suite.measures}
    sizes = {size.key: AskedSize(size.least, size.most) for size in suite.sizes}
    return {**shares, **sizes}


def _measured(suite: _Suite, measure: Measure, share: float, verdict: Verdict) -> dict[str, object]:
    passed = verdict.looked_at - verdict.unexpected
    return {
        "suite": suite.name,
        "department": suite.department,
        "registry": measure.registry,
        "key": measure.key,
        "measure": measure.title,
        "expectation": verdict.expectation,
        "column": measure.column,
        "meaning": f"{measure.about}，不低于{percent(share)}",
        "threshold": share,
        "observed": passed / verdict.looked_at if verdict.looked_at else None,
        "unexpected_count": verdict.unexpected,
        "is_met": verdict.is_met,
    }


def _sized(suite: _Suite, size: Size, verdict: Verdict) -> dict[str, object]:
    rows = verdict.looked_at
    return {
        "suite": suite.name,
        "department": suite.department,
        "registry": size.registry,
        "key": size.key,
        "measure": size.title,
        "expectation": verdict.expectation,
        "column": None,
        "meaning": size.meaning,
        "threshold": None,
        "observed": None,
        "unexpected_count": max(size.least - rows, 0 if size.most is None else rows - size.most, 0),
        "is_met": verdict.is_met,
    }
