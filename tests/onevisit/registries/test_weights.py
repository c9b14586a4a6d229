import numpy as np
import pytest
from scipy.optimize import minimize

from onevisit.registries.comparison import MEANINGS, Levels
from onevisit.registries.weights import BASE, HUNDREDTHS, added, learnt_points, usual_points

PARTS = [(name, level) for name, meanings in MEANINGS.items() for level in meanings]


def seen(pairs: int, seed: int) -> tuple[Levels, np.ndarray]:
    """Return pairs that show forty patterns, and whether each is one object."""
    chance = np.random.default_rng(seed)
    patterns = {name: chance.integers(0, max(meanings) + 1, 40).astype(np.int8) for name, meanings in MEANINGS.items()}
    shown = chance.integers(0, 40, pairs)
    return Levels(patterns, shown), chance.random(pairs) < np.where(patterns["name"][shown] <= 2, 0.9, 0.02)


@pytest.mark.parametrize("seed", range(3))
def test_the_points_learnt_are_the_likeliest(seed):
    levels, is_same = seen(2_000, seed)
    usual = usual_points()
    found = learnt_points(levels, np.ones(2_000, bool), is_same, usual=usual, start=usual)
    design = np.stack([np.ones(2_000), *(levels[name] == level for name, level in PARTS)], axis=1).astype(float)
    prior = np.array([usual[part] for part in (BASE, *PARTS)]) / HUNDREDTHS

    def unlikely(weights):
        odds = design @ weights
        slope = design.T @ (1 / (1 + np.exp(-odds)) - is_same) + 5 * (weights - prior)
        return np.logaddexp(0, odds).sum() - odds[is_same].sum() + 2.5 * ((weights - prior) ** 2).sum(), slope

    best = minimize(unlikely, prior, jac=True, method="BFGS", options={"gtol": 1e-8}).x * HUNDREDTHS
    assert np.abs(best - [found[part] for part in (BASE, *PARTS)]).max() < 0.51


def test_where_the_search_begins_does_not_matter():
    levels, is_same = seen(2_000, 1)
    usual, lessons = usual_points(), np.arange(2_000) % 3 > 0
    elsewhere = dict.fromkeys(usual, 0)
    assert learnt_points(levels, lessons, is_same, usual=usual, start=usual) == learnt_points(
        levels, lessons, is_same, usual=usual, start=elsewhere
    )


def test_without_lessons_the_points_are_the_usual_ones():
    levels, is_same = seen(10, 1)
    assert learnt_points(levels, np.zeros(10, bool), is_same, usual=usual_points(), start={}) == usual_points()


def test_points_add_up_pair_by_pair():
    levels, _ = seen(50, 2)
    points = usual_points()
    assert added(levels, points).tolist() == [
        points[BASE] + sum(points[name, level] for name, level in levels.at(place).items() if level)
        for place in range(50)
    ]
