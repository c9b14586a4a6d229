"""From filed rows to the crosswalk: linked, called by their ids, and what is in doubt about them."""

from dataclasses import dataclass, replace

import polars as pl

from onevisit.county import County
from onevisit.filings.rows import PLACE
from onevisit.registries.cells import listed
from onevisit.registries.duplicates import duplicates_to_review
from onevisit.registries.explanation import weights_table
from onevisit.registries.ids import Identified, assign_ids, hashed
from onevisit.registries.linkage import link, numbered_rulings, prepare
from onevisit.registries.tables import LinkageWeights, ObjectSources
from onevisit.tables import conform, frame_of


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Everything that linking the objects of a year makes."""

    sources: pl.DataFrame
    """`ObjectSources`."""
    identified: Identified
    weights: pl.DataFrame
    """`LinkageWeights`."""
    duplicates: pl.DataFrame
    """`DuplicatesToReview`."""


def crosswalk(
    filed: pl.DataFrame,
    rulings: pl.DataFrame,
    known_ids: pl.DataFrame,
    known_records: pl.DataFrame,
    *,
    year: int,
    county: County,
) -> Crosswalk:
    """Return every filed object row with the object it belongs to.

    `rulings` has left_key, right_key and is_same (`judgements.py`); `known_ids` and `known_records` are
    the id register so far (`ids.py`).
    """
    published = _published(known_ids, known_records, year)
    linkage = link(prepare(filed, county), rulings, published)
    members = linkage.records.select(
        "record_key", "cluster", identity=pl.col("trusted").drop_nulls().first().over("cluster")
    )
    identified = assign_ids(members, known_ids, known_records, year=year, mint=hashed(county.id_prefix))
    named = linkage.records.join(
        identified.assigned.rename({"id": "object_id"}), on="cluster", how="left", maintain_order="left"
    )
    sources = named.with_columns(tags=listed(pl.col("tags")), name=pl.col("name").str.strip_chars())
    ruled = numbered_rulings(named, rulings)
    return Crosswalk(
        sources=conform(ObjectSources, sources).sort(PLACE),
        identified=identified,
        weights=frame_of(LinkageWeights, weights_table(linkage.points)),
        duplicates=duplicates_to_review(replace(linkage, records=named), published, ruled),
    )


def _published(known_ids: pl.DataFrame, known_records: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the ids that earlier years published and that are in use, by record: record_key, object_id."""
    in_use = known_ids.filter(pl.col("state") == "active", pl.col("first_year") < year)
    earlier = known_records.filter(pl.col("last_year") < year)
    return earlier.join(in_use, on="id", how="semi").select("record_key", object_id="id")
