"""What a run prints on the terminal: one line per table and per check that did not pass."""

import logging
import sys
from typing import TextIO

import dagster as dg
from dagster import DagsterEventType
from rich.console import Console
from rich.text import Text


class ProgressHandler(logging.Handler):
    """Turns Dagster's events into lines a person can follow; everything else stays in the run's log."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(logging.DEBUG)
        self.console = Console(file=stream, highlight=False)

    def emit(self, record: logging.LogRecord) -> None:
        """Print one event, or a warning of an asset."""
        meta = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        if event is None:
            # What an asset itself warns of; errors are told at the end, with their cause.
            if record.levelno == logging.WARNING and meta.get("step_key"):
                self.console.print(Text(f"  ! {meta['orig_message']}", style="yellow"), soft_wrap=True)
        elif event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            self._materialized(event)
        elif event.event_type == DagsterEventType.ASSET_CHECK_EVALUATION:
            self._checked(event)

    def _materialized(self, event: dg.DagsterEvent) -> None:
        materialization = event.step_materialization_data.materialization
        rows = materialization.metadata.get("dagster/partition_row_count")
        count = f"{rows.value:>10,}" if rows is not None else " " * 10
        self.console.print(Text(f"  {'.'.join(materialization.asset_key.path):<34}{count}"))

    def _checked(self, event: dg.DagsterEvent) -> None:
        evaluation = event.asset_check_evaluation_data
        if evaluation.passed:
            return
        is_error = evaluation.severity == dg.AssetCheckSeverity.ERROR
        broken = evaluation.metadata.get("broken_count")
        count = f" ({broken.value:,} rows)" if broken is not None else ""
        line = f"  {'✗' if is_error else '!'} {'.'.join(evaluation.asset_key.path)}: {evaluation.check_name}{count}"
        self.console.print(Text(line, style="red" if is_error else "yellow"))


def _logger(_: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("onevisit")
    logger.addHandler(ProgressHandler(sys.stdout))
    return logger


progress_logger = dg.LoggerDefinition(_logger, description="One line per table and per check that did not pass.")
"""Prints a run's progress on standard output."""
