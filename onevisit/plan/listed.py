"""What the bureau must settle about a row's ratio and frequency, though the row stands.

Over an upper limit of the list of record, or of the county, a general row is refused: the list is to be
carried out strictly (严格执行随机抽查事项清单, policy III.2), and lowering the ratio needs nobody else. A
conflict is what no department can mend alone, or where the policy lets it go further: a key item (抽查
比例不设上限) above the ratio its list names, a row below the ratio its list names, a limit the department
set itself, more checks a year than the list foresees, bad credit drawn less than good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from onevisit.county import PlanRules
from onevisit.errors import Problem, problem
from onevisit.plan.caps import ClassCounts, ceilings_bp, expected_bp, is_over_cap
from onevisit.plan.ratios import Ratio, listed_bounds


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing to settle; `limit_bp` is what the ratio can be cut to, where the conflict names a limit."""

    kind: str
    problem: Problem
    limit_bp: int | None = None


def ratio_conflicts(
    ratio: Ratio,
    counts: ClassCounts,
    item: Mapping[str, Any],
    *,
    words: str,
    own_limit_bp: int | None,
    rules: PlanRules,
) -> list[Conflict]:
    """Return what is to be settled about a ratio on its scope.

    `words` are the ratio as filed or ruled: a conflict is known by them, not by what spreading makes of
    them on the registry of the day. `item` is the item of record, `own_limit_bp` the limit that the
    department's own list sets it.
    """
    listed_least, listed_most = listed_bounds(item["ratio_text"])
    most = listed_most if item["ratio_max_bp"] is None else item["ratio_max_bp"]
    found: list[Conflict] = []

    def is_over(limit_bp: int | None) -> bool:
        return limit_bp is not None and is_over_cap(
            ratio, counts, ceilings_bp(limit_bp, is_by_class=ratio.is_by_class, rules=rules)
        )

    if is_over(most):
        found.append(Conflict("listed_ratio", problem("P044", value=words, listed=item["ratio_text"]), most))
    elif item["tier"] == "general" and own_limit_bp is not None and is_over(own_limit_bp):
        limit = f"{own_limit_bp / 100:g}%"
        found.append(Conflict("listed_ratio", problem("P057", value=words, limit=limit), own_limit_bp))
    if listed_least is not None and expected_bp(ratio, counts) < listed_least * sum(counts):
        found.append(Conflict("listed_least", problem("P045", value=words, listed=item["ratio_text"])))
    if is_inverted(ratio.rate_bp):
        found.append(Conflict("class_order", problem("P043", value=words)))
    return found


def frequency_conflicts(asked: int, item: Mapping[str, Any]) -> list[Conflict]:
    """Return what is to be settled about checking an item so many times a year."""
    limit: int | None = item["frequency_max"]
    if limit is None or asked <= limit:
        return []
    found = problem("P046", value=f"{asked}次", limit=limit, item=item["item_code"])
    return [Conflict("listed_frequency", found)]


def is_inverted(rates: Sequence[int]) -> bool:
    """Tell whether a riskier class of A B C D is drawn at a lower rate than a less risky one."""
    return any(riskier < better for better, riskier in pairwise(rates[:4]))
