"""Sensors: new files in the inbox, a plan that was signed off, and failed runs. All ship stopped."""

import hashlib
from pathlib import Path

import dagster as dg

from assets.catalogue import YEARS
from assets.decisions import read_decision_log
from onevisit.decisions import parse_log
from onevisit.errors import RefusedError
from onevisit.plan.signoff import current_approval, stated
from pipelines.alerts import alert
from pipelines.settings import Settings
from pipelines.summary import exported_fingerprint

TAMPERED = "tampered"
"""Stands in a cursor for a decision log that breaks its chain."""


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


def signed_plan_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that publishes a year's plan once it is signed off.

    The next step after the sign-off is making the plan public; a draw is a public act that people start.
    The cursor holds, per year, the hash of the approval last published, so that one approval starts one run;
    a log that was tampered with is told once.
    """

    @dg.sensor(
        name="plan_signed_off",
        job_name="stage_publish",
        minimum_interval_seconds=300,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Publishes a year's plan once a reviewer and an approver have signed it off.",
    )
    def plan_signed_off(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        seen = dict(line.split("=") for line in (context.cursor or "").splitlines())
        now: dict[str, str] = {}
        reasons: list[str] = []
        for year in YEARS.get_partition_keys():
            if not settings.folders.decisions(int(year)).exists():
                continue
            try:
                approval, state = _sign_off(settings, int(year))
            except RefusedError as error:
                now[year] = TAMPERED
                reasons.append(f"{year}：{error.zh()}")
                if seen.get(year) != TAMPERED:
                    alert(settings, job="plan_signed_off", run_id="", message=error.zh())
                continue
            if approval:
                now[year] = approval
            reasons.append(f"{year}：{'已签批，已发起公开' if approval else state}")
        fresh = {year: mark for year, mark in now.items() if mark not in (TAMPERED, seen.get(year))}
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=mark, partition_key=year) for year, mark in sorted(fresh.items())],
            skip_reason=None if fresh else dg.SkipReason("；".join(reasons) or "还没有签批"),
            cursor="\n".join(f"{year}={mark}" for year, mark in sorted((seen | now).items())),
        )

    return plan_signed_off


def _sign_off(settings: Settings, year: int) -> tuple[str | None, str]:
    """Return the hash of the approval that stands, None when there is none, and where the plan stands in Chinese.

    Raises RefusedError (P060) for a log that was tampered with.
    """
    log = parse_log(read_decision_log(settings.folders, year))
    fingerprint = exported_fingerprint(settings.folders, year)
    approval = current_approval(log, fingerprint) if fingerprint else None
    return approval.hash if approval else None, stated(log, fingerprint) if fingerprint else "还没有计划"


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
