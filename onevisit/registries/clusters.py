"""Records that are linked end up in one cluster, unless that would join two of different identity.

Knows nothing of names or codes: `linkage.py` (objects) and `people.py` (inspectors) say what links
records and what counts as identity. A frame of records has `record` (0, 1, 2 …) and `trusted`, the
identity a record brings along, null when it brings none.
"""

from collections.abc import Iterable, Sequence

import polars as pl

Links = list[tuple[int, int]]


def clusters(identities: Sequence[str | None], links: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each record the lowest record of its cluster.

    Links are taken in order, so surer ones come first. A link between clusters of two different
    identities is not followed: two trusted codes never become one object, two ID numbers never
    one person.
    """
    parent = list(range(len(identities)))
    identity = list(identities)

    def top(record: int) -> int:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for left, right in links:
        low, high = sorted((top(left), top(right)))
        if identity[low] and identity[high] and identity[low] != identity[high]:
            continue
        parent[high] = low
        identity[low] = identity[low] or identity[high]
    return [top(record) for record in range(len(identities))]


def clustered(records: pl.DataFrame, links: Links) -> pl.DataFrame:
    """Return the records with `cluster` and `identity`, the trusted identity of the cluster."""
    cluster = clusters(records.get_column("trusted").to_list(), links)
    return records.with_columns(cluster=pl.Series(cluster, dtype=pl.Int64)).with_columns(
        identity=pl.col("trusted").drop_nulls().first().over("cluster")
    )


def same(records: pl.DataFrame, *keys: str) -> Links:
    """Link every record to the first one with the same keys; a null key links nothing."""
    keyed = records.filter(pl.col(key).is_not_null() for key in keys)
    linked = keyed.select("record", first=pl.col("record").first().over(keys))
    return list(linked.filter(pl.col("record") != pl.col("first")).select("first", "record").iter_rows())


def unclaimed(found: pl.DataFrame, *keys: str) -> Links:
    """Link records without identity by keys: to the one identity that has them, else to each other.

    `found` is the answer of `clustered`. Where two identities have the keys nobody can say whose the
    record is: it joins neither.
    """
    keyed = found.filter(pl.col(key).is_not_null() for key in keys).with_columns(
        holder=pl.col("record").filter(pl.col("identity").is_not_null()).first().over(keys),
        identities=pl.col("identity").drop_nulls().n_unique().over(keys),
    )
    free = keyed.filter(pl.col("identity").is_null()).with_columns(
        target=pl.when(pl.col("identities") == 1).then("holder").otherwise(pl.col("record").first().over(keys))
    )
    return list(free.filter(pl.col("record") != pl.col("target")).select("target", "record").iter_rows())
