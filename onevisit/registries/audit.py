"""Which filed codes may be believed: a code is a claim, and what else the records say may contradict it.

Three doubts. A branch that bears its parent's code. A record that has nothing in common with the
others of its code: a stranger's code, copied one row too low. A code that the registering authority
does not know, on a record that agrees with the authority's own in name, person, door and opening
day: the code before the last change. A doubted code links nothing and is never an object's own.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import fuzz

from onevisit.registries.clusters import connected
from onevisit.registries.comparison import Levels

CONTRADICTED = -800
"""Records of one code are taken for strangers below this, in hundredths of a bit: one wrong code in 250 is usual."""
LIKE_A_PARENT = 70
"""A branch's name begins like its firm's at this likeness of `rapidfuzz.fuzz.ratio`, 0 to 100, and beyond."""
CLAIMED = 600
"""A record is another code's beyond this, in hundredths of a bit."""


def doubts(
    records: pl.DataFrame, pairs: pl.DataFrame, levels: Levels, points: NDArray[np.int64], base: int
) -> pl.Series:
    """Return each record's doubt: branch, contradicted or superseded, null where its code may be believed.

    `pairs` has left, right, `is_mate` (one link code) and `is_candidate`; `levels` and `points` are
    those of the pairs, `base` is what every pair begins with.
    """
    judged = pairs.with_columns(
        pl.Series("points", points),
        likeness=pl.Series(points - base),
        **{name: pl.Series(levels[name]) for name in ("name", "unit", "person", "door", "opened")},
    )
    codes = records.get_column("link_code")
    said = pairs.select(left_code=codes.gather(pairs["left"]), right_code=codes.gather(pairs["right"]))
    judged = judged.with_columns(said)
    mates = judged.filter("is_mate")
    group = connected(records.height, mates.filter(pl.col("likeness") >= CONTRADICTED))
    bearers = records.select("record", "link_code", "code_kind", "is_registrar", group=pl.Series(group)).drop_nulls(
        "link_code"
    )
    others = judged.filter("is_candidate", pl.col("left_code") != pl.col("right_code"))
    # One doubt after the other: who has lost the code already keeps it from nobody.
    found = [_branches(records, mates).with_columns(doubt=pl.lit("branch"))]
    for doubt, doubted in (("contradicted", _strangers), ("superseded", _superseded)):
        left = bearers.join(pl.concat(found), on="record", how="anti")
        found.append(doubted(left, others).with_columns(doubt=pl.lit(doubt)))
    told = pl.concat(found)
    return records.select("record").join(told, on="record", how="left", maintain_order="left").get_column("doubt")


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


def _strangers(bearers: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Return the records that do not belong to those who keep their code.

    The bearers of a code fall into groups that agree. It is kept by the group no other credit code claims,
    then by the registering authority's, then by the largest, then by the one whose record comes first.
    """
    credit = bearers.filter(pl.col("code_kind") == "uscc").get_column("record").implode()
    claims = others.filter(
        pl.col("points") >= CLAIMED, pl.col("name") <= 4, pl.col("left").is_in(credit), pl.col("right").is_in(credit)
    )
    claimed = pl.concat([claims.get_column("left"), claims.get_column("right")]).unique()
    groups = (
        bearers.with_columns(is_claimed=pl.col("record").is_in(claimed.implode()))
        .group_by("link_code", "group")
        .agg(pl.col("is_claimed").all(), pl.col("is_registrar").any(), pl.len())
        .sort("link_code", "is_claimed", ~pl.col("is_registrar"), -pl.col("len").cast(pl.Int64), "group")
    )
    keepers = groups.unique("link_code", keep="first", maintain_order=True)
    return bearers.join(keepers, on=["link_code", "group"], how="anti").select("record").sort("record")


def _superseded(bearers: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Return the records whose code was replaced: all but the code agrees with what the registering authority has.

    With a record go the bearers of its code that agree with it, and no others.
    """
    alike = others.filter(
        pl.col("name") <= 2,
        pl.col("person").is_in([1, 2, 5, 6]),
        pl.col("opened") == 1,
        pl.col("door").is_in([0, 1, 2, 3, 5, 8, 10]),
    )
    credit = bearers.filter(pl.col("code_kind") == "uscc")
    known = credit.filter("is_registrar").get_column("link_code").unique().implode()
    filed = credit.get_column("link_code").unique().implode()
    replaced = [
        alike.filter(
            pl.col(f"{own}_code").is_in(filed),
            ~pl.col(f"{own}_code").is_in(known),
            pl.col(f"{other}_code").is_in(known),
        ).select(record=own)
        for own, other in (("left", "right"), ("right", "left"))
    ]
    groups = credit.join(pl.concat(replaced).unique(), on="record", how="semi").select("link_code", "group").unique()
    return credit.join(groups, on=["link_code", "group"], how="semi").select("record").sort("record")
