"""版本记录: what every release added, changed and removed against the one before.

The release keeps two files for the next one: `listing.txt`, the digest of what each file says, and
`releases.jsonl`, one line a release. The day in the footer is no change; a release that says the same
as the last one adds no line, so that publishing again gives the same bytes.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LISTING, LOG = "listing.txt", "releases.jsonl"
_MAIN = re.compile(rb"<main.*</main>", re.DOTALL)
_DATED = {"data.html", "privacy.json", "releases.html", LISTING, LOG}
_TABLES = (".csv", ".jsonl")


@dataclass(frozen=True, slots=True)
class History:
    """What the releases so far said: path -> digest of the last one, and an entry for each."""

    listing: Mapping[str, str] = field(default_factory=dict[str, str])
    entries: tuple[Mapping[str, Any], ...] = ()


def parse_history(listing: bytes, log: bytes) -> History:
    """Return the history that a release holds; empty files mean there was none."""
    lines = (line.split("  ", 1) for line in listing.decode().splitlines())
    return History({path: digest for digest, path in lines}, tuple(json.loads(one) for one in log.splitlines()))


def history_files(history: History) -> dict[str, bytes]:
    """Return the two files by name."""
    listing = "".join(f"{digest}  {path}\n" for path, digest in sorted(history.listing.items()))
    log = "".join(f"{json.dumps(entry, ensure_ascii=False, separators=(',', ':'))}\n" for entry in history.entries)
    return {LISTING: listing.encode(), LOG: log.encode()}


def continued(history: History, files: Mapping[str, bytes], *, day: str, fingerprint: str) -> History:
    """Return the history with the release these files make, or as it is when they say the same as the last one."""
    new = {path: said for path, data in files.items() if (said := _digest(path, data))}
    old = history.listing
    if new == old:
        return history
    entry = {
        "number": len(history.entries) + 1,
        "data_date": day,
        "plan_fingerprint": fingerprint,
        "file_count": len(new),
    }
    changes = {
        "added": sorted(set(new) - set(old)),
        "changed": sorted(path for path in set(new) & set(old) if new[path] != old[path]),
        "removed": sorted(set(old) - set(new)),
    }
    # Of the first release everything is new: its listing says so already.
    said = {
        kind: [path for path in paths if history.entries and "mine/" not in path] for kind, paths in changes.items()
    }
    return History(new, (*history.entries, {**entry, **said}))


def _digest(path: str, data: bytes) -> str:
    """Return the digest of what a file says; empty for one that changes with the day alone."""
    if path in _DATED or (path.startswith("open-data/") and not path.endswith(_TABLES)):
        return ""
    content = _MAIN.search(data) if path.endswith(".html") else None
    return hashlib.sha256(content.group() if content else data).hexdigest()
