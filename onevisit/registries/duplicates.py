"""Pairs of records a person should look at (疑似重复), each with its reasons; nothing is merged for being one.

In doubt are: what is neither likely enough to join nor unlikely enough to part; a code that the rest
contradicts; two codes on what looks like one business; two published ids that would become one.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from onevisit.codes import masked_phone
from onevisit.registries.explanation import levels_at, reasons, waterfall
from onevisit.registries.linkage import JUDGED, MERGE, Linkage
from onevisit.registries.tables import DuplicatesToReview
from onevisit.registries.weights import probability
from onevisit.tables import frame_of

REVIEW = -287
"""Two clusters are looked at from so many hundredths of a bit on: p >= .12."""
LOOKALIKE = 317
"""Two records with different codes look like one business from so many hundredths of a bit on: p >= .9."""

REASONS = {
    "likely_same": "各项比较后可能是同一对象，但把握不够，系统没有合并。",
    "two_codes": "看起来是同一家，信用代码却不同：可能有一方填错，也可能是重新登记或个转企。",
    "two_ids": "两个对象上年都已公布，今年的记录表明可能是同一对象，由人确认之后才合并。",
    "contradicted": "与另一条记录填报了同一代码，其他内容却不相符，可能填了别家的代码。",
    "branch": "分支机构填报了总公司的代码。",
    "superseded": "登记机关的名录里没有这个代码，其他内容与登记机关的记录一致，可能是换发之前的旧代码。",
}
"""Why a person should look, in one sentence, by kind or by doubt."""

_SIDE = (
    ("key", "record_key"),
    ("id", "object_id"),
    *((name, name) for name in ("department", "file", "sheet", "row", "name", "code", "address", "town")),
    *((name, name) for name in ("legal_rep", "phone", "opened_on", "state")),
)


def duplicates_to_review(linkage: Linkage, published: pl.DataFrame, ruled: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs to look at, the likeliest first.

    `linkage.records` must have `object_id`. `published` has record_key and object_id, the ids published
    in earlier years; `ruled` has left and right of pairs that people have judged, which are not asked again.
    """
    asked = pl.concat([_unsure(linkage, published), _doubted(linkage)])
    asked = asked.join(ruled, on=["left", "right"], how="anti").sort("left", "right", "kind")
    once = asked.unique(["left", "right"], keep="first", maintain_order=True)
    compared = linkage.pairs.with_row_index("place").select("left", "right", "place", "points")
    place = compared.join(once, on=["left", "right"], how="semi")
    placed = once.join(place, on=["left", "right"], how="left", maintain_order="left")
    sides = (linkage.records[placed.get_column(side)].iter_rows(named=True) for side in ("left", "right"))
    rows = [_row(linkage, *both) for both in zip(placed.iter_rows(named=True), *sides, strict=True)]
    return frame_of(DuplicatesToReview, rows).sort(
        "department", "kind", "probability", "pair_id", descending=[False, False, True, False], nulls_last=True
    )


def _unsure(linkage: Linkage, published: pl.DataFrame) -> pl.DataFrame:
    """Return one pair for each two clusters that may be one: left, right, kind, reason."""
    records = linkage.records
    cluster = records.get_column("cluster")
    ends = [cluster.gather(linkage.pairs.get_column(side)) for side in ("left", "right")]
    candidates = linkage.pairs.with_columns(
        closed=pl.Series(linkage.levels["closed"]), low=pl.min_horizontal(*ends), high=pl.max_horizontal(*ends)
    ).filter("is_candidate", pl.col("low") != pl.col("high"))
    marks = (
        records.join(published.rename({"object_id": "published"}), on="record_key", how="left")
        .group_by("cluster")
        .agg(pl.col("trusted").drop_nulls().first(), pl.col("published").drop_nulls().min())
    )
    # One number for two clusters: half the work of two columns.
    between = pl.col("low") * records.height + pl.col("high")
    total = (
        candidates.group_by(between.alias("between"))
        .agg(pl.col("low", "high").first(), pl.col("points").sum(), best=pl.col("points").max())
        .filter((pl.col("points") >= REVIEW) | (pl.col("best") >= LOOKALIKE))
    )
    # The likeliest pair of records stands for the two clusters.
    likeliest = (
        candidates.join(total, on=["low", "high"], how="semi")
        .sort("low", "high", -pl.col("points"), "left", "right")
        .unique(["low", "high"], keep="first", maintain_order=True)
    )
    both = total.join(likeliest.drop("points"), on=["low", "high"])
    for side in ("low", "high"):
        both = both.join(marks.select(pl.all().name.prefix(f"{side}_")), left_on=side, right_on=f"{side}_cluster")
    two_codes = (pl.col("low_trusted") != pl.col("high_trusted")).fill_null(False)
    two_ids = (pl.col("low_published") != pl.col("high_published")).fill_null(False)
    # A business that closed and one that took its place are no mistake: see `successors.py`.
    kind = (
        pl.when(two_codes & (pl.col("best") >= LOOKALIKE) & (pl.col("closed") == 0))
        .then(pl.lit("two_codes"))
        .when(~two_codes & two_ids & (pl.col("points") >= MERGE))
        .then(pl.lit("two_ids"))
        .when(~two_codes & (pl.col("points") >= REVIEW))
        .then(pl.lit("likely_same"))
    )
    found = both.with_columns(kind=kind).drop_nulls("kind")
    return found.select("left", "right", "kind", reason="kind")


