import polars as pl
import pytest

from benchmarks.scoring import pairwise


def scored(found, truth):
    frames = [
        pl.DataFrame({"record": list(one), name: list(one.values())}, schema={"record": pl.String, name: pl.String})
        for one, name in ((found, "id"), (truth, "entity"))
    ]
    return pairwise(*frames)


def test_what_is_joined_as_in_truth_scores_full():
    scores = scored({"a": "1", "b": "1", "c": "2"}, {"a": "x", "b": "x", "c": "y"})
    assert (scores.precision, scores.recall, scores.f1) == (1, 1, 1)


def test_one_false_pair_beside_a_right_one_halves_precision():
    scores = scored({"a": "1", "b": "1", "c": "2", "d": "2"}, {"a": "x", "b": "x", "c": "y", "d": "z"})
    assert (scores.precision, scores.recall) == (0.5, 1)
    assert scores.f1 == pytest.approx(2 / 3)


def test_a_cluster_of_three_is_three_pairs():
    scores = scored({"a": "1", "b": "1", "c": "1"}, {"a": "x", "b": "x", "c": "y"})
    assert scores.precision == pytest.approx(1 / 3)


def test_a_record_that_was_not_found_is_linked_with_none():
    assert scored({"a": "1"}, {"a": "x", "b": "x"}).recall == 0


def test_a_record_nobody_knows_the_truth_of_does_not_count():
    assert scored({"a": "1", "b": "1"}, {"a": "x"}).precision == 1


def test_nothing_right_scores_nothing():
    assert scored({"a": "1", "b": "1"}, {"a": "x", "b": "y"}).f1 == 0
