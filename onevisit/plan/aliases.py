"""Which items may be the same under other names (同类事项): proposed to a person, never merged by text alone."""

import re
from itertools import combinations

import polars as pl
from rapidfuzz.distance import Indel

from onevisit.plan.groups import Groups
from onevisit.plan.merge import Plan
from onevisit.plan.rulings import parts_of, ruled
from onevisit.plan.tables import AliasProposals
from onevisit.tables import frame_of

_COMMON_WORDS = re.compile(r"对|的|检查|监督|抽查|行政|日常|联合|情况|行为|[、，（）()“”]")
"""What nearly every item's name holds, and so says nothing of what is checked."""


def propose_aliases(plan: Plan, rulings: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of items that nobody has ruled on yet, whose names are alike and whose rows meet.

    Rows meet when they have an object in common. Most alike first.
    """
    groups = plan.groups()
    known = {
        frozenset(part[0] for part in parts_of("alias", subject)) for subject in ruled(rulings, "alias")["subject"]
    }
    items = {code: (name, department) for code, name, department in _items(plan)}
    cores = {code: _COMMON_WORDS.sub("", name) for code, (name, _) in items.items()}
    rows: list[dict[str, object]] = []
    for left, right in combinations(sorted(items), 2):
        similarity = round(Indel.normalized_similarity(cores[left], cores[right]), 4)
        if similarity < plan.rules.alias_min_similarity or frozenset((left, right)) in known:
            continue
        if common := _common(plan, groups, left, right):
            (left_name, left_department), (right_name, right_department) = items[left], items[right]
            rows.append(
                {
                    "left_item": left,
                    "right_item": right,
                    "left_name": left_name,
                    "right_name": right_name,
                    "left_department": left_department,
                    "right_department": right_department,
                    "similarity": similarity,
                    "common_objects": common,
                }
            )
    return frame_of(AliasProposals, rows).sort("similarity", "left_item", "right_item", descending=[True, False, False])


def _items(plan: Plan) -> list[tuple[str, str, str]]:
    return plan.rows.select("item_code", "item_name", "department").unique().sort("item_code").rows()


def _common(plan: Plan, groups: Groups, left: str, right: str) -> int:
    """Return the most objects that a row of one item and a row of the other both reach."""
    numbers: dict[str, list[int]] = {left: [], right: []}
    for number, code in enumerate(plan.rows["item_code"]):
        if code in numbers:
            numbers[code].append(number)
    return max(groups.common_objects(one, other) for one in numbers[left] for other in numbers[right])
