"""From the signed-off plan to the frozen files of one round (protocol, section 1).

Nothing can be frozen but a plan that is signed off exactly as it stands. What may not be frozen is
refused in `frozen.py`.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.county import CLASSES, DrawRules
from onevisit.draw.form import tsv, tsv_of
from onevisit.draw.frozen import STRATUM, Settings, read_frozen
from onevisit.draw.rounds import Round
from onevisit.errors import RefusedError, problem
from onevisit.plan.sharing import share_out
from onevisit.plan.signoff import plan_fingerprint, require_sign_off


@dataclass(frozen=True, slots=True)
class SignedPlan:
    """A plan whose fingerprint is signed off; made by `signed_plan` alone."""

    submitted: pl.DataFrame
    scope: pl.DataFrame
    tasks: pl.DataFrame
    fingerprint: str
    approval: str
    """Hash of the decision record that signed it off."""


def signed_plan(
    submitted: pl.DataFrame, scope: pl.DataFrame, tasks: pl.DataFrame, task_items: pl.DataFrame, *, log_text: str
) -> SignedPlan:
    """Return the plan if the decision log signs off exactly this one. Raises RefusedError (P060-P064)."""
    fingerprint = plan_fingerprint(submitted, scope, tasks, task_items)
    return SignedPlan(submitted, scope, tasks, fingerprint, require_sign_off(log_text, fingerprint).hash)


@dataclass(frozen=True, slots=True)
class Parties:
    """Who takes part in one attempt, and when the public source becomes known."""

    chains: Mapping[str, str]
    """Holder -> H^n."""
    moment: str


def freeze_round(
    plan: SignedPlan,
    one: Round,
    *,
    objects: pl.DataFrame,
    history: bytes,
    rules: DrawRules,
    parties: Parties,
    mark_secret: str,
    staff: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Return the frozen files of a round: name -> bytes, those of its `staff` among them.

    Raises RefusedError: D073 an object in scope that is not living or not in the registry, or
    anything that `read_frozen` refuses.
    """
    reach = _reach(plan, one, objects)
    frozen = (
        reach.select("id", "class")
        .unique()
        .sort("id")
        .with_columns(mark=pl.col("id") if one.disclosure == "open" else pl.Series(_marks(reach, mark_secret)))
    )
    exempt = "".join(letter for letter in CLASSES if letter in rules.exempt_classes)
    settings = Settings(one.disclosure, rules.batches, rules.substitutes, rules.sparing_bp, exempt or "-")
    files = {
        "chains.tsv": tsv(parties.chains.items()),
        "history.tsv": history,
        "objects.tsv": tsv_of(frozen),
        "plan.tsv": tsv(_plan_lines(plan, reach)),
        "scope.tsv": tsv_of(reach.select("task", "item", "class", "id")),
        "settings.tsv": tsv(settings.rows()),
        "sources.tsv": tsv([(rules.source_kind, rules.source_name, parties.moment)]),
        "witnesses.tsv": tsv([name] for name in rules.witnesses),
        **staff,
    }
    read_frozen(files)
    return files


def _reach(plan: SignedPlan, one: Round, objects: pl.DataFrame) -> pl.DataFrame:
    """Return task, item, class, id of everything the round's tasks can reach."""
    items = (
        plan.tasks.filter(pl.col("task_id").is_in(list(one.starts)))
        .select(task="task_id", item="plan_rows")
        .explode("item", empty_as_null=False)
    )
    living = objects.filter("is_living").select(id="object_id", known="credit_class")
    reach = items.join(plan.scope.select(item="plan_row_id", id="object_id"), on="item").join(
        living, on="id", how="left"
    )
    unknown = reach.filter(pl.col("known").is_null())["id"].unique().sort()
    if len(unknown):
        raise RefusedError([problem("D073", value=object_id) for object_id in unknown.head(20)])
    letter = pl.lit("N") if one.disclosure == "open" else pl.col("known")
    return reach.select("task", "item", letter.alias("class"), "id")


def _marks(reach: pl.DataFrame, secret: str) -> list[str]:
    """Return a secret mark per object, in order of id: 110 bits that nobody outside can guess."""
    return [mark_of(object_id, secret) for object_id in reach["id"].unique().sort()]


def mark_of(object_id: str, secret: str) -> str:
    """Return an object's mark: 22 characters of [a-z2-7], different under every secret."""
    digest = hashlib.sha256(f"ov1/mark\n{secret}\n{object_id}\n".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:22]


def _plan_lines(plan: SignedPlan, reach: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return the lines of plan.tsv, one per task, item and stratum that has objects."""
    sizes = reach.group_by("task", "item", stratum="class").len().sort(STRATUM)
    by_item: dict[tuple[str, str], dict[str, int]] = {}
    for task, item, stratum, size in sizes.iter_rows():
        by_item.setdefault((task, item), {})[stratum] = size
    rows = {row["plan_row_id"]: row for row in plan.submitted.iter_rows(named=True)}
    lines: list[tuple[str, ...]] = []
    for (task, item), strata in by_item.items():
        row = rows[item]
        asked = _counts(row, strata) if row["ratio_kind"] == "count" else _rates(row, strata)
        for stratum, size in strata.items():
            value, least = asked[stratum]
            lines.append((task, item, stratum, row["tier"], str(size), row["ratio_kind"], str(value), str(least)))
    return lines


def _counts(row: Mapping[str, Any], strata: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return (value, least) per stratum of a row that asks for a number of objects.

    By size, or as the plan allotted it to the classes; an allotment is shared out again to what a class
    has now, lest the total change with it. The number is shared out once, in `value`. 不少于 adds nothing
    to it: a least of its own, shared out again, could round to another stratum and draw one object more
    than the plan says.
    """
    allotted = row["class_counts"]
    weights = {stratum: allotted[CLASSES.index(stratum)] for stratum in strata} if allotted else strata
    shares = share_out(max(row["object_count"], row["least"]), weights=weights, sizes=strata)
    return {stratum: (share, 0) for stratum, share in shares.items()}


def _rates(row: Mapping[str, Any], strata: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return (value, least) per stratum of a row that asks for rates.

    不少于N户 holds for the row, a line's least for its stratum: it is shared out by expected numbers,
    so that it lifts every stratum alike and the row as a whole gets at least N.
    """
    rate = {stratum: row["rate_bp"][CLASSES.index(stratum)] for stratum in CLASSES if stratum in strata}
    expected = {stratum: strata[stratum] * rate[stratum] for stratum in strata}
    shares = share_out(row["least"], weights=expected, sizes=strata)
    return {stratum: (rate[stratum], shares[stratum]) for stratum in strata}
