"""The rules of the registries stage in the order of its assets, without Dagster and without a warehouse."""

from collections.abc import Mapping

import polars as pl

from onevisit.county import County
from onevisit.registries import tables
from onevisit.registries.changes import Registered, changes
from onevisit.registries.crosswalk import Crosswalk, crosswalk
from onevisit.registries.experts import experts
from onevisit.registries.ids import ID_COLUMNS, RECORD_COLUMNS, Identified
from onevisit.registries.inspectors import inspector_sources, inspectors
from onevisit.registries.interests import interests
from onevisit.registries.items import item_drift, items
from onevisit.registries.objects import register
from onevisit.registries.signals import signals
from onevisit.registries.subjects import with_own_codes
from onevisit.tables import frame_of, table_of

NOBODY_JUDGED = pl.DataFrame(schema={"left_key": pl.String, "right_key": pl.String, "is_same": pl.Boolean})
NOTHING_PUBLISHED = pl.DataFrame(schema={"record_key": pl.String, "object_id": pl.String})


def objects_linked(filed: pl.DataFrame, county: County, year: int, before: Identified | None = None) -> Crosswalk:
    """Return the crosswalk of a year; `before` are the ids of the year before, which are found again."""
    return crosswalk(with_own_codes(filed), NOBODY_JUDGED, *_known(before), year=year, county=county)


def people_linked(
    filed: pl.DataFrame, county: County, year: int, before: Identified | None = None
) -> tuple[pl.DataFrame, Identified]:
    """Return the crosswalk of inspectors and their ids; `before` as in `objects_linked`."""
    return inspector_sources(filed, county, *_known(before), year=year)


def registries(filed: Mapping[str, pl.DataFrame], county: County, year: int) -> dict[str, pl.DataFrame]:
    """Return every table of the stage by its name, from filed rows by kind, in a year without predecessor."""
    found = objects_linked(filed["objects"], county, year)
    people, persons = people_linked(filed["inspectors"], county, year)
    tied = signals(filed["credit"], filed["abnormal"], filed["complaints"], found.sources, year=year, county=county)
    registered = register(with_own_codes(filed["objects"]), found.sources, tied, county)
    now = Registered(registered.objects, found.sources, registered.fields)
    before = Registered(*(frame_of(model, []) for model in (tables.Objects, tables.ObjectSources, tables.ObjectFields)))
    ids = found.identified.ids.rename({"id": "object_id"})
    specialists, recorded = experts(filed["experts"]), items(county)
    retirement_age = county.visits.retirement_age
    made = {
        tables.ObjectSources: found.sources,
        tables.ObjectIds: ids,
        tables.ObjectIdRecords: found.identified.records.rename({"id": "object_id"}),
        tables.LinkageWeights: found.weights,
        tables.DuplicatesToReview: found.duplicates,
        tables.Signals: tied,
        tables.Objects: registered.objects,
        tables.ObjectFields: registered.fields,
        tables.Successors: registered.successors,
        tables.Changes: changes(now, before, ids, county),
        tables.InspectorSources: people,
        tables.InspectorIds: persons.ids.rename({"id": "person_id"}),
        tables.InspectorIdRecords: persons.records.rename({"id": "person_id"}),
        tables.Inspectors: inspectors(filed["inspectors"], people, year=year, retirement_age=retirement_age),
        tables.Experts: specialists,
        tables.Items: recorded,
        tables.ItemDrift: item_drift(filed["items"], recorded),
        tables.Interests: interests(
            filed["interests"],
            inspectors=filed["inspectors"],
            inspector_sources=people,
            experts=filed["experts"],
            objects=filed["objects"],
            object_sources=found.sources,
            county=county,
            year=year,
        ),
    }
    return {table_of(model): frame for model, frame in made.items()}


def _known(before: Identified | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    if before is None:
        return pl.DataFrame(schema=ID_COLUMNS), pl.DataFrame(schema=RECORD_COLUMNS)
    return before.ids, before.records
