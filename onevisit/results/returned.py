"""Who checked, when the team scanned in, what follows, and reports of others: read from a filed row.

A row that names who entered it (录入人) is a full return and must hold all of it; an older file without
these columns is judged by what it holds.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from onevisit.errors import Problem, problem
from onevisit.results import vocabulary
from onevisit.text import fold, parse_date, split_list, squeeze

_MOMENT = re.compile(r"(.+?)[ T](\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Known:
    """What a return is held against."""

    teams: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict[tuple[str, str], frozenset[str]])
    """(visit, department) -> certificate numbers of the team."""
    staff: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Department -> certificate numbers of its inspectors."""
    drawn_on: Mapping[str, dt.date] = field(default_factory=dict[str, dt.date])
    """Visit -> day of its draw."""
    reports: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """(department, file) -> SHA-256 of a report in its folder 附件."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What was read of a row already."""

    department: str
    checked_on: dt.date | None
    types: tuple[str, ...]
    disposal: str | None
    is_disposed: bool
    visit_id: str | None
    """None where no door is needed."""


def known_of(
    teams: pl.DataFrame, inspectors: pl.DataFrame, deadlines: pl.DataFrame, reports: Mapping[tuple[str, str], str]
) -> Known:
    """Return what returns are held against, from visits.teams, registries.inspectors and visits.deadlines."""
    named = _named(inspectors)
    staff = named.explode("departments").group_by("departments").agg("certificate_no").iter_rows()
    return Known(
        teams={post: frozenset(numbers) for post, numbers in certificates_of(teams, inspectors).items()},
        staff={department: frozenset(numbers) for department, numbers in staff},
        drawn_on=dict(deadlines.select("visit_id", "drawn_on").iter_rows()),
        reports=reports,
    )


def certificates_of(teams: pl.DataFrame, inspectors: pl.DataFrame) -> dict[tuple[str, str], list[str]]:
    """Return the certificate numbers of each visit's team: (visit, department) -> numbers, sorted."""
    seats = teams.select("visit_id", "department", "person_id").join(_named(inspectors), on="person_id")
    of_team = seats.group_by("visit_id", "department").agg(pl.col("certificate_no").sort())
    return {(visit, department): numbers for visit, department, numbers in of_team.iter_rows()}


def _named(inspectors: pl.DataFrame) -> pl.DataFrame:
    people = inspectors.select("person_id", "departments", pl.col("certificate_no").map_elements(squeeze, pl.String))
    return people.filter(pl.col("certificate_no") != "")


def returned_of(
    row: Mapping[str, Any], told: Returned, known: Known, *, today: dt.date
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the columns of a finding that a return adds, and what is wrong with them."""
    is_full = bool(fold(row["entered_by"]))
    problems: list[Problem] = []
    inspectors = [squeeze(one) for one in split_list(row["inspectors"])]
    problems += _who(row, inspectors, told, known, is_full=is_full)
    scanned_at = _scanned(row, told, known, problems, is_full=is_full)
    days = {name: _day(row, name, title, problems) for name, title in _DAYS.items()}
    problems += _what_follows(row, days, told, today, is_full=is_full)
    report, sha256 = fold(row["report_file"]), squeeze(row["report_sha256"]).lower()
    problems += _report(report, sha256, told, known)
    return {
        "entered_by": fold(row["entered_by"]) or None,
        "inspectors": inspectors,
        "substitute_reason": fold(row["substitute_reason"]) or None,
        "scanned_at": scanned_at,
        "scanned_place": fold(row["scanned_place"]) or None,
        "disposal_to": fold(row["disposal_to"]) or None,
        **days,
        "report_file": report or None,
        "report_sha256": sha256 or known.reports.get((told.department, report)),
    }, problems


_DAYS = {"dispose_by": "处置期限", "disposed_on": "处置完结日期"}


def _who(
    row: Mapping[str, Any], inspectors: list[str], told: Returned, known: Known, *, is_full: bool
) -> Iterator[Problem]:
    """Find who is missing, unknown, or not of the team and without a reason; numbers stay out of messages."""
    if told.visit_id is None:
        return
    column = "检查人员"
    if not inspectors:
        if is_full:
            yield problem("E015", column=column)
        return
    team = known.teams.get((told.visit_id, told.department), frozenset())
    others = [one for one in inspectors if one not in team]
    strangers = [one for one in others if one not in known.staff.get(told.department, frozenset())]
    if strangers:
        yield problem("E014", column=column, count=len(strangers))
    elif others and not fold(row["substitute_reason"]):
        yield problem("E016", column=column, count=len(others))


def _scanned(
    row: Mapping[str, Any], told: Returned, known: Known, problems: list[Problem], *, is_full: bool
) -> str | None:
    """Return when the team scanned in; a blank is a mistake only where a door was opened."""
    filed, column = fold(row["scanned_at"]), "到场扫码时间"
    if not filed:
        if is_full and told.visit_id is not None:
            problems.append(problem("E017", column=column, value=""))
        return None
    moment = _moment(filed)
    if moment is None:
        problems.append(problem("E017", column=column, value=filed))
        return None
    if told.checked_on and moment.date() != told.checked_on:
        problems.append(problem("E018", column=column, value=filed, day=told.checked_on.isoformat()))
    drawn_on = known.drawn_on.get(told.visit_id or "")
    if drawn_on and moment.date() < drawn_on:
        problems.append(problem("E019", column=column, value=filed, day=drawn_on.isoformat()))
    return f"{moment:%Y-%m-%d %H:%M}"


def _moment(text: str) -> dt.datetime | None:
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    try:
        day = parse_date(found[1])
        return dt.datetime.combine(day, dt.time(int(found[2]), int(found[3]))) if day else None
    except ValueError:
        return None


def _day(row: Mapping[str, Any], name: str, title: str, problems: list[Problem]) -> dt.date | None:
    try:
        return parse_date(row[name])
    except ValueError:
        problems.append(problem("E025", column=title, value=fold(row[name])))
        return None


def _what_follows(
    row: Mapping[str, Any],
    days: Mapping[str, dt.date | None],
    told: Returned,
    today: dt.date,
    *,
    is_full: bool,
) -> Iterator[Problem]:
    finished = days["disposed_on"]
    if finished and (finished > today or (told.checked_on and finished < told.checked_on)):
        yield problem("E026", column="处置完结日期", value=finished.isoformat())
    if finished and not told.is_disposed:
        yield problem("E029", column="处置完结日期", value=finished.isoformat())
    if not is_full or vocabulary.HARMLESS.issuperset(told.types):
        return
    if told.disposal is None:
        yield problem("E028", column="后续处置措施")
    elif told.disposal in vocabulary.TOLD_TO and not fold(row["disposal_to"]):
        yield problem("E027", column="移送或抄告至")


def _report(report: str, sha256: str, told: Returned, known: Known) -> Iterator[Problem]:
    column = "第三方报告"
    if not report:
        if sha256:
            yield problem("E023", column=column, value="")
        return
    held = known.reports.get((told.department, report))
    if held is None:
        yield problem("E023", column=column, value=report)
    elif sha256 and (not _SHA256.fullmatch(sha256) or sha256 != held):
        yield problem("E024", column="报告指纹", value=sha256[:12])
