"""The jobs: which stages run together, and in a sentence when. Stages are asset groups."""

import dagster as dg

from onevisit.tables import STAGES

NAMED: dict[str, tuple[tuple[str, ...], str]] = {
    "file_registries": (("filings", "registries"), "Read what departments handed in, build the registries."),
    "review_registries": (("supervision",), "Review both registries for the joint conference, once a year."),
    "merge_plan": (("plan",), "Merge the departments' plans; the bureau signs the result off."),
    "draw_visits": (("draw", "visits"), "Hold the rounds that are due, form visits and teams; a person starts it."),
    "publish_year": (("filings", "results", "publish"), "Take in results, publish what its day has come for."),
    "whole_year": (STAGES, "Every stage from the inbox to the supervision report."),
}
"""Job -> the stages it runs, and when."""

SINGLE: dict[str, tuple[tuple[str, ...], str]] = {
    f"stage_{stage}": ((stage,), f"The {stage} stage alone.") for stage in STAGES
}
"""One job per stage, for the command line."""

JOBS = [
    dg.define_asset_job(
        name,
        selection=dg.AssetSelection.groups(*stages),
        description=description,
        # Without this, Dagster's own logger prints every event of every step.
        config={"loggers": {"console": {}}},
    )
    for name, (stages, description) in (NAMED | SINGLE).items()
]
