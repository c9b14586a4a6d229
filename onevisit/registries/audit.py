"""Which filed codes may be believed: a code is a claim, and what else the records say may contradict it.

Three doubts. A branch that bears its parent's code. A record that has nothing in common with the
others of its code: a stranger's code, copied one row too low. A code that the registering authority
does not know, on a record that agrees with the authority's own in name, person, door and opening
day: the code before the last change. A doubted code links nothing and is never an object's own.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from rapidfuzz import fuzz

from onevisit.registries.clusters import connected
from onevisit.registries.comparison import Levels
from onevisit.registries.texts import DIFFERENT, Flags, Texts
from onevisit.registries.weights import BASE, Points, added

CONTRADICTED = -800
"""Records of one code are taken for strangers below this, in hundredths of a bit: one wrong code in 250 is usual."""
LIKE_A_PARENT = 70
"""A branch's name begins like its firm's at this likeness of `rapidfuzz.fuzz.ratio`, 0 to 100, and beyond."""
CLAIMED = 600
"""A record is another code's beyond this, in hundredths of a bit."""


def doubts(
    records: pl.DataFrame, columns: Mapping[str, Texts], pairs: pl.DataFrame, levels: Levels, points: Points
) -> pl.Series:
    """Return each record's doubt: branch, contradicted or superseded, null where its code may be believed.

    `columns` are those of the records; `pairs` has left, right, `is_mate` (one link code) and
    `is_candidate`, `levels` are those of the pairs, `points` what they count for.
    """
    found = added(levels, points)
    code = columns["link_code"]
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    mate = np.flatnonzero(pairs["is_mate"])
    mates = pairs[mate].with_columns(
        likeness=pl.Series(found[mate] - points[BASE]), unit=pl.Series(levels["unit"][mate])
    )
    group = connected(records.height, mates.filter(pl.col("likeness") >= CONTRADICTED))
    coded = records.select("record", "code_kind", "is_registrar", code=pl.Series(code.number), group=pl.Series(group))
    bearers = coded.filter(pl.col("code") >= 0)
    others = pairs["is_candidate"].to_numpy() & (code.agreement(left, right) == DIFFERENT)
    claims = pairs[np.flatnonzero(others & (found >= CLAIMED) & _may_be_of_one_name(levels)[levels.shown])]
    twin = np.flatnonzero(others & _agrees(levels)[levels.shown])
    twins = pairs[twin].with_columns(
        left_code=pl.Series(code.number[left[twin]]), right_code=pl.Series(code.number[right[twin]])
    )
    # One doubt after the other: who has lost the code already keeps it from nobody.
    told = [_branches(records, mates).with_columns(doubt=pl.lit("branch"))]
    for doubt, doubted, against in (("contradicted", _strangers, claims), ("superseded", _superseded, twins)):
        still = bearers.join(pl.concat(told), on="record", how="anti")
        told.append(doubted(still, against).with_columns(doubt=pl.lit(doubt)))
    every = records.select("record").join(pl.concat(told), on="record", how="left", maintain_order="left")
    return every.get_column("doubt")


def _may_be_of_one_name(levels: Levels) -> Flags:
    """Tell the patterns of names that are one or nearly one."""
    return levels.patterns["name"] <= 4


def _agrees(levels: Levels) -> Flags:
    """Tell the patterns of two records that agree in name, person, door and opening day."""
    patterns = levels.patterns
    return (
        (patterns["name"] <= 2)
        & np.isin(patterns["person"], (1, 2, 5, 6))
        & (patterns["opened"] == 1)
        & np.isin(patterns["door"], (0, 1, 2, 3, 5, 8, 10))
    )


def _branches(records: pl.DataFrame, mates: pl.DataFrame) -> pl.DataFrame:
    """Return the branches with a code that a record of the whole firm bears as well.

    A firm's name is its branch's without the end: a stranger with the branch's code makes no parent, nor
    does a slip of the pen in 分公司. The registering authority's own records are no exception: it too
    files branches under the parent's code.
    """
    apart = mates.filter(pl.col("unit") == 3)
    sides = pl.concat([apart.select(record=own, mate=other) for own, other in (("left", "right"), ("right", "left"))])
    name = records.get_column("name_sound").fill_null("")
    has_unit = records.get_column("unit").is_not_null().gather(sides["record"])
    of_branch = [
        _is_branch_of(own, mate)
        for own, mate in zip(name.gather(sides["record"]), name.gather(sides["mate"]), strict=True)
    ]
    return sides.filter(has_unit & pl.Series(of_branch, dtype=pl.Boolean)).select("record").unique().sort("record")


def _is_branch_of(name: str, firm: str) -> bool:
    return len(name) >= len(firm) + 2 and fuzz.ratio(name[: len(firm)], firm) >= LIKE_A_PARENT


def _strangers(bearers: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Return the records that do not belong to those who keep their code.

    The bearers of a code fall into groups that agree. It is kept by the group no other credit code claims,
    then by the registering authority's, then by the largest, then by the one whose record comes first.
    """
    credit = bearers.filter(pl.col("code_kind") == "uscc").get_column("record").implode()
    between = claims.filter(pl.col("left").is_in(credit), pl.col("right").is_in(credit))
    claimed = pl.concat([between.get_column("left"), between.get_column("right")]).unique()
    groups = (
        bearers.with_columns(is_claimed=pl.col("record").is_in(claimed.implode()))
        .group_by("code", "group")
        .agg(pl.col("is_claimed").all(), pl.col("is_registrar").any(), pl.len())
        .sort("code", "is_claimed", ~pl.col("is_registrar"), -pl.col("len").cast(pl.Int64), "group")
    )
    keepers = groups.unique("code", keep="first", maintain_order=True)
    return bearers.join(keepers, on=["code", "group"], how="anti").select("record").sort("record")


def _superseded(bearers: pl.DataFrame, twins: pl.DataFrame) -> pl.DataFrame:
    """Return the records whose code was replaced: all but the code agrees with what the registering authority has.

    With a record go the bearers of its code that agree with it, and no others.
    """
    credit = bearers.filter(pl.col("code_kind") == "uscc")
    known = credit.filter("is_registrar").get_column("code").unique().implode()
    filed = credit.get_column("code").unique().implode()
    replaced = [
        twins.filter(
            pl.col(f"{own}_code").is_in(filed),
            ~pl.col(f"{own}_code").is_in(known),
            pl.col(f"{other}_code").is_in(known),
        ).select(record=own)
        for own, other in (("left", "right"), ("right", "left"))
    ]
    groups = credit.join(pl.concat(replaced).unique(), on="record", how="semi").select("code", "group").unique()
    return credit.join(groups, on=["code", "group"], how="semi").select("record").sort("record")
