"""What was audited, on disk: the decision log's batches of results, each kept under its own fingerprint."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from assets.decisions import read_decision_log, record_decisions
from assets.files import write_whole
from assets.folders import Folders
from onevisit.decisions import Decision, Entry, parse_log
from onevisit.errors import RefusedError, problem
from onevisit.results.audit import History, batches_named, history_of
from onevisit.results.versions import Version, read_batch


def audited(folders: Folders, year: int) -> tuple[list[Decision], dict[str, list[Version]]]:
    """Return a year's decision log and every batch it names. Raises RefusedError (P060, E031)."""
    log = parse_log(read_decision_log(folders, year))
    return log, {name: _batch(folders, year, name) for name in sorted(batches_named(log))}


def audit_history(folders: Folders, year: int) -> History:
    """Return what a year's decision log says of its results. Raises RefusedError (P060, E031)."""
    return history_of(*audited(folders, year))


def record_audit(folders: Folders, year: int, entries: Iterable[Entry], texts: Mapping[str, str]) -> None:
    """Keep batches, then append the records that name them: a record never names what is not there."""
    for name, text in sorted(texts.items()):
        path = _path(folders, year, name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(path, text.encode(), mode=0o600)
    record_decisions(folders, year, list(entries))


def reports_named(folders: Folders, year: int, named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the SHA-256 of reports that lie in departments' folders 附件, of those named: (department, file)."""
    found: dict[tuple[str, str], str] = {}
    for department, name in sorted(set(named)):
        folder = folders.attachments(year, department)
        path = folder / name
        # A name with a path in it, or a link, must not lead elsewhere.
        if name == Path(name).name and path.is_file() and path.resolve().parent == folder.resolve():
            found[department, name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _path(folders: Folders, year: int, fingerprint: str) -> Path:
    return folders.audited(year) / f"{fingerprint}.jsonl"


def _batch(folders: Folders, year: int, fingerprint: str) -> list[Version]:
    path = _path(folders, year, fingerprint)
    if not path.exists():
        raise RefusedError([problem("E031", value=fingerprint[:12])])
    return read_batch(fingerprint, path.read_text("utf-8"))
