"""The year of every town: how many objects it had, which came and went, and how many it has.

A town is where the register has an object, so an object also leaves a town when its place is only put right.
"""

import polars as pl

NOWHERE = "属地不明"
"""Of objects whose town nobody knows; one of the towns here."""


def town_flows(now: pl.DataFrame, before: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """Return town, last_year, came, moved_in, left, moved_out, this_year, by town.

    `now` and `before` are object_id and town of two years' registers, `changes` this year's `Changes`: an object
    under another code is the one it was. Split-off objects came, merged ones left.
    """
    recoded = changes.filter(pl.col("change") == "recoded").select("object_id", old_id="before")
    stayed = now.join(before, on="object_id", how="semi").select("object_id", old_id="object_id")
    pairs = (
        pl.concat([stayed, recoded])
        .join(now.select("object_id", town=_town()), on="object_id")
        .join(before.select(old_id="object_id", old_town=_town()), on="old_id")
    )
    moved = pairs.filter(pl.col("town") != pl.col("old_town"))
    counts = [
        _count(before.select(town=_town()), "last_year"),
        _count(now.join(pairs, on="object_id", how="anti").select(town=_town()), "came"),
        _count(moved.select("town"), "moved_in"),
        _count(before.join(pairs, left_on="object_id", right_on="old_id", how="anti").select(town=_town()), "left"),
        _count(moved.select(town="old_town"), "moved_out"),
        _count(now.select(town=_town()), "this_year"),
    ]
    flows = pl.concat(counts, how="diagonal").group_by("town").agg(pl.exclude("town").sum())
    return flows.sort("town")


def unbalanced(flows: pl.DataFrame) -> pl.DataFrame:
    """Return the towns whose year does not add up, of `town_flows`."""
    led = pl.col("last_year") + pl.col("came") + pl.col("moved_in") - pl.col("left") - pl.col("moved_out")
    return flows.filter(led != pl.col("this_year"))


def _town() -> pl.Expr:
    return pl.col("town").fill_null(NOWHERE)


def _count(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.group_by("town").agg(pl.len().cast(pl.Int64).alias(name))
