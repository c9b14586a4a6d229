"""Feedback: what a year's results mean for next year's classes and rates, per business (policy III.5).

对信用状况良好的市场主体，适当降低抽查比例、频次……风险突出的监管对象，应提高抽查比例和频次: a result never lowers
a class by itself. Who was drawn is spared by the draw's own history, whatever was found.
"""

from collections.abc import Mapping

import polars as pl

from onevisit.results.tables import UNFINISHED, Feedback
from onevisit.results.vocabulary import HARMLESS
from onevisit.tables import frame_of

KEPT = "="
"""Effect of a ground that leaves the class as it is."""


def feedback_of(findings: pl.DataFrame, effects: Mapping[str, str], *, year: int) -> pl.DataFrame:
    """Return the table `Feedback` of the results approved so far, by object and ground.

    What nobody has approved yet, or what was withdrawn, is held against no business.

    `effects` says for every ground what it does: `county.plan.feedback`.
    """
    findings = findings.filter(pl.col("audit_state") == "approved")
    is_problem = pl.col("result_types").list.eval(~pl.element().is_in(sorted(HARMLESS))).list.any()
    columns = ("object_id", "department", "task_id", "checked_on")
    found = findings.explode("result_types").select(*columns, ground="result_types")
    open_ones = findings.filter(~pl.col("is_disposed") & is_problem).select(*columns, ground=pl.lit(UNFINISHED))
    grouped = (
        pl.concat([found, open_ones])
        .group_by("object_id", "ground")
        .agg(
            departments=pl.col("department").unique().sort(),
            task_ids=pl.col("task_id").unique().sort(),
            checked_on=pl.col("checked_on").max(),
            finding_count=pl.len(),
        )
        .sort("object_id", "ground")
    )
    rows: list[dict[str, object]] = []
    for row in grouped.iter_rows(named=True):
        effect = effects[row["ground"]]
        source = f"{year}年度{'、'.join(row['departments'])}检查（{'、'.join(row['task_ids'])}）：{row['ground']}"
        rows.append({**row, "effect": effect, "explanation": f"{source}，{effect_text(effect)}"})
    return frame_of(Feedback, rows)


def effect_text(effect: str) -> str:
    """Return what an effect says, in Chinese."""
    if effect == KEPT:
        return "抽查类别不变"
    if effect.startswith("+"):
        return f"提高{'一两三'[int(effect[1:]) - 1]}类"
    return f"至少按{effect}类"


def under_new_ids(feedback: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Return feedback by the ids of a later year: one may have been merged since; `ids` is that year's `ObjectIds`."""
    merged = ids.drop_nulls("merged_into").select("object_id", "merged_into")
    return (
        feedback.join(merged, on="object_id", how="left", maintain_order="left")
        .with_columns(object_id=pl.coalesce("merged_into", "object_id"))
        .drop("merged_into")
    )
