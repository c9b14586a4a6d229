"""Records that are linked end up in one cluster, unless that would join two of different identity.

Knows nothing of names or codes: `linkage.py` (objects) and `people.py` (inspectors) say what links
records and what keeps them apart. Records are counted from 0, and a cluster is called by its lowest.
"""

from collections.abc import Sequence
from typing import Any, cast

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
    lowest = np.zeros(label.max(initial=-1) + 1, np.int64)
    # From the last to the first, so that the first stays.
    lowest[label[::-1]] = np.arange(count)[::-1]
    return lowest[label]


def joined(
    cluster: NDArray[np.int64],
    pairs: pl.DataFrame,
    *,
    apart: Sequence[NDArray[np.integer[Any]]],
    forbidden: pl.DataFrame,
    least: int,
) -> NDArray[np.int64]:
    """Return clusters joined as long as the evidence between two of them adds up to `least` points.

    `cluster` is each record's lowest record to begin with; `pairs` has left, right and whole `points`;
    each of `apart` gives records a mark (-1 none), and clusters of different marks never join;
    `forbidden` has left and right of records that stay apart; `least` is above 0. In every round those
    clusters join that are each other's best, so neither order of rows nor number of threads matters.
    """
    marks = [_of_clusters(cluster, mark) for mark in apart]
    edges = _without(_evidence(cluster, pairs, marks), cluster, forbidden)
    # Clusters join along evidence for it: those that none connects, not even through others, never will.
    reach = connected(len(cluster), edges.filter(pl.col("points") > 0))
    edges = edges.filter(pl.Series(reach[edges["left"].to_numpy()] == reach[edges["right"].to_numpy()]))
    while True:
        strong = edges.filter(pl.col("points") >= least)
        best = strong.sort(-pl.col("points"), "left", "right").with_row_index("rank").select(
            "rank", "left", "right", at=pl.concat_list("left", "right")
        ).explode("at").unique("at", keep="first", maintain_order=True)  # fmt: skip
        mutual = best.filter(pl.col("rank").is_duplicated()).unique("rank")
        if mutual.is_empty():
            return cluster
        moved = np.arange(len(cluster))
        moved[mutual["right"].to_numpy()] = mutual["left"].to_numpy()
        cluster = moved[cluster]
        marks = [_of_clusters(moved, mark) for mark in marks]
        # What was added up stays added up: only the clusters have other names.
        edges = _without(_evidence(moved, edges, marks), cluster, forbidden)


def evidence_between(cluster: NDArray[np.int64], pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the evidence between every two clusters, low, high and `points`: the sum over pairs of their records."""
    return _evidence(cluster, pairs, ()).rename({"left": "low", "right": "high"})


def _of_clusters(cluster: NDArray[np.int64], mark: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Return for each record that names a cluster the mark of its members, -1 where none has any."""
    marks = np.full(len(cluster), -1)
    is_marked = mark >= 0
    marks[cluster[is_marked]] = mark[is_marked]
    return marks


def _evidence(cluster: NDArray[np.int64], pairs: pl.DataFrame, marks: Sequence[NDArray[np.int64]]) -> pl.DataFrame:
    """Return left < right and the sum of points of every two clusters that no marks keep apart.

    What they keep apart now they always will, since clusters only grow.
    """
    one, other = cluster[pairs["left"].to_numpy()], cluster[pairs["right"].to_numpy()]
    is_between = one != other
    for mark in marks:
        is_between &= (mark[one] == mark[other]) | (np.minimum(mark[one], mark[other]) < 0)
    place = np.flatnonzero(is_between)
    one, other = one[place], other[place]
    found = {
        "left": np.minimum(one, other),
        "right": np.maximum(one, other),
        "points": pairs["points"].to_numpy()[place],
    }
    return pl.DataFrame(found).group_by("left", "right").agg(pl.col("points").sum())


def _without(edges: pl.DataFrame, cluster: NDArray[np.int64], forbidden: pl.DataFrame) -> pl.DataFrame:
    """Return the edges but those between clusters of records that stay apart."""
    sides = cluster[forbidden.select("left", "right").to_numpy()]
    kept_apart = pl.DataFrame({"left": sides.min(axis=1), "right": sides.max(axis=1)})
    return edges.join(kept_apart, on=["left", "right"], how="anti")
