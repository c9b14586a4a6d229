"""One ratio over the credit classes, for a row marked 按信用风险分类 that names no ratio per class (policy III.5).

Good credit is drawn less and bad credit more, in proportion to the county's multipliers, and the number
expected over the whole scope stays what was filed. Only then the ceilings of the classes cut; what they
cut is told, and goes to nobody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product

from onevisit.county import CLASSES, CreditClass
from onevisit.plan.caps import ALL_BP, ClassCounts, expected_bp, most_objects
from onevisit.plan.ratios import Ratio, ratio_words
from onevisit.plan.sharing import share_out


@dataclass(frozen=True, slots=True)
class Spread:
    """A ratio by class, and what became of the one filed, in Chinese sentences."""

    ratio: Ratio
    told: list[str]


def spread(
    ratio: Ratio, counts: ClassCounts, *, multipliers: Mapping[CreditClass, int], ceilings: Sequence[int]
) -> Spread:
    """Return a flat ratio or a number of objects by class, no class above its ceiling."""
    if ratio.object_count:
        return _allotted(ratio, counts, multipliers, ceilings)
    rates = spread_rates(ratio.rate_bp[0], counts, multipliers)
    whole = replace(ratio, rate_bp=rates, is_by_class=True)
    capped = replace(whole, rate_bp=tuple(min(rate, ceiling) for rate, ceiling in zip(rates, ceilings, strict=True)))
    told = [f"抽查比例“{ratio_words(ratio)}”按信用风险分类摊到各类：{ratio_words(whole)}"]
    lost = expected_bp(whole, counts) - expected_bp(capped, counts)
    if capped != whole:
        told.append(f"按各类上限降为{ratio_words(capped)}，预计少抽{lost / ALL_BP:.1f}户")
    return Spread(capped, told)


def spread_rates(base: int, counts: ClassCounts, multipliers: Mapping[CreditClass, int]) -> tuple[int, ...]:
    """Return whole basis points per class in proportion to the multipliers, with the expected total of `base`.

    A class cannot give more than everybody: what it would have to goes to the others. Each rate is the
    exact one rounded down or up, so that the total is as near as whole basis points can bring it while
    a class with a higher multiplier never gets less than one with a lower.
    """
    weights = [multipliers[letter] for letter in CLASSES]
    floors = [int(rate) for rate in _exact_rates(base, counts, weights)]
    rest = base * sum(counts) - sum(rate * count for rate, count in zip(floors, counts, strict=True))

    def distance(ups: tuple[int, ...]) -> int:
        return abs(rest - sum(up * count for up, count in zip(ups, counts, strict=True)))

    choices = [ups for ups in product((0, 1), repeat=len(CLASSES)) if _in_order(_sums(floors, ups), weights)]
    return tuple(_sums(floors, min(choices, key=lambda ups: (distance(ups), ups))))


def _exact_rates(base: int, counts: ClassCounts, weights: Sequence[int]) -> list[Fraction]:
    """Return the rates in proportion to the weights, no class above everybody, with the total of `base`."""
    everybody, full = Fraction(ALL_BP), set[int]()
    while True:
        rest = base * sum(counts) - sum(ALL_BP * counts[place] for place in full)
        whole = sum(
            weight * count
            for place, (weight, count) in enumerate(zip(weights, counts, strict=True))
            if place not in full
        )
        rates = [min(everybody, Fraction(weight * rest, whole)) if whole else everybody for weight in weights]
        more = {place for place, weight in enumerate(weights) if whole and weight * rest >= ALL_BP * whole} - full
        if not more:
            return [everybody if place in full else rate for place, rate in enumerate(rates)]
        full |= more


def _allotted(
    ratio: Ratio, counts: ClassCounts, multipliers: Mapping[CreditClass, int], ceilings: Sequence[int]
) -> Spread:
    by_letter = dict(zip(CLASSES, counts, strict=True))
    shares = share_out(
        ratio.object_count or 0,
        weights={letter: count * multipliers[letter] for letter, count in by_letter.items()},
        sizes=dict(zip(CLASSES, most_objects(ceilings, counts), strict=True)),
    )
    total = sum(shares.values())
    allotted = replace(
        ratio,
        class_counts=tuple(shares[letter] for letter in CLASSES),
        object_count=total,
        least=min(ratio.least, total),
        is_by_class=True,
    )
    told = [f"抽查数量“{ratio_words(ratio)}”按信用风险分类分到各类：{ratio_words(allotted)}"]
    if total < (ratio.object_count or 0):
        told.append(f"各类最多抽{total}户，比报送的少{(ratio.object_count or 0) - total}户")
    return Spread(allotted, told)


def _sums(floors: Sequence[int], ups: Sequence[int]) -> list[int]:
    return [rate + up for rate, up in zip(floors, ups, strict=True)]


def _in_order(rates: Sequence[int], weights: Sequence[int]) -> bool:
    pairs = combinations(sorted(zip(weights, rates, strict=True)), 2)
    return max(rates) <= ALL_BP and all(
        low_rate <= rate and (low < weight or low_rate == rate) for (low, low_rate), (weight, rate) in pairs
    )
