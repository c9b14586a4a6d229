"""What the review must find in a made-up county: the slips behind its files, by rule."""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from onevisit.county import County
from onevisit.demo.generator import Truth
from onevisit.demo.registers import PLACEHOLDERS, Record
from onevisit.filings.rows import rows_of
from onevisit.filings.tables import Accounting
from onevisit.plan.tables import Conflicts, Submitted
from onevisit.plan.tables import Refused as PlanRefused
from onevisit.registries.tables import (
    DuplicatesToReview,
    Inspectors,
    InspectorSources,
    ItemDrift,
    Items,
    Objects,
    ObjectSources,
)
from onevisit.supervision.measures import measures
from onevisit.supervision.records import Registers, records
from onevisit.tables import Table, stage_of, table_of

Known = set[tuple[str, str]]
"""Department and record number."""

BY_RECORD: Mapping[str, Callable[[Record], bool]] = {
    "objects.code": lambda one: one.cells["code"] in ("", *PLACEHOLDERS[:-1]),
    "objects.address": lambda one: not one.cells["address"],
    "objects.legal_rep": lambda one: not one.cells["legal_rep"],
    "objects.phone": lambda one: not one.cells["phone"],
    "objects.opened_on": lambda one: not one.cells["opened_on"],
    "objects.tags": lambda one: not one.cells["tags"],
    "objects.town_spelling": lambda one: "town_alias" in one.slips,
    # Who opened since was written down on that day.
    "objects.fresh": lambda one: "stale" in one.slips and one.cells["updated_on"] != one.cells["opened_on"],
    # Without the code nobody can know that the registering authority means the same object.
    "objects.state": lambda one: "stale_state" in one.slips and one.cells["code"] == one.subject.code,
}
"""Measure -> whether a line must fail it."""


def planted(truth: Truth, key: str) -> Known:
    """Return the lines of objects that must fail a measure."""
    is_planted = BY_RECORD[key]
    return {
        (department, one.record_id)
        for department, one in truth.records
        if not one.fault and not one.is_thing and "在建工程" not in one.cells["tags"] and is_planted(one)
    }


def expired(truth: Truth, today: dt.date) -> Known:
    """Return the lines of inspectors whose certificate is over by every list that names them."""
    over = {line.person.person_id: True for _, line in truth.listings}
    for _, line in truth.listings:
        if not line.fault and line.person.certificate_valid_to >= today:
            over[line.person.person_id] = False
    return {
        (department, line.record_id)
        for department, line in truth.listings
        if not line.fault and over[line.person.person_id] and line.person.person_kind == "执法人员"
    }


def failing(exports: Path, county: County, *, year: int, today: dt.date) -> dict[str, Known]:
    """Return for every measure the lines that fail it, from the tables a run left."""

    def read(model: type[Table]) -> pl.DataFrame:
        return pl.read_parquet(exports / f"{stage_of(model)}.{table_of(model)}.parquet")

    filed = [pl.read_parquet(exports / f"filings.{one.key}.parquet") for one in county.departments]
    registers = Registers(
        filed=rows_of("objects", filed),
        accounting=read(Accounting),
        objects=read(Objects),
        object_sources=read(ObjectSources),
        duplicates=read(DuplicatesToReview),
        inspectors=read(Inspectors),
        inspector_sources=read(InspectorSources),
        items=read(Items),
        drift=read(ItemDrift),
        submitted=read(Submitted),
        plan_refused=read(PlanRefused),
        conflicts=read(Conflicts),
    )
    frames = records(registers, today=today, due=dt.date(year - 1, 12, 31))
    return {
        one.key: set(
            frames[one.grain].filter(one.looks_at & ~one.passes).select("department", "record").drop_nulls().iter_rows()
        )
        for one in measures(county, today)
    }
