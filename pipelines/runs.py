"""Running a job from the command line: one run at a time, in this process, recorded in DAGSTER_HOME."""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import dagster as dg
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from onevisit.county import County
from onevisit.errors import RefusedError
from onevisit.workers import hired
from pipelines.alerts import alert
from pipelines.build import build_definitions
from pipelines.hindrances import hindrance, of_error
from pipelines.lock import alone
from pipelines.settings import ROOT, Settings

WORKED_BY = (
    "checks.evidence",
    "onevisit.documents.word",
    "onevisit.plan.bound",
    "onevisit.publish.platform",
    "onevisit.publish.privacy",
    "onevisit.results.entry_workbook",
    "onevisit.supervision.engine",
    "onevisit.supervision.mending_workbook",
    "onevisit.supervision.review",
    "onevisit.visits.duty_workbook",
)
"""What workers do during a run."""


class RunFailedError(Exception):
    """A run ended in failure; `reasons` says why, one text per failed step."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("\n".join(reasons))


def run_job(settings: Settings, county: County, job: str, year: int) -> None:
    """Run a job for one year and return when it has succeeded.

    Raises RefusedError C005 when another run holds the data, C080 to C082 when Dagster cannot write what it
    records of the run; RunFailedError with every failed step's reason otherwise; a failure is also written
    to the alerts log.
    """
    with alone(settings), hired(WORKED_BY):
        prepare_home(settings)
        definitions = build_definitions(settings, county)
        try:
            with quickly_recorded(), dg.DagsterInstance.get() as instance:
                result = definitions.resolve_job_def(job).execute_in_process(
                    partition_key=str(year), instance=instance, raise_on_error=False
                )
        except (OperationalError, sqlite3.OperationalError) as error:
            told = of_error(error, place=str(settings.dagster_home))
            if told is None:
                raise
            raise RefusedError([told]) from error
    if not result.success:
        reasons = failure_reasons(result)
        # Where the disk was the reason, the log cannot be written either.
        with suppress(OSError):
            alert(settings, job=job, run_id=result.run_id, message="; ".join(reasons))
        raise RunFailedError(reasons)


@contextmanager
def quickly_recorded() -> Generator[None]:
    """Have Dagster record its runs in SQLite without waiting for the disk at every event, while the block lasts.

    Dagster opens a file, commits and closes it for every event, a thousand times a run. Each file stays open here,
    since the last one to close works the journal in, and a journal is made safe when it is worked in: after a loss
    of power Dagster's history may end early, but is whole. The county's own records do not go this way.
    """
    with ExitStack() as kept:
        known: set[str] = set()

        def connected(connection: sqlite3.Connection, _: object) -> None:
            (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
            if journal != "wal":
                return
            connection.execute("PRAGMA synchronous = NORMAL")
            _, _, file = connection.execute("PRAGMA database_list").fetchone()
            if file not in known:
                known.add(file)
                keeper = kept.enter_context(closing(sqlite3.connect(file, check_same_thread=False)))
                keeper.execute("SELECT count(*) FROM sqlite_master")

        event.listen(Engine, "connect", connected)
        kept.callback(event.remove, Engine, "connect", connected)
        yield


def prepare_home(settings: Settings) -> None:
    """Make DAGSTER_HOME with the project's dagster.yaml, and point this process at it."""
    prepare_dagster(settings.dagster_home)
    os.environ.update(settings.environment())


def prepare_dagster(home: Path) -> None:
    """Make a DAGSTER_HOME with the project's dagster.yaml."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copy(ROOT / "dagster.yaml", home / "dagster.yaml")


def failure_reasons(result: dg.ExecuteInProcessResult) -> list[str]:
    """Return why steps failed: the first cause's own words, and the blocking checks that did not pass."""
    checks = [
        f"{'.'.join(one.asset_key.path)}: check {one.check_name} failed"
        for one in result.get_asset_check_evaluations()
        if not one.passed and one.severity == dg.AssetCheckSeverity.ERROR
    ]
    steps = [_cause(event) for event in result.all_events if event.is_step_failure]
    # Sixteen departments may fail for one reason: it is told once.
    return checks or list(dict.fromkeys(reason for reason in steps if reason))


def _cause(event: dg.DagsterEvent) -> str:
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return ""
    told = hindrance(error.message)
    return told.text() if told else error.message.strip().removeprefix("onevisit.errors.RefusedError: ")
