"""The form of the data folder: a number in it, so that an older program never writes to a newer one's data."""

from assets.files import write_whole
from assets.folders import Folders
from onevisit.errors import RefusedError, problem

FORMAT = 1
"""Goes up when an older version could no longer read what this one writes. Tables gain columns without that."""


def require_format(folders: Folders) -> None:
    """Mark a data folder with this version's form. Raises RefusedError (C015) when a newer version wrote it."""
    path = folders.format
    if not path.exists():
        write_whole(path, f"{FORMAT}\n".encode())
        return
    written = path.read_text("utf-8").strip()
    # A number that cannot be read is none that an older version wrote.
    if not written.isdecimal() or int(written) > FORMAT:
        raise RefusedError([problem("C015", file=folders.data.name, value=written[:20], known=str(FORMAT))])
