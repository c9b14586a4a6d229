import polars as pl
import pytest

from assets.decisions import append_decisions
from assets.folders import Folders
from assets.kept_plans import kept_plans
from onevisit.decisions import Entry, extended
from onevisit.errors import RefusedError
from onevisit.plan.signoff import plan_fingerprint
from onevisit.plan.tables import Scope, Submitted, TaskItems, Tasks
from onevisit.tables import frame_of, polars_schema, table_of

YEAR = 2027
MODELS = (Submitted, Scope, Tasks, TaskItems)


@pytest.fixture
def kept(tmp_path):
    """A signed plan whose tasks lacked a column that they have now."""
    folders = Folders(tmp_path)
    frames = [frame_of(model, [{"task_id": "T001"}] if model is Tasks else []) for model in MODELS]
    frames[2] = frames[2].drop("matching")
    fingerprint = plan_fingerprint(*frames)
    (folders.plans(YEAR) / fingerprint).mkdir(parents=True)
    for model, frame in zip(MODELS, frames, strict=True):
        frame.write_parquet(folders.plans(YEAR) / fingerprint / f"{table_of(model)}.parquet")
    signed = [
        Entry(
            at="2026-12-28T09:00:00+08:00",
            kind="approve",
            by=by,
            role=role,
            what="计划",
            why="",
            plan_fingerprint=fingerprint,
        )
        for by, role in (("甲", "reviewer"), ("乙", "approver"))
    ]
    append_decisions(folders, YEAR, extended([], signed))
    return folders, fingerprint


def test_a_plan_signed_before_a_column_was_added_is_what_was_signed_with_that_column_empty(kept):
    folders, fingerprint = kept
    tasks = kept_plans(folders, YEAR)[fingerprint].tasks
    assert tasks.columns == list(polars_schema(Tasks))
    assert tasks.select("task_id", "matching").row(0) == ("T001", None)


def test_a_column_taken_out_of_a_signed_plan_is_found(kept):
    folders, fingerprint = kept
    path = folders.plans(YEAR) / fingerprint / "tasks.parquet"
    pl.read_parquet(path).drop("name").write_parquet(path)
    with pytest.raises(RefusedError, match="P151"):
        kept_plans(folders, YEAR)
