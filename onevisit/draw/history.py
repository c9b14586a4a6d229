"""history.tsv: who was in reach and who was drawn last year, from last year's evidence (protocol, section 1)."""

from collections.abc import Mapping

import polars as pl

from onevisit.draw.evidence import Evidence, disclosure_of, is_void, parts_of, rows_of
from onevisit.draw.form import sha256, tsv_of
from onevisit.draw.frozen import Disclosure
from onevisit.draw.substitutes import NOBODY

NEWCOMER = "new"
"""Stands for the cell of an object that had none."""


def histories_of(last_year: Mapping[str, Evidence]) -> dict[Disclosure, bytes]:
    """Return the history.tsv of a witnessed round and of an open one.

    An open round is published whole, and a cell is a digest of strata that a few guesses undo. So what it
    carries is of last year's open rounds alone, which knew no class; a witnessed one carries the county's.
    """
    in_public = {serial: files for serial, files in last_year.items() if disclosure_of(files) == "open"}
    return {"witnessed": history_of(last_year), "open": history_of(in_public)}


def history_of(last_year: Mapping[str, Evidence]) -> bytes:
    """Return history.tsv from the evidence of the year before, serial -> files; nothing when there was no draw.

    An object's cell is where it stood: its cell of the year before that, and every scope it was in.
    Void attempts do not count.
    """
    held = {serial: files for serial, files in sorted(last_year.items()) if not is_void(files)}
    if not held:
        return b""
    scopes = [
        rows_of(files, "scope.tsv").select("id", line=_place(parts_of(serial).round_text))
        for serial, files in held.items()
    ]
    lines = pl.concat(scopes).sort("id", "line").group_by("id", maintain_order=True).agg(pl.col("line").str.join(""))
    # Every witnessed round carries the whole county's cells; a year without one knows those of open rounds alone.
    whole = [files for files in held.values() if disclosure_of(files) == "witnessed"]
    before: dict[str, str] = {
        object_id: cell
        for files in whole or held.values()
        for object_id, cell in rows_of(files, "history.tsv").select("id", "cell").iter_rows()
    }
    chosen = {object_id for files in held.values() for object_id in _chosen(files)}
    rows = [
        (object_id, _cell(before.get(object_id, NEWCOMER), places), str(int(object_id in chosen)))
        for object_id, places in lines.iter_rows()
    ]
    return tsv_of(pl.DataFrame(rows, schema=["id", "cell", "flag"], orient="row"))


def _place(round_text: str) -> pl.Expr:
    return pl.concat_str(pl.lit(round_text), "task", "item", "stratum", separator="\t") + "\n"


def _cell(before: str, places: str) -> str:
    return sha256(f"{before}\n{places}")[:16]


def _chosen(files: Evidence) -> set[str]:
    """Return who was drawn or taken as a substitute."""
    taken = rows_of(files, "substitutes.tsv")["new"]
    return {*rows_of(files, "drawn.tsv")["id"], *taken} - {NOBODY}
