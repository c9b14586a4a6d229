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
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # pyright: ignore[reportMissingTypeStubs]

from onevisit.registries.comparison import MEANINGS, Levels

Points = dict[tuple[str, int], int]
"""(what is compared, level) -> hundredths of a bit; ("base", 0) is where every pair begins."""

BASE = ("base", 0)
HUNDREDTHS = 100 / np.log(2)
"""A logistic weight of 1 in hundredths of a bit."""
_STAYING = 5.0
"""How firmly a point stays at the usual one: the precision of its prior. A dozen lessons move it, one does not."""
_STEPS = 50
_NEAR_ENOUGH = 1e-4
"""After a step this small the next would move no point by a thousandth of a hundredth: each squares the error."""
_PARTS = tuple((name, level) for name, meanings in MEANINGS.items() for level in meanings)


@cache
def usual_points() -> Points:
    """Return the points a county without lessons uses (`weights.toml`)."""
    table = tomllib.loads((files("onevisit.registries") / "weights.toml").read_text("utf-8"))
    return {(name, int(level)): int(points) for name, levels in table.items() for level, points in levels.items()}


def learnt_points(levels: Levels, is_same: NDArray[np.bool_], *, usual: Points, start: Points) -> Points:
    """Return the points that fit the lessons best: `levels` of pairs, and whether each pair is one object.

    The posterior mode of a logistic regression whose weights have normal priors around the `usual`
    points (Bishop 2006, 4.5), by Newton's method. Rounded to hundredths of a bit, so that every
    machine works on with the same whole numbers. `start` is where Newton's method begins: the nearer,
    the sooner it ends.
    """
    lessons = _counted(levels, is_same)
    prior, begin = (np.array([known.get(part, 0) for part in (BASE, *_PARTS)]) / HUNDREDTHS for known in (usual, start))
    if lessons.is_empty():
        return dict(usual)
    present = np.stack([lessons.get_column(name).to_numpy() == level for name, level in _PARTS], axis=1)
    design = np.hstack([np.ones((lessons.height, 1)), present.astype(float)])
    total = lessons.get_column("len").to_numpy().astype(float)
    same = lessons.get_column("same").to_numpy().astype(float)
    staying = np.full(len(prior), _STAYING)
    # One thread: sums in one order on every machine, and small matrices are no quicker on more.
    with threadpool_limits(1, user_api="blas"):
        weights = _fitted(design, total, same, prior=prior, staying=staying, weights=begin)
    return {part: round(float(weight) * HUNDREDTHS) for part, weight in zip((BASE, *_PARTS), weights, strict=True)}


def added(levels: Levels, points: Points) -> NDArray[np.int64]:
    """Return the sum of every pair's points, in hundredths of a bit: log-odds of being one object."""
    count = len(next(iter(levels.values())))
    total = np.full(count, points.get(BASE, 0), np.int64)
    for name, meanings in MEANINGS.items():
        table = np.array([points.get((name, level), 0) for level in range(max(meanings) + 1)], np.int64)
        total += table[levels[name]]
    return total


def probability(hundredths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the probability of being one object that log-odds in hundredths of a bit mean."""
    return 1 / (1 + np.exp2(-hundredths / 100))


def _counted(levels: Levels, is_same: NDArray[np.bool_]) -> pl.DataFrame:
    """Return every pattern of levels once, with how many pairs show it and how many of them are one object."""
    return (
        pl.DataFrame({**levels, "is_same": is_same})
        .group_by(list(levels))
        .agg(pl.len(), same=pl.col("is_same").sum())
        .sort(list(levels))
    )


def _fitted(
    design: NDArray[np.float64],
    total: NDArray[np.float64],
    same: NDArray[np.float64],
    *,
    prior: NDArray[np.float64],
    staying: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (same - total * chance) - staying * (weights - prior)
        curve = (design * (total * chance * (1 - chance))[:, None]).T @ design + np.diag(staying)
        step = np.clip(np.linalg.solve(curve, slope), -2, 2)
        weights = weights + step
        if np.abs(step).max() < _NEAR_ENOUGH:
            break
    return weights
