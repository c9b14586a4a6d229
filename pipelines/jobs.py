"""The jobs: which stages run together, and in a sentence when. Stages are asset groups."""

import dagster as dg

from onevisit.tables import STAGES


def _stages(*stages: str) -> dg.AssetSelection:
    return dg.AssetSelection.groups(*stages)


NAMED = {
    "file_registries": (
        _stages("filings", "registries"),
        "Read what departments handed in, build the registries.",
    ),
    "review_registries": (_stages("supervision"), "Review both registries for the joint conference, once a year."),
    "merge_plan": (_stages("plan"), "Merge the departments' plans; the bureau signs the result off."),
    "draw_visits": (
        _stages("draw", "visits"),
        "Hold the rounds that are due, form visits and teams; a person starts it.",
    ),
    "publish_year": (
        _stages("filings", "results", "publish"),
        "Take in results, publish what its day has come for.",
    ),
    "whole_year": (_stages(*STAGES), "Every stage from the inbox to the supervision report."),
}
"""Job -> what it makes, and when."""

SINGLE = {f"stage_{stage}": (_stages(stage), f"The {stage} stage alone.") for stage in STAGES}
"""One job per stage, for the command line."""

JOBS = [
    dg.define_asset_job(
        name,
        selection=selection,
        description=description,
        # Without this, Dagster's own logger prints every event of every step.
        config={"loggers": {"console": {}}},
    )
    for name, (selection, description) in (NAMED | SINGLE).items()
]
