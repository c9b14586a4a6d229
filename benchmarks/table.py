"""The table that a benchmark ends in: one row a measure, with the figure to reach and what was measured beside it."""

import datetime as dt
import os
import platform
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    lists: str
    """What was measured on."""
    figure: str
    limit: str
    beside: str
    """What was measured beside it in the same run."""
    is_met: bool


def tell(rows: Sequence[Row], module: str, output: Path | None) -> None:
    """Write the table to a file, or print it; exits with 1 when a figure is not reached."""
    # Where somebody's folders are is nothing a table should tell.
    given = [Path(one).name if "/" in one else one for one in sys.argv[1:]]
    table = markdown(rows, shlex.join(["python", "-m", module, *given]))
    if output:
        output.write_text(table, "utf-8")
    else:
        typer.echo(table)
    if not all(row.is_met for row in rows):
        raise typer.Exit(1)


def markdown(rows: Sequence[Row], command: str) -> str:
    """Return the table with its date, machine and command."""
    lines = [
        ("row", "measured on", "figure", "to reach", "beside it", "met"),
        ("---",) * 6,
        *((o.name, o.lists, o.figure, o.limit, o.beside or "–", "yes" if o.is_met else "**no**") for o in rows),
    ]
    head = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {_machine()}\n\n`{command}`\n\n"
    return head + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _machine() -> str:
    cores = os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores} cores ({platform.machine()}), {memory:.0f} GB, Python {platform.python_version()}"
