"""What the plan asks of people, held against the people there are: by window, by visit and by month."""

import polars as pl

from onevisit.county import County
from onevisit.plan.capacity import capacity_table, crews_of, needs_of
from onevisit.plan.cells import Cells
from onevisit.plan.fielding import doors_asked, fielding_table, told_once
from onevisit.plan.load import load_table
from onevisit.visits.borrowing import people_of


def staffing(
    tasks: pl.DataFrame,
    task_items: pl.DataFrame,
    cells: Cells,
    *,
    items: pl.DataFrame,
    inspectors: pl.DataFrame,
    sources: pl.DataFrame,
    county: County,
    year: int,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the tables `plan.capacity` and `plan.load`; `sources` says on which lists the inspectors stand."""
    days, rules = county.working_days(year), county.visits
    needs = needs_of(tasks, task_items, cells, rules)
    crews = crews_of(inspectors, sources, items, days=days, rules=rules)
    windows = capacity_table(needs, crews, items, days=days, rules=rules)
    asked = doors_asked(tasks, task_items, items, cells)
    teams = fielding_table(asked, people_of(inspectors, sources), days=days, rules=rules)
    share = county.plan.crowded_share
    load = load_table(needs, crews, county.department_names, year=year, days=days, crowded_share=share)
    return told_once(windows, teams), load
