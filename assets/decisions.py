"""The decision logs on disk: one a year, appended to and never rewritten."""

from collections.abc import Sequence

from assets.files import append_private
from assets.folders import Folders
from onevisit.decisions import Decision, Entry, decoded, extended, log_text, parse_log
from onevisit.errors import RefusedError, problem


def read_decision_log(folders: Folders, year: int) -> str:
    """Return the text of a year's decision log, empty when nothing was decided. Raises RefusedError (P060)."""
    path = folders.decisions(year)
    # As bytes: to read it as text would make one of two ways to end a line.
    return decoded(path.read_bytes()) if path.exists() else ""


def decision_logs(folders: Folders, year: int) -> list[tuple[int, list[Decision]]]:
    """Return the logs of a year and of all years before, oldest first. Raises RefusedError (P060)."""
    years = [kept for kept in folders.sealed_years() if kept <= year]
    return [(kept, parse_log(read_decision_log(folders, kept))) for kept in years]


def append_decisions(folders: Folders, year: int, records: Sequence[Decision]) -> None:
    """Append records to a year's log in one write; they must follow on from its last.

    Raises RefusedError: P060 when the log is broken, C084 when the clock was set back behind it; OSError when the
    disk does not take them, and the log is then what it was.
    """
    _append(folders, year, parse_log(read_decision_log(folders, year)), records)


def _append(folders: Folders, year: int, log: Sequence[Decision], records: Sequence[Decision]) -> None:
    _require_clock(log, records)
    append_private(folders.decisions(year), log_text(records))


def _require_clock(log: Sequence[Decision], records: Sequence[Decision]) -> None:
    """Refuse records of a time before what people decided last; the days of a demonstration are scripted."""
    last = max((one.at for one in log if not one.is_demonstration), default="")
    early = [one.at for one in records if not one.is_demonstration and one.at < last]
    if early:
        raise RefusedError([problem("C084", value=early[0], last=last)])


def record_decisions(folders: Folders, year: int, entries: Sequence[Entry]) -> None:
    """Chain entries to a year's log and append them in one write. Raises RefusedError (P060)."""
    log = parse_log(read_decision_log(folders, year))
    _append(folders, year, log, extended(log, entries)[len(log) :])
