"""A case with everything the review makes of it."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.county import County
from onevisit.supervision.measures import measures
from onevisit.supervision.problems import problems
from onevisit.supervision.records import records
from onevisit.supervision.report import Report, build_report
from onevisit.supervision.review import review
from onevisit.supervision.scores import scores
from tests.onevisit.supervision import samples


@dataclass(frozen=True)
class Reviewed:
    """A case and everything the review makes of it."""

    county: County
    case: samples.Case
    scores: pl.DataFrame
    expectations: pl.DataFrame
    problems: pl.DataFrame
    report: Report


def reviewed(case: samples.Case, county: County, **last_year: int) -> Reviewed:
    asked = measures(county, samples.TODAY)
    frames = records(case.registers, today=samples.TODAY, due=samples.DUE)
    tables: dict[str, Any] = {
        "scores": scores(frames, asked, departments=county.department_names),
        "expectations": review(frames, asked, county=county, last_year=last_year),
    }
    tables["problems"] = problems(frames, asked, tables["expectations"], case.evidence, county=county)
    report = build_report(county=county, year=2027, today=samples.TODAY, measures=asked, last_year=last_year, **tables)
    return Reviewed(county=county, case=case, report=report, **tables)
