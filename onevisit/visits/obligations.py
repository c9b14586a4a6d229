"""Obligations: what must be checked where, once a round is drawn.

Which of them share a visit is decided in `group.py`.
"""

import polars as pl

_ROLE_ORDER = pl.Enum(["initiator", "partner"])


def obligations_of(
    *,
    rounds: pl.DataFrame,
    drawn: pl.DataFrame,
    batches: pl.DataFrame,
    substitutes: pl.DataFrame,
    tasks: pl.DataFrame,
    task_items: pl.DataFrame,
) -> pl.DataFrame:
    """Return every check owed: each object of a round that stands, times the items of the row that drew it.

    Lost objects owe nothing, their substitutes owe it instead, in the batch of the one they replace.
    An item that several rows of a task bring to the same object through a partner is owed once.
    """
    standing = rounds.filter(pl.col("state") == "drawn").select("serial")
    objects = _standing_objects(drawn.join(standing, on="serial"), substitutes.join(standing, on="serial"))
    windows = tasks.select("task_id", "starts_on", "ends_on")
    owed = (
        objects.join(_inherited(batches, substitutes), on=["serial", "task_id", "object_id"], how="left")
        .join(task_items, on=["task_id", "plan_row_id"])
        .join(windows, on="task_id")
        .sort(
            "serial", "object_id", "task_id", "department", "item_code", pl.col("role").cast(_ROLE_ORDER), "plan_row_id"
        )
    )
    check = ["serial", "object_id", "task_id", "department", "item_code"]
    is_repeated = (pl.col("role") == "partner") & (pl.int_range(pl.len()).over(check) > 0)
    return owed.filter(~is_repeated).select(
        "object_id",
        "serial",
        "task_id",
        "plan_row_id",
        "department",
        "item_code",
        "role",
        "is_on_site",
        "starts_on",
        "ends_on",
        "batch",
    )


def _standing_objects(drawn: pl.DataFrame, substitutes: pl.DataFrame) -> pl.DataFrame:
    place = ["serial", "task_id", "plan_row_id", "object_id"]
    taken = substitutes.filter(pl.col("new_id").is_not_null()).rename({"new_id": "object_id"})
    lost = substitutes.select("serial", "task_id", object_id="lost_id")
    everyone = pl.concat([drawn.select(place), taken.select(place)]).unique()
    # A lost object is lost in its task, never to be taken again there.
    return everyone.join(lost, on=["serial", "task_id", "object_id"], how="anti")


def _inherited(batches: pl.DataFrame, substitutes: pl.DataFrame) -> pl.DataFrame:
    """Add the substitutes' batches: a substitute may be lost too, so they are followed in order."""
    batch = {(serial, task, one): number for serial, task, one, number in _cells(batches, "object_id", "batch")}
    taken = substitutes.filter(pl.col("new_id").is_not_null()).sort("serial", "number", "plan_row_id")
    for serial, task, lost, new in _cells(taken, "lost_id", "new_id"):
        batch.setdefault((serial, task, new), batch[serial, task, lost])
    rows = [(*place, number) for place, number in batch.items()]
    return pl.DataFrame(
        rows,
        schema={"serial": pl.String, "task_id": pl.String, "object_id": pl.String, "batch": pl.Int64},
        orient="row",
    )


def _cells(frame: pl.DataFrame, *columns: str):
    return frame.select("serial", "task_id", *columns).iter_rows()
