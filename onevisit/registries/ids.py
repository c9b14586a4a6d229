"""What a cluster of records is called, this year and every year after: objects and inspectors alike.

An id is found again through the id register, which knows the id every record was last in. Who belongs
together is decided before (`linkage.py`, `people.py`); nothing here knows what a record says.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import polars as pl

Mint = Callable[[Sequence[str], Set[str]], list[str]]
"""Makes a new id for each cluster from its first record, in canonical order: none of those taken, none twice."""

ID_COLUMNS: dict[str, type[pl.DataType]] = {
    "id": pl.String, "first_year": pl.Int64, "last_year": pl.Int64, "state": pl.String, "merged_into": pl.String,
}  # fmt: skip
RECORD_COLUMNS: dict[str, type[pl.DataType]] = {"record_key": pl.String, "id": pl.String, "last_year": pl.Int64}
HASHED_DIGITS = 10


@dataclass(frozen=True)
class Identified:
    """Every cluster's id, and the id register as it is from now on."""

    assigned: pl.DataFrame
    """cluster, id: every cluster once and no id twice, in order of the clusters' first records."""
    ids: pl.DataFrame
    """`ID_COLUMNS`: every id ever given, in order of id."""
    records: pl.DataFrame
    """`RECORD_COLUMNS`: every record ever filed, in order of record_key."""
    splits: pl.DataFrame
    """old, new: an id of the years before whose records are now in several clusters, and each other id there."""


def assign_ids(
    members: pl.DataFrame,
    known_ids: pl.DataFrame,
    known_records: pl.DataFrame,
    *,
    year: int,
    mint: Mint,
    taken: Set[str] = frozenset(),
) -> Identified:
    """Give every cluster an id: its identity, else the one most of its records had, else a new one.

    `members` has record_key, cluster and identity (what the cluster is called whatever was before: the
    same on all its records, null for none). `known_ids` and `known_records` are the register so far. A
    record may stand in it twice, under an earlier year and under this one, when the year is run again:
    the earlier year is believed first, so that what an earlier run merged can come apart again. `taken`
    are ids outside the register that must not be minted.

    Where two clusters want one id, the one with more of its records has it. An id without a cluster is
    merged into the id most of its records have now, or gone when none of them was filed.
    Raises ValueError when two clusters have one identity.
    """
    first = {"first": pl.col("record_key").min(), "identity": pl.col("identity").first()}
    clusters = members.group_by("cluster").agg(**first).sort("first").with_row_index("place")
    if clusters.get_column("identity").drop_nulls().is_duplicated().any():
        raise ValueError("two clusters have one identity")
    votes = _votes(members, clusters, known_ids, known_records, year)
    assigned = _assigned(clusters, votes, {*taken, *known_ids.get_column("id")}, mint)
    moved = votes.join(assigned.rename({"id": "new"}), on="cluster", maintain_order="left")
    ids = _ids(assigned, known_ids, moved, year)
    return Identified(
        assigned=assigned,
        ids=ids,
        records=_records(members.join(assigned, on="cluster"), known_records, ids, year),
        splits=_splits(moved),
    )


def hashed(prefix: str, digits: int = HASHED_DIGITS) -> Mint:
    """Return a mint of ids like DY-0123456789: digits of the SHA-256 of the first record.

    Who would get an id that is taken, or the same as another, is hashed again: no id depends on the order.
    """

    def mint(origins: Sequence[str], taken: Set[str]) -> list[str]:
        ids: dict[str, str] = {}
        left, attempt = list(origins), 1
        while left:
            again = "" if attempt == 1 else f"#{attempt}"
            tried = {origin: f"{prefix}-{_hashed(origin + again, digits)}" for origin in left}
            wanted, used = Counter(tried.values()), taken | set(ids.values())
            ids |= {origin: new for origin, new in tried.items() if wanted[new] == 1 and new not in used}
            left, attempt = [origin for origin in left if origin not in ids], attempt + 1
        return [ids[origin] for origin in origins]

    return mint


def numbered(prefix: str) -> Mint:
    """Return a mint of ids like P-0001, numbering on from the highest that was ever given."""

    def mint(origins: Sequence[str], taken: Set[str]) -> list[str]:
        numbers = [int(one.removeprefix(f"{prefix}-")) for one in taken if one.startswith(f"{prefix}-")]
        start = max(numbers, default=0) + 1
        return [f"{prefix}-{number:04}" for number in range(start, start + len(origins))]

    return mint


def _hashed(text: str, digits: int) -> str:
    return f"{int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**digits:0{digits}}"


