"""A case with everything the review makes of it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.county import County
from onevisit.plan.tables import Capacity, TaskItems
from onevisit.registries.tables import Changes, Experts, Judgements, Objects
from onevisit.supervision.background import Background
from onevisit.supervision.measures import measures
from onevisit.supervision.mending import Answer, Today, data_fingerprint, follow_ups
from onevisit.supervision.problems import problems
from onevisit.supervision.records import records
from onevisit.supervision.report import Report, build_report
from onevisit.supervision.review import review
from onevisit.supervision.scores import scores
from onevisit.supervision.tables import FollowUps
from onevisit.tables import frame_of
from tests.onevisit.supervision import samples


@dataclass(frozen=True)
class Reviewed:
    """A case and everything the review makes of it."""

    county: County
    case: samples.Case
    scores: pl.DataFrame
    expectations: pl.DataFrame
    problems: pl.DataFrame
    follow_ups: pl.DataFrame
    report: Report


DUE_ON = dt.date(2027, 12, 13)


def around(case: samples.Case, scores: pl.DataFrame) -> Background:
    """Return what the report tells besides, of a county that has no other years."""
    filed = case.registers.filed
    return Background(
        registers=case.registers,
        interests=case.evidence.interests,
        judgements=frame_of(Judgements, []),
        changes=frame_of(Changes, []),
        capacity=frame_of(Capacity, []),
        experts=frame_of(Experts, []),
        task_items=frame_of(TaskItems, []),
        objects_before=frame_of(Objects, []),
        scores_by_year={2027: scores},
        fingerprints={"检查对象名录（采用的行）": (filed.height, data_fingerprint([filed]))},
        fingerprint=data_fingerprint([filed]),
    )


def followed(
    problems: pl.DataFrame,
    before: pl.DataFrame | None = None,
    earlier: pl.DataFrame | None = None,
    answered: dict[str, Answer] | None = None,
    *,
    year: int = 2027,
    fingerprint: str = "now",
) -> pl.DataFrame:
    """Return the follow-ups of a review; nothing was found before, and nothing answered, unless it is said."""
    nothing = frame_of(FollowUps, [])
    today = Today(year, samples.TODAY, DUE_ON, fingerprint)
    frames = (nothing if frame is None else frame for frame in (before, earlier))
    return follow_ups(problems, *frames, answered or {}, today)


def reviewed(case: samples.Case, county: County, **last_year: int) -> Reviewed:
    asked = measures(county, samples.TODAY)
    frames = records(case.registers, today=samples.TODAY, due=samples.DUE)
    tables: dict[str, Any] = {
        "scores": scores(frames, asked, departments=county.department_names),
        "expectations": review(frames, asked, county=county, last_year=last_year),
    }
    tables["problems"] = problems(frames, asked, tables["expectations"], case.evidence, county=county)
    tables["follow_ups"] = followed(tables["problems"])
    report = build_report(
        county=county,
        year=2027,
        today=samples.TODAY,
        measures=asked,
        last_year=last_year,
        objects=frames["objects"],
        around=around(case, tables["scores"]),
        **tables,
    )
    return Reviewed(county=county, case=case, report=report, **tables)
