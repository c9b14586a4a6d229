"""Records that are linked end up in one cluster, unless that would join two of different identity.

Knows nothing of names or codes: `linkage.py` (objects) and `people.py` (inspectors) say what links
records and what keeps them apart. Records are counted from 0, and a cluster is called by its lowest.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array  # pyright: ignore[reportMissingTypeStubs]
from scipy.sparse.csgraph import (  # pyright: ignore[reportMissingTypeStubs]
    connected_components,  # pyright: ignore[reportUnknownVariableType]
)


def connected(count: int, pairs: pl.DataFrame) -> NDArray[np.int64]:
    """Return for each of `count` records the lowest record it is connected with by pairs (left, right)."""
    ones = np.ones(pairs.height, np.int8)
    edges = coo_array((ones, (pairs["left"].to_numpy(), pairs["right"].to_numpy())), shape=(count, count))
    label = cast(NDArray[np.int32], connected_components(edges, directed=False)[1])
    lowest = np.full(label.max(initial=-1) + 1, count)
    np.minimum.at(lowest, label, np.arange(count))
    return lowest[label]


def joined(
    cluster: NDArray[np.int64],
    pairs: pl.DataFrame,
    *,
    apart: Sequence[NDArray[np.int64]],
    forbidden: pl.DataFrame,
    least: int,
) -> NDArray[np.int64]:
    """Return clusters joined as long as the evidence between two of them adds up to `least` points.

    `cluster` is each record's lowest record to begin with; `pairs` has left, right and whole `points`;
    each of `apart` gives records a mark (-1 none), and clusters of different marks never join;
    `forbidden` has left and right of records that stay apart. In every round those clusters join that
    are each other's best, so neither order of rows nor number of threads matters.
    """
    edges = evidence_between(cluster, pairs)
    while True:
        strong = _allowed(edges.filter(pl.col("points") >= least), cluster, apart, forbidden)
        best = strong.sort(-pl.col("points"), "low", "high").with_row_index("rank").select(
            "rank", "low", "high", at=pl.concat_list("low", "high")
        ).explode("at").unique("at", keep="first", maintain_order=True)  # fmt: skip
        mutual = best.filter(pl.col("rank").is_duplicated()).unique("rank")
        if mutual.is_empty():
            return cluster
        moved = np.arange(len(cluster))
        moved[mutual["high"].to_numpy()] = mutual["low"].to_numpy()
        cluster = moved[cluster]
        # What was added up stays added up: only the clusters have other names.
        edges = evidence_between(moved, edges.rename({"low": "left", "high": "right"}))


def evidence_between(cluster: NDArray[np.int64], pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the evidence between every two clusters, low, high and `points`: the sum over pairs of their records."""
    left, right = cluster[pairs["left"].to_numpy()], cluster[pairs["right"].to_numpy()]
    edges = pl.DataFrame({"low": np.minimum(left, right), "high": np.maximum(left, right), "points": pairs["points"]})
    return edges.filter(pl.col("low") != pl.col("high")).group_by("low", "high").agg(pl.col("points").sum())


def _allowed(
    edges: pl.DataFrame, cluster: NDArray[np.int64], apart: Sequence[NDArray[np.int64]], forbidden: pl.DataFrame
) -> pl.DataFrame:
    low, high = edges["low"].to_numpy(), edges["high"].to_numpy()
    is_allowed = np.ones(edges.height, bool)
    for mark in apart:
        marks = np.full(len(cluster), -1)
        np.maximum.at(marks, cluster, mark)
        is_allowed &= (marks[low] < 0) | (marks[high] < 0) | (marks[low] == marks[high])
    sides = cluster[forbidden.select("left", "right").to_numpy()]
    kept_apart = pl.DataFrame({"low": sides.min(axis=1), "high": sides.max(axis=1)})
    return edges.filter(pl.Series(is_allowed)).join(kept_apart, on=["low", "high"], how="anti")
