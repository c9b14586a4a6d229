"""Chances over many seeds: who is drawn how often, held against labels that were shuffled."""

import numpy as np
from numpy.typing import NDArray

Drawn = NDArray[np.int64]
"""Seed, visit, seat -> number of the person drawn."""


def shares(drawn: Drawn, people: int) -> NDArray[np.float64]:
    """Return, per visit and person, the share of seeds in which the person was drawn."""
    return _counts(drawn, people) / len(drawn)


def chi_square(drawn: Drawn, people: int) -> float:
    """Return how far visits' draws are from equal chances, per degree of freedom.

    About 1 for independent draws; people of one team are different and loads are evened out, so it is
    less, and only `shuffled` tells how much.
    """
    counts = _counts(drawn, people)
    expected = counts.sum(axis=1, keepdims=True) / people
    return float(((counts - expected) ** 2 / expected).sum() / (counts.shape[0] * (people - 1)))


def shuffled(drawn: Drawn, people: int, times: int) -> list[float]:
    """Return `chi_square` when in every seed the people swap names at random: equals, whatever the draw did."""
    chance = np.random.default_rng(0)
    found: list[float] = []
    for _ in range(times):
        names = chance.permuted(np.tile(np.arange(people), (len(drawn), 1)), axis=1)
        mixed = np.take_along_axis(names, drawn.reshape(len(drawn), -1), axis=1).reshape(drawn.shape)
        found.append(chi_square(mixed, people))
    return found


def _counts(drawn: Drawn, people: int) -> NDArray[np.int64]:
    visits = drawn.shape[1]
    places = drawn + people * np.arange(visits)[None, :, None]
    return np.bincount(places.ravel(), minlength=visits * people).reshape(visits, people)
