"""Versions of results: what a version says, its fingerprint, and the batches people audit.

An audit is about versions as they were seen. The text of a batch is kept under its own fingerprint
and named in the decision log, so that what was approved stays readable whatever is filed later.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from onevisit.decisions import canonical_json
from onevisit.errors import RefusedError, problem

Key = tuple[str, str, str, str]
"""Object, task, plan row, item: what one result answers."""

Version = dict[str, Any]
"""What a version says, by column: the key, `SAID`; and beside it, as they were then, `FOLLOWS` and `PLACE`."""

KEY = ("object_id", "task_id", "plan_row_id", "item_code")
SAID = (
    "department", "checked_on", "result_types", "problem", "disposal", "inspectors", "substitute_reason", "scanned_at",
    "scanned_place", "report_file", "report_sha256", "entered_by",
)  # fmt: skip
"""What is audited. How far the disposal is goes on after the audit, and changes no version."""
FOLLOWS = ("is_disposed", "disposal_to", "dispose_by", "disposed_on")
"""How far the disposal is."""
PLACE = ("file", "sheet", "row")
_DAYS = ("checked_on", "dispose_by", "disposed_on")
_WITHDRAWN = "is_withdrawn"


def key_of(version: Mapping[str, Any]) -> Key:
    """Return what a version is about."""
    return cast(Key, tuple(version[name] for name in KEY))


def version_of(row: Mapping[str, Any], *, is_withdrawn: bool = False) -> Version:
    """Return what a row of `results.findings` says, as a version."""
    withdrawn = {_WITHDRAWN: True} if is_withdrawn else {}
    return {name: row[name] for name in (*KEY, *SAID, *FOLLOWS, *PLACE)} | withdrawn


def is_withdrawn(version: Mapping[str, Any]) -> bool:
    """Tell whether a version takes the result back."""
    return bool(version.get(_WITHDRAWN))


def digest_of(version: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of what a version says; where it was filed is no part of that."""
    said = {name: version.get(name) for name in (*KEY, *SAID)}
    withdrawn = {_WITHDRAWN: True} if is_withdrawn(version) else {}
    return hashlib.sha256(version_text(said | withdrawn).encode()).hexdigest()


def version_text(version: Mapping[str, Any]) -> str:
    """Return a version as one line of JSON."""
    return canonical_json({name: _plain(value) for name, value in version.items()})


def read_version(line: str) -> Version:
    """Return the version a line of JSON holds."""
    values = cast(Version, json.loads(line))
    return values | {name: dt.date.fromisoformat(values[name]) for name in _DAYS if values[name]}


def batch_text(versions: Iterable[Mapping[str, Any]]) -> str:
    """Return versions as the text a batch is kept as: a line each, sorted."""
    return "".join(f"{line}\n" for line in sorted(map(version_text, versions)))


def fingerprint_of(text: str) -> str:
    """Return the SHA-256 (hex) of a batch's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_batch(fingerprint: str, text: str) -> list[Version]:
    """Return the versions of a kept batch. Raises RefusedError (E031) when its text was changed."""
    if fingerprint_of(text) != fingerprint:
        raise RefusedError([problem("E031", value=fingerprint[:12])])
    return [read_version(line) for line in text.splitlines()]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value
