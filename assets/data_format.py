"""The form of the data folder: a number in it, so that an older program never writes to a newer one's data."""

from assets.files import write_whole
from assets.folders import Folders
from onevisit.errors import RefusedError, problem

FORMAT = 1
"""Goes up when an older version could no longer read what this one writes, with a step in `pipelines/upgrading.py`.

Tables gain columns without that: what an earlier version did not write is null.
"""


def form_of(folders: Folders) -> int | None:
    """Return the number of the data's form, None where there is no data yet.

    Versions before there were numbers left a database without one: 0. Raises RefusedError (C015) when a
    newer version wrote the data.
    """
    if not folders.format.exists():
        return 0 if folders.database.exists() else None
    written = folders.format.read_text("utf-8").strip()
    # A number that cannot be read is none that an older version wrote.
    if not written.isdecimal() or int(written) > FORMAT:
        raise RefusedError([problem("C015", file=folders.data.name, value=written[:20], known=str(FORMAT))])
    return int(written)


def mark_format(folders: Folders, form: int = FORMAT) -> None:
    """Write down the form of the data."""
    write_whole(folders.format, f"{form}\n".encode())


def require_format(folders: Folders) -> None:
    """Mark a new data folder with this version's form. Raises RefusedError: C015; C090 for data of an older form."""
    form = form_of(folders)
    if form is None:
        mark_format(folders)
    elif form < FORMAT:
        raise RefusedError([problem("C090", file=folders.data.name, value=str(form), known=str(FORMAT))])
