"""A province as Dagster loads it: counties by years. A county's own location is in `definitions.py`."""

import dagster as dg

from assets.province import COUNTIES, province_assets
from assets.province_store import RESERVED, Counties
from pipelines.settings import counties_from_environment


def build_province(counties: Counties) -> dg.Definitions:
    """Return everything of a province."""
    made = province_assets()
    return dg.Definitions(
        assets=made,
        jobs=[
            dg.define_asset_job(
                "province_year",
                selection=dg.AssetSelection.groups("province"),
                description="One county's year from filings to teams.",
            )
        ],
        sensors=[counties_sensor(counties)],
        resources={"counties": counties},
        # One process a run: what runs at once is a matter of how many runs the instance allows.
        executor=dg.in_process_executor,
    )


def counties_sensor(counties: Counties) -> dg.SensorDefinition:
    """Return the sensor that adds a partition for every county's folder that came, and takes away those that went."""

    @dg.sensor(
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Keeps the counties among the partitions as their folders are.",
    )
    def folders(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        there = set(counties.names())
        known = set(context.instance.get_dynamic_partitions("counties"))
        if there == known:
            return dg.SkipReason("no county came or went")
        requests = [
            COUNTIES.build_add_request(sorted(there - known)),
            COUNTIES.build_delete_request(sorted(known - there)),
        ]
        return dg.SensorResult(dynamic_partitions_requests=requests)

    return folders


_counties = counties_from_environment()
defs = build_province(Counties(_counties, _counties / RESERVED))
