"""The benchmark of merging runs on a county of a few shops; its figures mean nothing and none is timed here."""

import polars as pl
import pytest

from benchmarks.exact import fewest_doors
from benchmarks.merging import ROWS, Setting, drawn
from benchmarks.table import markdown
from onevisit.plan.rows import judge_plan
from onevisit.plan.tables import Scope, Submitted
from onevisit.tables import frame_of
from tests.onevisit.plan import samples


def standing_row(county):
    """A plan row that stands, over sixty shops."""
    objects = samples.objects("A" * 60)
    judged = judge_plan(
        samples.filed({}),
        items=samples.items(),
        objects=objects,
        sources=samples.sources(objects),
        own_limits={},
        rulings=samples.rulings(),
        county=county,
        year=2027,
    )
    return judged.submitted


@pytest.fixture(scope="module")
def setting(county):
    [standing] = standing_row(county).iter_rows(named=True)
    changes = (
        {"plan_row_id": "P1", "rate_bp": [1000] * 5},
        {"plan_row_id": "P2", "rate_bp": [2000] * 5},
        {"plan_row_id": "P3", "rate_bp": [1000] * 5, "starts_on": samples.day(190), "ends_on": samples.day(250)},
    )
    rows = [{**standing, **change} for change in changes]
    scope = [{"plan_row_id": row["plan_row_id"], "object_id": f"DY-{n:03d}"} for row in rows for n in range(60)]
    return Setting(
        county=county,
        year=2027,
        tables={
            "plan.submitted": frame_of(Submitted, rows),
            "plan.scope": frame_of(Scope, scope),
            "registries.objects": samples.objects("A" * 60).with_columns(pl.col("object_id").str.replace("O-", "DY-")),
            "registries.items": samples.items(),
        },
        clusters=2,
        cluster_rows=3,
        businesses=2_000,
        large_rows=6,
        repeat=1,
    )


@pytest.mark.parametrize("name", ROWS)
def test_every_row_can_be_filled(setting, name):
    head, rule, *rows = [
        line for line in markdown(list(ROWS[name](setting)), "command").splitlines() if line[:1] == "|"
    ]
    assert rule == "| --- | --- | --- | --- | --- | --- |"
    assert rows and all(row.count("|") == head.count("|") for row in rows)


def test_a_task_of_two_rows_visits_the_objects_of_the_larger_once(setting):
    assert setting.alone.checks == 6 + 12 + 6
    joint = drawn(setting, setting.tables["plan.submitted"], setting.proposals)
    assert (joint.checks, joint.visits) == (24, 18)


def test_the_oracle_refuses_more_rows_than_it_can_search(setting):
    many = setting.plan
    rows = many.rows.sample(16, with_replacement=True, seed=1)
    with pytest.raises(ValueError, match="16 rows are more than 15"):
        fewest_doors(rows, many.cells, many.rules, many.days)
