"""Writing files so that a reader, or a crash, meets the old one or the new one, never half.

What a county keeps is for its own staff: a file is its owner's alone unless it says otherwise.
"""

import ctypes
import os
from pathlib import Path


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file aside, on disk, and put it in place by one rename. Raises OSError, and leaves nothing half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def write_changed(path: Path, content: bytes, *, mode: int = 0o600) -> bool:
    """Write a file as `write_whole` does unless it says so already; return whether it was written."""
    if path.exists() and path.read_bytes() == content:
        path.chmod(mode)
        return False
    write_whole(path, content, mode=mode)
    return True


def append_private(path: Path, text: str) -> None:
    """Append to a log that is its owner's alone, on disk before it returns; nothing is written for no text.

    Raises OSError when it cannot be written whole, a full disk perhaps; the log is then what it was.
    """
    if not text:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb", buffering=0) as file:
        size, data = os.fstat(file.fileno()).st_size, text.encode()
        try:
            while data:
                data = data[file.write(data) :]
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step of the file system; return False where it cannot.

    Nobody ever finds neither in place. Linux can, on its usual file systems.
    """
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    here, exchanging = -100, 2
    return rename(here, os.fsencode(one), here, os.fsencode(other), exchanging) == 0
