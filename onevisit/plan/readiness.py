"""Whether a plan may be signed: what must be settled before anybody reviews or approves it.

Who may sign, and what cancels a signature, is said in `signoff.py`.
"""

from collections import Counter
from collections.abc import Sequence

import polars as pl

from onevisit.errors import Problem, problem
from onevisit.plan.questions import PlanTables, Question
from onevisit.plan.rulings import TITLES, parts_of, ruled

_SHOWN = 5


def blockers(
    tables: PlanTables, questions: Sequence[Question], *, uncounted_count: int, is_whole: bool
) -> list[Problem]:
    """Return all that stands in the way of signing.

    P090 no plan yet; P098 tables of more than one run (`is_whole`: one run made them all); P091 rulings the
    tables do not have yet; P092 questions that wait; P093 rows returned to their departments and still filed.
    """
    if tables.tasks.is_empty():
        return [problem("P090", year=tables.year)]
    found: list[Problem] = [] if is_whole else [problem("P098", year=tables.year)]
    if uncounted_count:
        found.append(problem("P091", count=uncounted_count, year=tables.year))
    waiting = Counter(question.topic for question in questions if question.waits)
    if waiting:
        topics = "，".join(f"{TITLES[topic]}{waiting[topic]}个" for topic in TITLES if waiting[topic])
        found.append(problem("P092", count=waiting.total(), topics=topics))
    returned = returned_rows(tables)
    if returned:
        rows = "、".join(returned[:_SHOWN]) + ("等" if len(returned) > _SHOWN else "")
        found.append(problem("P093", count=len(returned), rows=rows))
    return found


def uncounted(held: pl.DataFrame, counted: pl.DataFrame, *, year: int, record_count: int) -> pl.DataFrame:
    """Return the rulings of the logs that the plan of a year was not made with; both are tables `Rulings`.

    `record_count` is how long the year's log was when the plan was last made to its end: what was counted
    since went into tables of a run that stopped halfway. A word on a scheme changes nothing of the plan and
    is never waited for.
    """
    made_with = counted.filter((pl.col("log_year") != year) | (pl.col("seq") <= record_count))
    return held.filter(pl.col("topic") != "scheme").join(made_with, on=["log_year", "seq"], how="anti")


def returned_rows(tables: PlanTables) -> list[str]:
    """Return the plan rows that were ruled to go back and are still in their department's file, sorted."""
    filed = {*tables.submitted["plan_row_id"], *tables.refused["plan_row_id"]}
    returned = ruled(tables.rulings, "row", "conflict").filter(pl.col("answer") == "return")
    rows = {parts_of(topic, subject)[0][0] for topic, subject in returned.select("topic", "subject").iter_rows()}
    return sorted(rows & filed)
