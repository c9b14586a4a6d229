"""Fixtures of the plan's tests: the sample county, judged; each test changes what it needs."""

from collections.abc import Callable

import polars as pl
import pytest

from onevisit.county import County
from onevisit.plan.rows import Judged, judge_plan
from onevisit.plan.tables import Submitted
from onevisit.tables import frame_of
from tests.onevisit.plan import samples


@pytest.fixture(scope="session")
def judge(county: County) -> Callable[..., Judged]:
    """Judge plan rows against twenty inns of class A on the police's list, or what is given instead."""

    def run(
        *changes: dict[str, object], objects=None, sources=None, own_limits=None, rulings=None, items=None
    ) -> Judged:
        objects = samples.objects() if objects is None else objects
        sources = samples.sources(objects) if sources is None else sources
        filed = samples.filed(*changes)
        return judge_plan(
            filed,
            items=samples.items() if items is None else items,
            objects=objects,
            sources=sources,
            own_limits=own_limits or {},
            rulings=samples.rulings() if rulings is None else rulings,
            county=county,
            year=2027,
        )

    return run


@pytest.fixture(scope="session")
def make_submitted(judge) -> Callable[..., pl.DataFrame]:
    """Rows that stand, one per set of changed columns, for the stages after judging."""
    [standing] = judge({}).submitted.iter_rows(named=True)

    def make(*changes: dict[str, object]) -> pl.DataFrame:
        return frame_of(Submitted, [{**standing, **change} for change in changes])

    return make
