"""Sensors: new files in the inbox, and failed runs. Both ship stopped."""

import hashlib
from pathlib import Path

import dagster as dg

from assets.catalogue import YEARS
from pipelines.alerts import alert
from pipelines.settings import Settings


def inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that files the registries when a year's inbox has changed and come to rest.

    The cursor holds, per year, the fingerprint seen last; a change must stand for one whole tick,
    so that a copy in progress is not read half.
    """

    @dg.sensor(
        job_name="file_registries",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Runs file_registries for a year whose inbox changed and has been still for one tick.",
    )
    def inbox(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        found = {path.name: fingerprint(path) for path in _years(settings.data / "inbox")}
        seen = dict(line.split("=") for line in (context.cursor or "").splitlines())
        requests = [
            dg.RunRequest(run_key=f"{year}-{print_}", partition_key=year)
            for year, print_ in sorted(found.items())
            if seen.get(year) == print_
        ]
        if found == seen and not requests:
            return dg.SkipReason("no year in the inbox")
        return dg.SensorResult(
            run_requests=requests, cursor="\n".join(f"{year}={print_}" for year, print_ in sorted(found.items()))
        )

    return inbox


def failure_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that reports every failed run."""

    @dg.run_failure_sensor(
        name="run_failed",
        default_status=dg.DefaultSensorStatus.STOPPED,
        monitor_all_code_locations=True,
        description="Writes every failed run to alerts.log and to the webhook, if one is set.",
    )
    def run_failed(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        alert(settings, job=run.job_name, run_id=run.run_id, message=context.failure_event.message or "failed")

    return run_failed


def fingerprint(folder: Path) -> str:
    """Return a digest of a folder's file names, sizes and times: cheap, and changed by any new file."""
    lines = [
        f"{path.relative_to(folder).as_posix()}\t{path.stat().st_size}\t{path.stat().st_mtime_ns}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _years(inbox: Path) -> list[Path]:
    """Return the inbox folders of years that are in reach; another folder is nobody's year."""
    return [inbox / year for year in YEARS.get_partition_keys() if (inbox / year).is_dir()]