def _votes(
    members: pl.DataFrame, clusters: pl.DataFrame, known_ids: pl.DataFrame, known_records: pl.DataFrame, year: int
) -> pl.DataFrame:
    """Return which ids the records of a cluster had (cluster, identity, id, is_earlier), the strongest claim first.

    The order serves both sides: of one cluster the id with most records, then the oldest, comes first;
    of one id the cluster with most records, then the first cluster.
    """
    counted = (
        members.select("record_key", "cluster")
        .join(known_records, on="record_key")
        .group_by("cluster", "id", is_earlier=pl.col("last_year") < year)
        .agg(records=pl.len())
    )
    told = counted.join(clusters, on="cluster").join(known_ids.select("id", "first_year"), on="id")
    return told.sort(
        "is_earlier", "records", "place", "first_year", "id", descending=[True, True, False, False, False]
    ).select("cluster", "identity", "id", "is_earlier")


def _assigned(clusters: pl.DataFrame, votes: pl.DataFrame, known: Set[str], mint: Mint) -> pl.DataFrame:
    """Return each cluster's id: cluster, id."""
    called = clusters.drop_nulls("identity").select("cluster", id="identity")
    open_votes = votes.filter(pl.col("identity").is_null()).join(called, on="id", how="anti", maintain_order="left")
    named = pl.concat([called, _claimed(open_votes.select("cluster", "id"))])
    free = clusters.join(named, on="cluster", how="anti", maintain_order="left")
    used = known | set(called.get_column("id"))
    minted = free.select("cluster", id=pl.Series(mint(free.get_column("first").to_list(), used), dtype=pl.String))
    return clusters.select("cluster").join(pl.concat([named, minted]), on="cluster", maintain_order="left")


def _claimed(votes: pl.DataFrame) -> pl.DataFrame:
    """Return the claims that hold: whose cluster has no id yet and whose id has no cluster, strongest first."""
    ids: dict[int, str] = {}
    given: set[str] = set()
    for cluster, wanted in votes.iter_rows():
        if cluster not in ids and wanted not in given:
            ids[cluster] = wanted
            given.add(wanted)
    return pl.DataFrame({"cluster": list(ids), "id": list(ids.values())}, schema=votes.schema)


def _ids(assigned: pl.DataFrame, known_ids: pl.DataFrame, moved: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the register of ids: those in use, and what became of all others."""
    used = (
        assigned.select("id")
        .join(known_ids.select("id", "first_year"), on="id", how="left")
        .with_columns(
            pl.col("first_year").fill_null(year), last_year=year, state=pl.lit("active"), merged_into=pl.lit(None)
        )
    )
    heirs = moved.unique("id", keep="first", maintain_order=True).select("id", heir="new")
    others = known_ids.join(assigned, on="id", how="anti").join(heirs, on="id", how="left")
    into = dict(others.select("id", pl.coalesce("heir", "merged_into")).drop_nulls().iter_rows())
    left = others.with_columns(
        merged_into=pl.col("id").replace_strict(
            list(into), [_end(one, into) for one in into], default=None, return_dtype=pl.String
        )
    ).with_columns(state=pl.when(pl.col("merged_into").is_null()).then(pl.lit("gone")).otherwise(pl.lit("merged")))
    return pl.concat([frame.select(pl.col(c).cast(t) for c, t in ID_COLUMNS.items()) for frame in (used, left)]).sort(
        "id"
    )


def _end(merged: str, into: dict[str, str]) -> str:
    """Return the living id at the end of a chain of mergers."""
    while merged in into:
        merged = into[merged]
    return merged


def _records(filed: pl.DataFrame, known_records: pl.DataFrame, ids: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the register of records: those filed under their id of now, others under the one they were left in."""
    others = (
        known_records.join(filed, on="record_key", how="anti")
        .sort("record_key", "last_year")
        .unique("record_key", keep="first", maintain_order=True)
        .join(ids.select("id", "merged_into"), on="id", how="left")
        .with_columns(id=pl.coalesce("merged_into", "id"))
    )
    kept = [
        frame.select(pl.col(c).cast(t) for c, t in RECORD_COLUMNS.items())
        for frame in (filed.with_columns(last_year=year), others)
    ]
    return pl.concat(kept).sort("record_key")


def _splits(moved: pl.DataFrame) -> pl.DataFrame:
    earlier = moved.filter("is_earlier").select("new", old="id")
    parted = earlier.filter(pl.col("new").n_unique().over("old") > 1, pl.col("new") != pl.col("old"))
    return parted.select("old", "new").sort("old", "new")
