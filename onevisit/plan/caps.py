"""How many a row is expected to reach, and how many it may: caps on general items (policy III.5).

Everything is counted in objects times basis points, in integers. Key items have no cap: where
safety, quality or the public interest is concerned the policy sets none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from onevisit.county import CLASSES, CreditClass, PlanRules
from onevisit.errors import Problem, problem
from onevisit.plan.ratios import Ratio

ALL_BP = 10_000

ClassCounts = Sequence[int]
"""Objects in scope, per class in the order of CLASSES."""


def class_counts(counts: Mapping[str, int]) -> list[int]:
    """Return objects per class in the order of CLASSES."""
    return [counts.get(letter, 0) for letter in CLASSES]


def expected_bp(ratio: Ratio, counts: ClassCounts) -> int:
    """Return the number a row is expected to draw from a scope, times 10 000."""
    size = sum(counts)
    wanted = max(ratio.object_count or 0, ratio.least)
    return max(_weighed(ratio.rate_bp, counts), min(wanted, size) * ALL_BP)


def settled(ratio: Ratio, counts: ClassCounts) -> Ratio:
    """Return a ratio with the least number that 不低于 asks for on a scope; any other ratio as it is."""
    if not ratio.is_minimum:
        return ratio
    return replace(ratio, least=max(ratio.least, -(-_weighed(ratio.rate_bp, counts) // ALL_BP)))


def ceilings_bp(item_max_bp: int | None, *, is_by_class: bool, rules: PlanRules) -> list[int]:
    """Return the highest rate of each class: the item's own limit, else the county's.

    A row that applies the classes may go further for the risky ones: the limit times the class's
    multiplier, or the class's own cap where that is larger.
    """
    base = rules.general_cap_bp if item_max_bp is None else item_max_bp
    if not is_by_class:
        return [base] * len(CLASSES)
    return [_class_ceiling(base, letter, rules) for letter in CLASSES]


def allowed_bp(ceilings: Sequence[int], counts: ClassCounts) -> int:
    """Return the number a row may be expected to draw, times 10 000."""
    return _weighed(ceilings, counts)


def most_objects(ceilings: Sequence[int], counts: ClassCounts) -> list[int]:
    """Return how many objects of each class may be asked for: one may be however small the class is."""
    return [-(-ceiling * count // ALL_BP) for ceiling, count in zip(ceilings, counts, strict=True)]


def cut(ratio: Ratio, counts: ClassCounts, ceilings: Sequence[int]) -> Ratio:
    """Return a ratio cut to ceilings: rates and numbers class by class, a number for all to what all may give."""
    most = most_objects(ceilings, counts)
    in_all = sum(most) if ratio.is_by_class else -(-allowed_bp(ceilings, counts) // ALL_BP)
    class_counts = tuple(min(asked, may) for asked, may in zip(ratio.class_counts, most, strict=False))
    object_count = ratio.object_count and min(sum(class_counts) if class_counts else ratio.object_count, in_all)
    return replace(
        ratio,
        rate_bp=tuple(min(rate, ceiling) for rate, ceiling in zip(ratio.rate_bp, ceilings, strict=False)),
        class_counts=class_counts,
        object_count=object_count,
        least=min(ratio.least, in_all),
    )


def is_over_cap(ratio: Ratio, counts: ClassCounts, ceilings: Sequence[int]) -> bool:
    """Tell whether a row expects more than its ceilings allow over its scope.

    Rates that differ by class are compared class by class: what is not used on risky ones is no
    allowance for the others. A number of objects is compared with the allowance rounded up: one object
    may be checked however small the scope is, or three shops under a cap of 10 % could never be.
    """
    if ratio.class_counts:
        most = most_objects(ceilings, counts)
        return any(asked > may for asked, may in zip(ratio.class_counts, most, strict=True))
    if ratio.is_by_class:
        return any(
            rate > ceiling and count for rate, ceiling, count in zip(ratio.rate_bp, ceilings, counts, strict=True)
        )
    allowed = allowed_bp(ceilings, counts)
    wanted = min(max(ratio.object_count or 0, ratio.least), sum(counts))
    return _weighed(ratio.rate_bp, counts) > allowed or wanted > -(-allowed // ALL_BP)


def over_cap(ratio: Ratio, counts: ClassCounts, item_max_bp: int | None, rules: PlanRules) -> Problem | None:
    """Return what is wrong with the ratio of a general item on its scope (P040, without a place), if anything."""
    ceilings = ceilings_bp(item_max_bp, is_by_class=ratio.is_by_class, rules=rules)
    if not is_over_cap(ratio, counts, ceilings):
        return None
    source = "本县一般检查事项上限" if item_max_bp is None else "省级清单上这一事项的上限"
    base = rules.general_cap_bp if item_max_bp is None else item_max_bp
    return problem(
        "P040",
        scope=sum(counts),
        allowed=f"{allowed_bp(ceilings, counts) / ALL_BP:.1f}",
        expected=f"{expected_bp(ratio, counts) / ALL_BP:.1f}",
        basis=f"{source} {base / 100:g}%" + (_each_class(ceilings) if ratio.is_by_class else ""),
    )


def _each_class(ceilings: Sequence[int]) -> str:
    each = "、".join(f"{letter}类{bp / 100:g}%" for letter, bp in zip("ABCD", ceilings, strict=False))
    return f"（按分类：{each}）"


def _weighed(rates: Sequence[int], counts: ClassCounts) -> int:
    return sum(rate * count for rate, count in zip(rates, counts, strict=True)) if rates else 0


def _class_ceiling(base: int, letter: CreditClass, rules: PlanRules) -> int:
    multiplied = min(ALL_BP, base * rules.class_multipliers[letter] // 100)
    return max(multiplied, rules.class_caps_bp.get(letter, 0))
