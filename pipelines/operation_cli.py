"""Commands for whoever runs the installation: what is wrong with it, backup, restore."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands import EXIT_REFUSED, CountyFolder, Data, out, refusing, settings_of

_STYLES = {"ok": "green", "look": "yellow", "bad": "red"}


def doctor(
    head: Annotated[
        str, typer.Option(help="A head of a trail, or a hash of a decision, from signed minutes or the portal.")
    ] = "",
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Tell what is wrong with this installation and its data; nothing is changed.

    With --head it also tells whether the data still holds what was signed: a folder rolled back to an
    earlier copy does not. Exits 1 when something must be mended.
    """
    from pipelines.doctor import examine

    found = examine(settings_of(data, county), head=head)
    for one in found:
        out.print(f"{one.level:4}  {one.what}", style=_STYLES[one.level], markup=False, soft_wrap=True)
        if one.fix:
            out.print(f"      {one.fix}", markup=False, soft_wrap=True)
    if any(one.level == "bad" for one in found):
        raise typer.Exit(EXIT_REFUSED)


def backup(
    to: Annotated[Path, typer.Argument(help="The archive to write: a .tar.gz on another disk.", dir_okay=False)],
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Write data and settings into one archive, whole or not at all; no run goes on meanwhile."""
    from pipelines.backups import back_up

    with refusing():
        kept = back_up(settings_of(data, county), to)
    out.print(f"{kept.path}: {kept.file_count:,} files, {kept.byte_count / 1e6:,.1f} MB before packing", soft_wrap=True)
    out.print(f"SHA-256 {kept.sha256}", soft_wrap=True)


def upgrade(
    backup_to: Annotated[Path, typer.Argument(help="The backup to write first: a .tar.gz on another disk.")],
    data: Data = None,
    county: CountyFolder = None,
) -> None:
    """Bring data that an older version wrote into this version's form, step by step, after a backup."""
    from pipelines.upgrading import upgrade as upgraded

    with refusing():
        done = upgraded(settings_of(data, county), backup_to)
    if done is None:
        out.print("The data has this version's form: there is nothing to do.")
        return
    kept, steps = done
    out.print(f"Backup: {kept.path}", soft_wrap=True)
    for step in steps:
        out.print(step, markup=False, soft_wrap=True)


def restore(
    archive: Annotated[Path, typer.Argument(help="A backup.", exists=True, dir_okay=False)],
    data: Data = None,
    county_to: Annotated[
        Path | None, typer.Option(help="Empty folder for the settings; left in the archive if not named.")
    ] = None,
) -> None:
    """Unpack a backup into an empty data folder, every file compared with its sum first."""
    from pipelines.backups import restore as restored

    settings = settings_of(data, None)
    with refusing():
        count = restored(archive, data=settings.data, county=county_to)
    out.print(f"{count:,} files restored into {settings.data}", soft_wrap=True)
    out.print("Now: onevisit doctor --head HEAD, with the head of the newest signed minutes.", soft_wrap=True)
