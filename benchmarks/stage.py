"""The rules of the registries stage in the order of its assets, without Dagster and without a warehouse."""

from collections.abc import Mapping

import polars as pl

from onevisit.county import County
from onevisit.province.stages import registries_of
from onevisit.province.work import Before
from onevisit.registries.crosswalk import Crosswalk, crosswalk
from onevisit.registries.ids import ID_COLUMNS, RECORD_COLUMNS, Identified
from onevisit.registries.inspectors import inspector_sources
from onevisit.registries.subjects import with_own_codes
from onevisit.tables import table_of

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
    made = registries_of(filed, county, year, logs=[], before=Before())
    return {table_of(model): frame for model, frame in made.items()}


def _known(before: Identified | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    if before is None:
        return pl.DataFrame(schema=ID_COLUMNS), pl.DataFrame(schema=RECORD_COLUMNS)
    return before.ids, before.records
