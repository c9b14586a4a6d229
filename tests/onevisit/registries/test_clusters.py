from collections import Counter

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from onevisit.registries.clusters import connected, joined

NONE = (-1, -1, -1, -1, -1)


def pairs(*rows: tuple[int, int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"left": pl.Int64, "right": pl.Int64, "points": pl.Int64}, orient="row")


def clusters(evidence: pl.DataFrame, marks: tuple[int, ...] = NONE, forbidden: pl.DataFrame | None = None) -> list[int]:
    """Return the clusters of five records that join at ten points."""
    apart = pairs() if forbidden is None else forbidden
    return joined(np.arange(5), evidence, apart=[np.array(marks)], forbidden=apart, least=10).tolist()


def test_pairs_chain_into_one_cluster_called_by_its_lowest_record():
    assert connected(5, pairs((4, 2, 0), (2, 0, 0))).tolist() == [0, 1, 0, 3, 0]
    assert connected(0, pairs()).tolist() == []


def test_records_join_where_their_evidence_is_enough():
    assert clusters(pairs((0, 1, 10), (2, 3, 9))) == [0, 0, 2, 3, 4]


def test_what_a_record_lacks_with_one_it_may_have_with_the_whole_cluster():
    assert clusters(pairs((0, 1, 20), (0, 2, 5), (1, 2, 5))) == [0, 0, 0, 3, 4]
    assert clusters(pairs((0, 1, 20), (0, 2, 15), (1, 2, -9))) == [0, 0, 2, 3, 4]


def test_records_of_different_marks_never_join_not_even_through_others():
    assert clusters(pairs((0, 1, 20), (1, 2, 15)), marks=(7, -1, 8, -1, -1)) == [0, 0, 2, 3, 4]


def test_what_is_forbidden_stays_apart_whatever_the_evidence():
    assert clusters(pairs((0, 1, 20), (1, 2, 15)), forbidden=pairs((0, 2, 0))) == [0, 0, 2, 3, 4]


def slowly(
    evidence: list[tuple[int, int, int]], marks: tuple[int, ...], forbidden: list[tuple[int, int, int]]
) -> list[int]:
    """Join five records as `joined` does, adding everything up again in every round."""
    cluster = list(range(5))
    while True:
        points: Counter[tuple[int, int]] = Counter()
        for left, right, count in evidence:
            points[tuple(sorted((cluster[left], cluster[right])))] += count
        mark = {cluster[record]: mark for record, mark in enumerate(marks) if mark >= 0}
        apart = [{cluster[left], cluster[right]} for left, right, _ in forbidden]
        strong = sorted(
            (-count, pair)
            for pair, count in points.items()
            if count >= 10
            and len(set(pair)) == 2
            and set(pair) not in apart
            and len({mark[one] for one in pair if one in mark}) < 2
        )
        best: dict[int, tuple[int, int]] = {}
        for _, pair in strong:
            for one in pair:
                best.setdefault(one, pair)
        moved = {high: low for low, high in best.values() if best[low] == best[high]}
        if not moved:
            return cluster
        cluster = [moved.get(one, one) for one in cluster]


@given(
    st.tuples(*[st.sampled_from([-1, 1, 2])] * 5),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(-5, 30)), max_size=12),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.just(0)), max_size=2),
    st.randoms(use_true_random=False),
)
def test_no_cluster_holds_what_must_stay_apart_in_whatever_order(marks, evidence, forbidden, chance):
    evidence, forbidden = ([row for row in rows if row[0] != row[1]] for rows in (evidence, forbidden))
    found = clusters(pairs(*evidence), marks, pairs(*forbidden))
    for cluster in set(found):
        assert len({mark for mark, at in zip(marks, found, strict=True) if at == cluster and mark > 0}) <= 1
    assert all(found[left] != found[right] for left, right, _ in forbidden)
    assert all(cluster <= record for record, cluster in enumerate(found))
    assert found == slowly(evidence, marks, forbidden)
    shuffled = chance.sample(evidence, len(evidence))
    assert clusters(pairs(*shuffled), marks, pairs(*forbidden)) == found
