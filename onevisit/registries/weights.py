"""What each level of agreement counts for: learnt from the codes themselves, no human labels.

A pair of records that both bear a trusted credit code is a lesson: one object if the codes are the
same, two if not, and hard ones are among them (branches, sister firms, shops of one name). A logistic
regression over the levels gives points in hundredths of a bit; they add up. Where a county has few
lessons, the points stay near those of `weights.toml`, learnt from made counties.
"""

import tomllib
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController  # pyright: ignore[reportMissingTypeStubs]

from onevisit.registries.comparison import MEANINGS, Levels
from onevisit.registries.texts import Flags, Whole

Points = dict[tuple[str, int], int]
"""(what is compared, level) -> hundredths of a bit; ("base", 0) is where every pair begins."""

BASE = ("base", 0)
HUNDREDTHS = 100 / np.log(2)
"""A logistic weight of 1 in hundredths of a bit."""
_STAYING = 5.0
"""How firmly a point stays at the usual one: the precision of its prior. A dozen lessons move it, one does not."""
_STEPS = 50
_FARTHEST = 2
"""A step moves no weight by more: far from the end Newton's method overshoots. What still does is halved."""
_NEAR_ENOUGH = 1e-4
"""After a step this small the next would move no point by a thousandth of a hundredth: each squares the error."""
_PARTS = tuple((name, level) for name, meanings in MEANINGS.items() for level in meanings)


@cache
def usual_points() -> Points:
    """Return the points a county without lessons uses (`weights.toml`)."""
    table = tomllib.loads((files("onevisit.registries") / "weights.toml").read_text("utf-8"))
    return {(name, int(level)): int(points) for name, levels in table.items() for level, points in levels.items()}


def learnt_points(levels: Levels, lessons: Flags, is_same: Flags, *, usual: Points, start: Points) -> Points:
    """Return the points that fit the lessons best: `lessons` tells which pairs are any, `is_same` which are one object.

    The posterior mode of a logistic regression whose weights have normal priors around the `usual`
    points (Bishop 2006, 4.5), by Newton's method. Rounded to hundredths of a bit, so that every
    machine works on with the same whole numbers. `start` is where Newton's method begins: the nearer,
    the sooner it ends.
    """
    prior, begin = (np.array([known.get(part, 0) for part in (BASE, *_PARTS)]) / HUNDREDTHS for known in (usual, start))
    count = len(levels.patterns["name"])
    total, same = (np.bincount(levels.shown[seen], minlength=count) for seen in (lessons, lessons & is_same))
    taught = np.flatnonzero(total)
    if not len(taught):
        return dict(usual)
    design = np.ones((1 + len(_PARTS), len(taught)))
    for row, (name, level) in zip(design[1:], _PARTS, strict=True):
        row[:] = levels.patterns[name][taught] == level
    # One thread: sums in one order on every machine, and small matrices are no quicker on more.
    with _libraries().limit(limits=1, user_api="blas"):  # pyright: ignore[reportUnknownMemberType]
        weights = _fitted(design, total[taught], same[taught], prior=prior, weights=begin)
    return {part: round(float(weight) * HUNDREDTHS) for part, weight in zip((BASE, *_PARTS), weights, strict=True)}


def added(levels: Levels, points: Points) -> Whole:
    """Return the sum of every pair's points, in hundredths of a bit: log-odds of being one object."""
    total = np.full(len(levels.patterns["name"]), points.get(BASE, 0), np.int64)
    for name, meanings in MEANINGS.items():
        table = np.array([points.get((name, level), 0) for level in range(max(meanings) + 1)], np.int64)
        total += table[levels.patterns[name]]
    return total[levels.shown]


def probability(hundredths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the probability of being one object that log-odds in hundredths of a bit mean."""
    return 1 / (1 + np.exp2(-hundredths / 100))


@cache
def _libraries() -> ThreadpoolController:
    """Return the libraries whose threads can be limited; looking for them takes longer than what they are for."""
    return ThreadpoolController()


def _fitted(
    design: NDArray[np.float64],
    total: Whole,
    same: Whole,
    *,
    prior: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the weights of the design's rows: of its columns, each shown by `total` pairs, `same` are one object."""

    def unlikely(weights: NDArray[np.float64], odds: NDArray[np.float64]) -> float:
        return total @ np.logaddexp(0, odds) - same @ odds + _STAYING / 2 * np.square(weights - prior).sum()

    rough = design.astype(np.float32)
    odds = weights @ design
    before = unlikely(weights, odds)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-odds))
        slope = design @ (same - total * chance) - _STAYING * (weights - prior)
        # The slope decides where the steps end, the curve only how soon: half the digits will do for it.
        bent = rough * np.sqrt(total * chance * (1 - chance)).astype(np.float32)
        step = np.linalg.solve(bent @ bent.T + _STAYING * np.eye(len(weights)), slope)
        farthest = np.abs(step).max()
        if farthest < _NEAR_ENOUGH:
            return weights + step
        step *= _FARTHEST / max(farthest, _FARTHEST)
        change = step @ design
        while (after := unlikely(weights + step, odds + change)) > before:
            step, change = step / 2, change / 2
        weights, odds, before = weights + step, odds + change, after
    return weights
