"""Digests that mean the same on every engine, and the version of the rules that made what is digested."""

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

import polars as pl

_LIBRARIES = ("duckdb", "numpy", "polars", "rapidfuzz", "scipy")
"""What else a row may depend on."""


def table_digest(frame: pl.DataFrame) -> str:
    """Return the SHA-256 of a table's columns and its sorted rows.

    Neither the order of rows nor how a file packs them counts: every row is one line of JSON.
    """
    plain = frame.with_columns(pl.col(pl.Binary).bin.encode("hex"))
    told = hashlib.sha256("\n".join(f"{name} {kind}" for name, kind in frame.schema.items()).encode())
    for line in sorted(plain.write_ndjson().encode().splitlines()):
        told.update(b"\n")
        told.update(line)
    return told.hexdigest()


def digest_of(*parts: str | bytes) -> str:
    """Return the SHA-256 of parts, each with its length before it, so that no two lists of parts read alike."""
    told = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        told.update(f"{len(data)}:".encode())
        told.update(data)
    return told.hexdigest()


@cache
def code_version() -> str:
    """Return 16 hex digits of the rules as they are installed here: their source, and the libraries they stand on."""
    return digest_of(*_sources(files("onevisit")), *(f"{name}=={version(name)}" for name in _LIBRARIES))[:16]


def _sources(folder: Traversable) -> list[bytes]:
    """Return every file of a package in order of name, compiled ones left out."""
    found: list[bytes] = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            found += _sources(entry) if entry.name != "__pycache__" else []
        elif not entry.name.endswith(".pyc"):
            found += [entry.name.encode(), entry.read_bytes()]
    return found
