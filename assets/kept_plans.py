"""Signed plans as they were: sealed/<year>/plans/<fingerprint>/, one Parquet file per table.

A plan is kept before anybody can sign it; what was never signed goes when the next plan is made. A
folder proves itself: the fingerprint of what it holds is its name.
"""

import io
import shutil

import polars as pl

from assets.decisions import read_decision_log
from assets.evidence import drawn_under, make_private
from assets.files import write_whole
from assets.folders import Folders
from onevisit.decisions import parse_log
from onevisit.errors import RefusedError, problem
from onevisit.plan.signoff import plan_fingerprint
from onevisit.plan.tables import Scope, Submitted, TaskItems, Tasks
from onevisit.plan.versions import KeptPlan, drawn_plan, versions_of
from onevisit.tables import conform, fitted, table_of

_MODELS = (Submitted, Scope, Tasks, TaskItems)


def keep_plan(folders: Folders, year: int, plan: KeptPlan) -> str:
    """Keep a plan, forget those that were never signed, and return its fingerprint."""
    frames = (plan.submitted, plan.scope, plan.tasks, plan.task_items)
    fingerprint = plan_fingerprint(*frames)
    folder = folders.plans(year) / fingerprint
    make_private(folder)
    for model, frame in zip(_MODELS, frames, strict=True):
        path = folder / f"{table_of(model)}.parquet"
        if not path.exists():
            content = io.BytesIO()
            conform(model, frame).write_parquet(content, compression="zstd")
            write_whole(path, content.getvalue(), mode=0o600)
    signed = {one.fingerprint for one in versions_of(parse_log(read_decision_log(folders, year)))}
    for other in folders.plans(year).iterdir():
        if other.name not in {*signed, fingerprint}:
            shutil.rmtree(other)
    return fingerprint


def kept_plans(folders: Folders, year: int) -> dict[str, KeptPlan]:
    """Return the signed plans of a year that are kept, by fingerprint. Raises RefusedError (P151) for a changed one."""
    signed = {one.fingerprint for one in versions_of(parse_log(read_decision_log(folders, year)))}
    return {mark: _read(folders, year, mark) for mark in sorted(signed) if (folders.plans(year) / mark).is_dir()}


def drawn_part(folders: Folders, year: int) -> KeptPlan:
    """Return what was drawn as it was signed. Raises RefusedError (P151) when its plan is not kept whole."""
    drawn = drawn_under(folders, year)
    return drawn_plan(drawn, {mark: _read(folders, year, mark) for mark in sorted({*drawn.values()})})


def _read(folders: Folders, year: int, fingerprint: str) -> KeptPlan:
    folder = folders.plans(year) / fingerprint
    try:
        frames = [pl.read_parquet(folder / f"{table_of(model)}.parquet") for model in _MODELS]
    except (FileNotFoundError, pl.exceptions.PolarsError):
        frames = []
    if not frames or plan_fingerprint(*frames) != fingerprint:
        raise RefusedError([problem("P151", file=f"sealed/{year}/plans/{fingerprint}", fingerprint=fingerprint[:12])])
    return KeptPlan(*(fitted(model, frame) for model, frame in zip(_MODELS, frames, strict=True)))
