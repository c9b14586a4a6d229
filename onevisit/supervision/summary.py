"""The first page of the report: five figures, three findings, three requests, chosen by size.

All of it goes on one page of GB/T 9704-2012: a finding or a request takes two lines, and says less where it would
take three.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.supervision.measures import REGISTRY_TITLES, ROWS_OF, WHOLE_COUNTY
from onevisit.supervision.scores import counts_of, percent, permille, ratio_of
from onevisit.text import breadth

FINDINGS = 3
TWO_LINES = 49.0
"""Characters that two lines hold: 28 each, less the indent and the number, and what breaks of lines leave empty."""

_SEAMS = re.compile(r"[\u4e00-\u9fff](?=\w(?<![\u4e00-\u9fff]))|[\w%](?<![\u4e00-\u9fff])(?=[\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the numbers on the first page."""

    label: str
    value: str
    note: str


def figures(scores: pl.DataFrame, expectations: pl.DataFrame, problems: pl.DataFrame) -> tuple[Figure, ...]:
    """Return the five numbers: objects, inspectors, rows taken, measures met, problems."""
    living, merged = counts_of(scores, WHOLE_COUNTY, "objects.register_living")
    eligible, officers = counts_of(scores, WHOLE_COUNTY, "inspectors.eligible")
    _, people = counts_of(scores, WHOLE_COUNTY, ROWS_OF["inspectors"])
    accepted = [
        counts_of(scores, WHOLE_COUNTY, f"{registry}.accepted") for registry in ("objects", "inspectors", "items")
    ]
    kept, read = (sum(part) for part in zip(*accepted, strict=True))
    asked = judged(expectations).filter(pl.col("department") != WHOLE_COUNTY)
    met = asked.filter("is_met").height
    unmet = problems.filter("is_unmet").height
    concerned = problems.filter(pl.col("department") != WHOLE_COUNTY)["department"].n_unique()
    return (
        Figure("检查对象", f"{merged:,}户", f"合并各部门名录后，存续{living:,}户（{ratio_of(living, merged)}）"),
        Figure(
            "执法检查人员",
            f"{people:,}行",
            f"执法人员{officers:,}行，可派出{eligible:,}行（{ratio_of(eligible, officers)}）",
        ),
        Figure("报送行采用率", ratio_of(kept, read), f"读入{read:,}行，采用{kept:,}行，退回{read - kept:,}行"),
        Figure("指标达标率", ratio_of(met, asked.height), f"各部门{asked.height:,}项次，达标{met:,}项次"),
        Figure("待整改问题", f"{problems.height:,}条", f"未达标指标{unmet:,}条，涉及{concerned}个部门"),
    )


def findings(expectations: pl.DataFrame) -> tuple[str, ...]:
    """Return the largest shortfalls in words, the whole county's before single departments'.

    Each registry's largest comes before any registry's second, so that one weak list does not hide the others.
    """
    short = (
        _short(expectations)
        .with_columns(is_county=pl.col("department") == WHOLE_COUNTY)
        .sort("is_county", "gap", "unexpected_count", "key", "suite", descending=[True, True, True, False, False])
        .with_columns(turn=pl.int_range(pl.len()).over("registry", "is_county"))
        .sort("is_county", "turn", "gap", descending=[True, False, True], maintain_order=True)
        .head(FINDINGS)
    )
    return tuple(finding(row, _lowest(row, expectations)) for row in short.iter_rows(named=True))


def finding(short: Mapping[str, Any], lowest: str) -> str:
    """Return an expectation that is not met in words; `lowest` tells of departments, empty where it is one's own."""
    who, registry = short["department"], REGISTRY_TITLES[short["registry"]]
    what = (
        f"“{short['measure']}”为{percent(short['observed'])}，"
        f"要求{percent(short['threshold'])}，{short['unexpected_count']:,}行不符"
    )
    return _fitting(
        f"{who}{registry}{what}{f'；{lowest}' if lowest else ''}。", f"{who}{registry}{what}。", f"{who}{what}。"
    )


def requests(expectations: pl.DataFrame, problems: pl.DataFrame) -> tuple[str, ...]:
    """Return what the departments with the most unmet expectations are to be made to do, their largest gap first."""
    unmet = pl.concat(
        [_short(expectations), expectations.filter(~pl.col("is_met"), pl.col("threshold").is_null())],
        how="diagonal",
    ).filter(pl.col("department") != WHOLE_COUNTY)
    counts = unmet.group_by("department").agg(unmet=pl.len())
    totals = problems.group_by("department").agg(total=pl.len())
    first = counts.join(totals, on="department").sort("unmet", "total", "department", descending=[True, True, False])
    said: list[str] = []
    first_keys: set[str] = set()
    for row in first.head(FINDINGS).iter_rows(named=True):
        own = unmet.filter(pl.col("department") == row["department"]).sort(
            "gap", "key", descending=[True, False], nulls_last=True
        )
        # What every list lacks stands first in every request; the next largest says more of the department.
        at = next((at for at, key in enumerate(own["key"]) if key not in first_keys), 0)
        first_keys.add(own["key"][at])
        said.append(request(row["department"], row["total"], row["unmet"], own["measure"][at]))
    return tuple(said)


def request(department: str, total: int, unmet: int, first: str) -> str:
    """Return what the joint conference is asked to have a department do."""
    text = f"请督促{department}整改{total:,}条问题（其中未达标指标{unmet}项）"
    return _fitting(f"{text}，先改“{first}”。", f"{text}。")


def judged(expectations: pl.DataFrame) -> pl.DataFrame:
    """Return the expectations that had something to judge: rows that were looked at, or the size of a list."""
    return expectations.filter(pl.col("observed").is_not_null() | pl.col("threshold").is_null())


def room(text: str) -> float:
    """Return how many characters' room a text takes on paper, the quarter set between Chinese and digits included."""
    return breadth(text) + 0.25 * len(_SEAMS.findall(text))


def _fitting(*forms: str) -> str:
    """Return the first form that goes on two lines, or the last."""
    return next((form for form in forms if room(form) <= TWO_LINES), forms[-1])


def _short(expectations: pl.DataFrame) -> pl.DataFrame:
    """Return the unmet expectations with how far they fall short, in tenths of a percent as printed."""
    printed = {name: pl.col(name).map_elements(permille, return_dtype=pl.Int64) for name in ("threshold", "observed")}
    return expectations.filter(~pl.col("is_met"), pl.col("threshold").is_not_null()).with_columns(
        gap=printed["threshold"] - printed["observed"]
    )


def _lowest(short: Mapping[str, Any], expectations: pl.DataFrame) -> str:
    """Return which department is worst of what the whole county falls short of; empty where there is none to name."""
    apart = expectations.filter(
        pl.col("key") == short["key"], pl.col("department") != WHOLE_COUNTY, pl.col("observed").is_not_null()
    ).sort("observed", "department")
    if short["department"] != WHOLE_COUNTY or apart.is_empty():
        return ""
    if apart["observed"].n_unique() == 1 and apart.height > 1:
        return "各部门都一样"
    return f"最低的是{apart['department'][0]}，{percent(apart['observed'][0])}"
