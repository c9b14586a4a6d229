"""Whom pools (片区) could lend where the plan asks for more than a department's people can do.

Counted before the plan is public: a plan that needs a neighbour's people should have asked the neighbour.
"""

from collections.abc import Sequence

import polars as pl

from onevisit.plan.tables import Lenders
from onevisit.tables import frame_of
from onevisit.visits.borrowing import Lender
from onevisit.visits.demand import able_items


def lenders_table(capacity: pl.DataFrame, lenders: Sequence[Lender], items: pl.DataFrame) -> pl.DataFrame:
    """Return the table `plan.lenders`: each pool beside each row of `plan.capacity` that lacks people.

    Whoever is counted may check, qualified, all the items of the row, anything where it names none, and has
    a certificate valid to its last day: as many of them as are lacking do what is undone.
    """
    needed: dict[str, str | None] = dict(items.select("item_code", "qualification").iter_rows())
    columns = ["department", "item_codes", "starts_on", "ends_on", "people_short"]
    short = capacity.filter(pl.col("visits_short") > 0, pl.col("people_short") > 0).select(columns)
    rows: list[dict[str, object]] = []
    for row in short.iter_rows(named=True):
        needs = [(code, needed.get(code)) for code in row["item_codes"]]
        for lender in lenders:
            people = [one for one in lender.people.get(row["department"], ()) if one.valid_to >= row["ends_on"]]
            able = sum(len(able_items(one, needs)) == len(needs) for one in people)
            rows.append({**row, "pool": lender.name, "can_lend": able, "is_enough": able >= row["people_short"]})
    return frame_of(Lenders, rows)
