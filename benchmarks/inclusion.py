"""How often objects were drawn over many seeds, and whether that could be chance.

Everything summed is a whole number: how the seeds were shared out makes no difference.

With n of N objects drawn and all in the same position, the counts X of R seeds have variance
Rp(1-p), p = n/N, and every two of them covariance -Rp(1-p)/(N-1), however the draw is made. So
sum (X - Rp)² / (Rp(1-p)·N/(N-1)) is chi-square with N-1 degrees of freedom. Objects of one cell are in
the same position whatever else the stratum holds, given how many of them were drawn: this test is
exact in every stratum. Between cells chances may deviate; those deviations are measured, less what
chance alone would give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.years import Drawn, Stratum
from onevisit.draw.frozen import WHOLE

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tally:
    """What many seeds did to one stratum; tallies of other seeds can be added."""

    stratum: Stratum
    seeds: int
    counts: Whole
    """Per object: how often it was drawn."""
    numbers: Whole
    """How often 0, 1 … N objects were drawn."""
    mixed: Whole
    """Per cell of n objects, x of them drawn: sum of x·(n-x)."""
    excess: Whole
    """Per cell: sum of d = N·x - n·(number drawn), which is 0 on average where chances are equal."""
    products: Whole
    """Per two cells: sum of d·d'."""

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.stratum,
            self.seeds + other.seeds,
            self.counts + other.counts,
            self.numbers + other.numbers,
            self.mixed + other.mixed,
            self.excess + other.excess,
            self.products + other.products,
        )


def tallied(stratum: Stratum, drawn: Drawn) -> Tally:
    """Return the tally of one stratum from who was drawn with each seed."""
    own = drawn[:, stratum.columns].astype(np.int64)
    sizes = np.array(stratum.cell_sizes)
    by_cell = own @ np.eye(len(sizes), dtype=np.int64)[list(stratum.cells)]
    numbers = own.sum(axis=1)
    excess = stratum.size * by_cell - numbers[:, None] * sizes
    return Tally(
        stratum,
        len(own),
        own.sum(axis=0),
        np.bincount(numbers, minlength=stratum.size + 1),
        (by_cell * (sizes - by_cell)).sum(axis=0),
        excess.sum(axis=0),
        excess.T @ excess,
    )


def together(tallies: Iterable[Sequence[Tally]]) -> list[Tally]:
    """Add tallies of the same strata."""
    return reduce(lambda one, other: [a + b for a, b in zip(one, other, strict=True)], (list(own) for own in tallies))


def p_of_objects(tally: Tally) -> float | None:
    """Return the chance of counts as uneven among objects of one cell; None where no cell could be uneven."""
    statistic, freedom = 0.0, 0
    cells = np.array(tally.stratum.cells)
    for cell, (size, mixed) in enumerate(zip(tally.stratum.cell_sizes, tally.mixed, strict=True)):
        if size > 1 and mixed:
            counts = tally.counts[cells == cell]
            statistic += float(((counts - counts.mean()) ** 2).sum()) * size * (size - 1) / float(mixed)
            freedom += size - 1
    return float(stats.chi2.sf(statistic, freedom)) if freedom else None


def p_of_cells(tally: Tally) -> float | None:
    """Return the chance of counts as uneven between cells; None where there is one cell."""
    if len(tally.excess) == 1:
        return None
    # They add up to nothing: the last one is what the others leave.
    mean = tally.excess[:-1] / tally.seeds
    covariance = tally.products[:-1, :-1] / tally.seeds - np.outer(mean, mean)
    statistic = tally.seeds * mean @ np.linalg.solve(covariance, mean)
    return float(stats.chi2.sf(statistic, len(mean)))


@dataclass(frozen=True, slots=True)
class Deviation:
    """How much more (or less) than n/N the objects of one cell were drawn, relative to n/N."""

    cell_size: int
    relative: float
    error: float
    """Standard error."""


def deviations(tally: Tally) -> list[Deviation]:
    """Return the deviation of each cell."""
    taken = int(tally.counts.sum())
    return [
        Deviation(
            size,
            float(excess) / (size * taken),
            sqrt(float(square) - float(excess) ** 2 / tally.seeds) / (size * taken),
        )
        for size, excess, square in zip(
            tally.stratum.cell_sizes, tally.excess, np.diagonal(tally.products), strict=True
        )
    ]


def rms(tallies: Iterable[Tally]) -> float:
    """Return the root mean square of the deviation over all objects, less what chance alone would give."""
    found = [one for tally in tallies for one in deviations(tally)]
    square = sum(one.cell_size * (one.relative**2 - one.error**2) for one in found)
    return sqrt(max(0.0, square / sum(one.cell_size for one in found)))


def worst(tallies: Iterable[Tally]) -> Deviation:
    """Return the largest deviation."""
    return max((one for tally in tallies for one in deviations(tally)), key=lambda one: abs(one.relative))


def expected_number(stratum: Stratum) -> tuple[int, float, float]:
    """Return the fewest drawn, how likely it is one more, and the mean (protocol, section 3)."""
    kind, value, least = stratum.asked
    fewest, rest = divmod(stratum.size * value, WHOLE) if kind == "rate" else (value, 0)
    bounded = [min(stratum.size, max(number, least)) for number in (fewest, fewest + 1)]
    more = rest / WHOLE * (bounded[1] - bounded[0])
    return bounded[0], more, bounded[0] + more


def p_of_number(tally: Tally) -> float:
    """Return the chance of a number drawn as far from the promised mean; 0 where a number should never be."""
    fewest, more, _ = expected_number(tally.stratum)
    ups = int(tally.numbers[fewest + 1 :].sum())
    if int(tally.numbers[fewest : fewest + 2].sum()) < tally.seeds:
        return 0.0
    return float(stats.binomtest(ups, tally.seeds, more).pvalue)
