"""Upgrading data that an older version wrote: a backup, then one numbered step after the other.

A step may be done twice: one that was interrupted begins anew. The number in the data folder goes up
after each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assets.data_format import FORMAT, form_of, mark_format
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.errors import RefusedError, problem
from onevisit.tables import STAGES, models_of
from pipelines.backups import Kept, back_up
from pipelines.lock import held
from pipelines.settings import Settings


@dataclass(frozen=True, slots=True)
class Step:
    """What makes data of one form data of the next."""

    text: str
    act: Callable[[Folders], None]


def _close_to_others(folders: Folders) -> None:
    for path in folders.private_files():
        path.chmod(path.stat().st_mode & 0o700)


def _renew_tables(folders: Folders) -> None:
    warehouse = Warehouse(folders)
    for stage in STAGES:
        for model in models_of(stage):
            for year in warehouse.years(model):
                warehouse.replace(model, warehouse.read(model, year), year)


def _to_first_form(folders: Folders) -> None:
    _close_to_others(folders)
    _renew_tables(folders)


STEPS = (
    Step(
        "Internal files are their owner's alone; tables and their Parquet copies have this version's columns.",
        _to_first_form,
    ),
)
"""The first makes form 1 of form 0, the second form 2 of form 1, and so on."""


def upgrade(settings: Settings, to: Path) -> tuple[Kept, list[str]] | None:
    """Back the data up and bring it into this version's form; return the backup and what was done, None for nothing.

    Raises RefusedError: C005 while a run holds the data, C015 for data of a newer version, C091 where the backup
    exists, what `back_up` refuses.
    """
    with held(settings):
        form = form_of(settings.folders)
        if form is None or form == FORMAT:
            return None
        # Of an upgrade that was interrupted the first backup alone has the data as it was.
        if to.exists():
            raise RefusedError([problem("C091", file=to.name)])
        kept = back_up(settings, to)
        done: list[str] = []
        for number, step in enumerate(STEPS[form:], start=form + 1):
            step.act(settings.folders)
            mark_format(settings.folders, number)
            done.append(step.text)
    return kept, done
