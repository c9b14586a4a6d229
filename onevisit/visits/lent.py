"""People lent (片区): whom neighbours list, as freezes, drawings and papers need them (policy IV.1).

Nobody of a pool has an id of the county's: a pool's person is known by the certificate number, and named by
its commitment.
"""

from collections.abc import Mapping

import polars as pl

from onevisit.county import County, Pool
from onevisit.filings.rows import rows_of
from onevisit.registries.finding import Findable
from onevisit.registries.inspectors import sendable
from onevisit.registries.interests import interests
from onevisit.registries.tables import Interests, Lent
from onevisit.tables import conform, frame_of
from onevisit.visits.borrowing import registered
from onevisit.visits.lots import commitment
from onevisit.visits.staff import lent_id

Filed = Mapping[tuple[str, str], pl.DataFrame]
"""(pool, department) -> the rows of its lists (`file_department`)."""


def lent_table(filed: Filed, county: County, *, year: int, secret: str) -> pl.DataFrame:
    """Return the table `registries.lent`. Raises RefusedError (R001) for kinds of people nobody knows."""
    found = [frame_of(Lent, [])]
    for rank, pool in enumerate(county.pools, start=1):
        people, sources = registered(_of(filed, county, pool), county, year=year)
        may_go = sendable(people, sources).select("person_id", "department", is_eligible=pl.lit(value=True))
        scope = (
            sources.explode("item_codes", empty_as_null=True)
            .group_by("person_id", "department")
            .agg(pl.col("item_codes").drop_nulls().unique().sort())
        )
        rows = (
            people.drop_nulls("certificate_no")
            .drop("item_codes", "is_eligible")
            .join(scope, on="person_id")
            .join(may_go, on=["person_id", "department"], how="left")
            .with_columns(
                pl.col("person_id").replace_strict(_ids(people, secret), return_dtype=pl.String),
                pl.col("is_eligible").fill_null(value=False),
                rank=pl.lit(rank, pl.Int64),
                pool=pl.lit(pool.name),
                max_seats=pl.lit(pool.max_seats, pl.Int64),
            )
        )
        found.append(conform(Lent, rows))
    return pl.concat(found).sort("rank", "department", "person_id", "certificate_valid_to")


def lent_interests(
    filed: Filed, county: County, *, objects: pl.DataFrame, known: Findable, year: int, secret: str
) -> pl.DataFrame:
    """Return the interests of people lent: declared in their pool's lists, or shown by phones and ID numbers.

    `objects` are the filed rows of the county's objects, `known` what they are found by. Of the form of
    `registries.interests`; a declaration of somebody who is nobody's is left out, as a pool's own clerk mends it.
    """
    found = [frame_of(Interests, [])]
    for pool in county.pools:
        frames = _of(filed, county, pool)
        people, sources = registered(frames, county, year=year)
        shown = interests(
            rows_of("interests", frames),
            inspectors=rows_of("inspectors", frames),
            inspector_sources=sources,
            experts=rows_of("experts", frames),
            objects=objects,
            known=known,
            year=year,
        )
        ids = pl.col("person_id").replace_strict(_ids(people, secret), default=None, return_dtype=pl.String)
        found.append(shown.with_columns(ids).drop_nulls("person_id"))
    return pl.concat(found)


def with_lent(inspectors: pl.DataFrame, lent: pl.DataFrame) -> pl.DataFrame:
    """Return `registries.inspectors` with whom pools lend, of whom a pool files no more than `registries.lent` has."""
    strangers = (
        lent.filter(~pl.col("certificate_no").is_in(inspectors["certificate_no"].drop_nulls().to_list()))
        .group_by("person_id", "name", "certificate_no", maintain_order=True)
        .agg(departments=pl.col("department").unique().sort())
        .unique("person_id", keep="first", maintain_order=True)
    )
    return pl.concat([inspectors, strangers], how="diagonal")


def lent_today(lent: pl.DataFrame, *, secret: str) -> frozenset[str]:
    """Return the commitments of those of `registries.lent` who may be sent today."""
    return frozenset(commitment(secret, one) for one in lent.filter("is_eligible")["certificate_no"])


def _of(filed: Filed, county: County, pool: Pool) -> list[pl.DataFrame]:
    return [filed[pool.name, one.name] for one in county.lent_by(pool)]


def _ids(people: pl.DataFrame, secret: str) -> dict[str, str]:
    numbered = people.drop_nulls("certificate_no").select("person_id", "certificate_no")
    return {person: lent_id(commitment(secret, number)) for person, number in numbered.iter_rows()}
