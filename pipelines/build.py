"""The only place that composes assets, checks, jobs, schedules and sensors into one county's `Definitions`."""

import dagster as dg

import assets.draw
import assets.indicators
import assets.papers
import assets.plan
import assets.platform
import assets.publish
import assets.registries
import assets.results
import assets.schedule
import assets.schemes
import assets.supervision
import assets.visits
import checks.draw
import checks.filings
import checks.indicators
import checks.plan
import checks.publish
import checks.registries
import checks.results
import checks.schedule
import checks.supervision
import checks.visits
from assets.filings import filings_assets
from checks.contracts import contracts
from onevisit.county import County
from pipelines.jobs import JOBS
from pipelines.progress import progress_logger
from pipelines.resources import resources
from pipelines.schedules import SCHEDULES
from pipelines.sensors import failure_sensor, inbox_sensor, signed_plan_sensor
from pipelines.settings import Settings

ASSET_MODULES = [
    assets.registries,
    assets.plan,
    assets.schemes,
    assets.draw,
    assets.visits,
    assets.papers,
    assets.schedule,
    assets.results,
    assets.indicators,
    assets.publish,
    assets.platform,
    assets.supervision,
]
CHECK_MODULES = [
    checks.filings,
    checks.registries,
    checks.plan,
    checks.draw,
    checks.visits,
    checks.schedule,
    checks.results,
    checks.indicators,
    checks.publish,
    checks.supervision,
]


def build_definitions(settings: Settings, county: County) -> dg.Definitions:
    """Return everything of one county as Dagster loads it."""
    return dg.Definitions(
        assets=[*filings_assets(county), *dg.load_assets_from_modules(ASSET_MODULES)],
        asset_checks=[*contracts(county), *dg.load_asset_checks_from_modules(CHECK_MODULES)],
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=[inbox_sensor(settings), signed_plan_sensor(settings), failure_sensor(settings)],
        resources=resources(settings, county),
        # One process: DuckDB has one writer, and starting a process per step takes longer than the steps.
        executor=dg.in_process_executor,
        loggers={"console": progress_logger},
    )
