"""The decision logs on disk: one a year, appended to and never rewritten."""

from collections.abc import Sequence

from assets.files import append_private
from assets.folders import Folders
from onevisit.decisions import Decision, Entry, extended, log_text, parse_log


def read_decision_log(folders: Folders, year: int) -> str:
    """Return the text of a year's decision log, empty when nothing was decided."""
    path = folders.decisions(year)
    return path.read_text("utf-8") if path.exists() else ""


def decision_logs(folders: Folders, year: int) -> list[tuple[int, list[Decision]]]:
    """Return the logs of a year and of all years before, oldest first. Raises RefusedError (P060)."""
    years = [kept for kept in folders.sealed_years() if kept <= year]
    return [(kept, parse_log(read_decision_log(folders, kept))) for kept in years]


def append_decisions(folders: Folders, year: int, records: Sequence[Decision]) -> None:
    """Append records to a year's log in one write; they must follow on from its last."""
    append_private(folders.decisions(year), log_text(records))


def record_decisions(folders: Folders, year: int, entries: Sequence[Entry]) -> None:
    """Chain entries to a year's log and append them in one write. Raises RefusedError (P060)."""
    log = parse_log(read_decision_log(folders, year))
    append_decisions(folders, year, extended(log, entries)[len(log) :])