def _doubted(linkage: Linkage) -> pl.DataFrame:
    """Return each doubted record beside the one that speaks against its code: left, right, kind, reason."""
    records = linkage.records
    # What a person judged is not asked again.
    asked = pl.col("doubt").is_not_null() & (pl.col("doubt") != JUDGED)
    doubted = records.filter(asked).select("record", "doubt", "link_code", "cluster")
    first = records.select("record", "link_code", "cluster", "trusted", "doubt", "is_registrar").sort(
        pl.col("doubt").is_not_null(), ~pl.col("is_registrar"), "record"
    )
    rivals = (
        first.select("link_code", rival="record", rivals="cluster")
        .join(doubted, on="link_code")
        .filter(pl.col("cluster") != pl.col("rivals"))
        .unique("record", keep="first", maintain_order=True)
        .select("record", "rival")
    )
    believed = first.filter(pl.col("doubt").is_null()).drop_nulls("trusted")
    twins = believed.unique("cluster", keep="first", maintain_order=True).select("cluster", twin="record")
    is_old = pl.col("doubt") == "superseded"
    against = (
        doubted.join(rivals, on="record", how="left")
        .join(twins, on="cluster", how="left")
        # A code from before is told by the record with the new one, any other by who else bears it.
        .with_columns(other=pl.when(is_old).then(pl.coalesce("twin", "rival")).otherwise("rival"))
        .drop_nulls("other")
        .filter(pl.col("other") != pl.col("record"))
    )
    return against.select(
        left=pl.min_horizontal("record", "other"),
        right=pl.max_horizontal("record", "other"),
        kind=pl.lit("suspect_code"),
        reason="doubt",
    )


def _row(
    linkage: Linkage, asked: Mapping[str, Any], left: Mapping[str, Any], right: Mapping[str, Any]
) -> dict[str, object]:
    """Return a pair of records as it is shown; `asked` has kind, reason and, if it was compared, place and points."""
    kind, place, points = asked["kind"], asked["place"], asked["points"]
    levels = None if place is None else levels_at(linkage.levels, place)
    likely = None if points is None else round(float(probability(np.array([points]))[0]), 4)
    keys = sorted(str(side["record_key"]) for side in (left, right))
    shown: dict[str, object] = {
        "pair_id": f"R-{hashlib.sha256('|'.join(keys).encode()).hexdigest()[:10]}",
        "department": _asked(left, right, kind),
        "kind": kind,
        "probability": likely,
        "reason": REASONS[asked["reason"]],
        "waterfall": "" if levels is None else waterfall(reasons(left, right, levels, linkage.points)),
    }
    for name, side in (("left", left), ("right", right)):
        shown |= {f"{name}_{shown_as}": side[column] for shown_as, column in _SIDE}
        shown[f"{name}_phone"] = masked_phone(str(side["phone"])) if side["phone"] else None
    return shown


def _asked(left: Mapping[str, Any], right: Mapping[str, Any], kind: str) -> str:
    """Return the department that is asked: whose code is doubted, else who is not the registering authority."""
    if kind == "suspect_code":
        return str((left if left["doubt"] else right)["department"])
    return str((left if right["is_registrar"] else right)["department"])
