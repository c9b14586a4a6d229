"""Raises: signals that make an object riskier for the plan than its credit class says (policy III.5).

对投诉举报多、信用积分较低、风险突出的监管对象，应提高抽查比例和频次: many complaints raise an object
by a class, a listing among abnormal operations raises it to a least class, last year's results do as the
county says. Nothing is ever lowered by this. A class is for steering inspection effort, so is a raise:
neither is published.

Whoever plans or draws by class looks at objects as `raised` returns them, and at nothing else.
"""

import polars as pl

from onevisit.county import CreditClass, RaiseRules
from onevisit.plan.tables import Raises
from onevisit.results.tables import Feedback
from onevisit.tables import conform, frame_of

LADDER: tuple[CreditClass, ...] = ("A", "B", "C", "D")
"""From the least risky up; an object that is not classified stands on the lowest step."""


def raises_of(objects: pl.DataFrame, rules: RaiseRules, feedback: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the living objects that signals and last year's results raise, as the table `Raises`, by object.

    `feedback` is last year's table `Feedback` under this year's ids. Each ground asks for a class of its
    own; where there are several the riskiest holds.
    """
    own = pl.col("credit_class").replace("N", LADDER[0])
    step = own.replace_strict({letter: place for place, letter in enumerate(LADDER)}, return_dtype=pl.Int64)
    is_complained = pl.col("complaint_count") >= rules.complaints_from
    by_complaints = pl.when(is_complained).then(pl.min_horizontal(pl.col("step") + 1, len(LADDER) - 1))
    by_listing = pl.when("is_abnormal").then(LADDER.index(rules.abnormal_at_least))
    living = objects.filter("is_living").with_columns(step=step)
    results = _by_results(living, frame_of(Feedback, []) if feedback is None else feedback)
    grounded = (
        living.join(results, on="object_id", how="left")
        .with_columns(complaints=by_complaints, listing=by_listing)
        .with_columns(raised=pl.max_horizontal("step", "complaints", "listing", "results"))
        .filter(pl.col("raised") > pl.col("step"))
    )
    complaint_reason = pl.format("投诉举报{}件，达到{}件，提高一类", "complaint_count", pl.lit(rules.complaints_from))
    listing_reason = pl.lit(f"列入经营异常名录，至少按{rules.abnormal_at_least}类")
    reasons = pl.concat_list(
        pl.when(pl.col("complaints") > pl.col("step")).then(complaint_reason),
        pl.when(pl.col("listing") > pl.col("step")).then(listing_reason),
        pl.coalesce("result_reasons", pl.lit([], pl.List(pl.String))),
    ).list.drop_nulls()
    risk = pl.col("raised").replace_strict(dict(enumerate(LADDER)), return_dtype=pl.String)
    return conform(Raises, grounded.with_columns(risk_class=risk, reasons=reasons)).sort("object_id")


def _by_results(living: pl.DataFrame, feedback: pl.DataFrame) -> pl.DataFrame:
    """Return object_id, results (the riskiest step asked for) and result_reasons of whom last year's results raise."""
    letters = {letter: place for place, letter in enumerate(LADDER)}
    more = pl.col("effect").str.strip_prefix("+").cast(pl.Int64, strict=False)
    least = pl.col("effect").replace_strict(letters, default=None, return_dtype=pl.Int64)
    return (
        feedback.join(living.select("object_id", "step"), on="object_id")
        .with_columns(results=pl.coalesce(least, (pl.col("step") + more).clip(upper_bound=len(LADDER) - 1)))
        .filter(pl.col("results") > pl.col("step"))
        .sort("object_id", "ground", "explanation")
        .group_by("object_id", maintain_order=True)
        .agg(pl.col("results").max(), result_reasons=pl.col("explanation"))
    )


def raised(objects: pl.DataFrame, raises: pl.DataFrame) -> pl.DataFrame:
    """Return objects in the classes the plan and the draw know them by: the raised one where there is one."""
    return (
        objects.join(raises.select("object_id", "risk_class"), on="object_id", how="left", maintain_order="left")
        .with_columns(credit_class=pl.coalesce("risk_class", "credit_class"))
        .drop("risk_class")
    )
