"""The jobs: which stages run together. Stages are asset groups; a sentence each says when."""

import dagster as dg

from assets.catalogue import YEARS
from onevisit.tables import STAGES


def _job(name: str, *groups: str, description: str) -> dg.UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        name, selection=dg.AssetSelection.groups(*groups), partitions_def=YEARS, description=description
    )


JOBS = [
    _job(
        "file_registries", "filings", "registries", description="Read what departments handed in, build the registries."
    ),
    _job(
        "review_registries", "supervision", description="Review both registries for the joint conference, once a year."
    ),
    _job("merge_plan", "plan", description="Merge the departments' plans; the bureau signs the result off."),
    _job(
        "draw_visits",
        "draw",
        "visits",
        description="Hold the rounds that are due, form visits and teams; a person starts it.",
    ),
    _job(
        "publish_year",
        "filings",
        "results",
        "publish",
        description="Take in results, publish what its day has come for.",
    ),
    _job("whole_year", *STAGES, description="Every stage from the inbox to the supervision report."),
]
STAGE_JOBS = [_job(f"stage_{stage}", stage, description=f"The {stage} stage alone.") for stage in STAGES]
