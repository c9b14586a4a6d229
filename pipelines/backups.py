"""Backup and restore: one archive of a county's data and settings, whole or not at all, proved before it is used.

A backup holds names, certificate numbers, phones and the only copy of the draws: keep it as the data itself.
"""

import gzip
import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from assets.folders import settings_in
from onevisit.errors import RefusedError, problem
from pipelines.lock import LOCK, held
from pipelines.settings import Settings

SUMS = "SHA256SUMS"
"""Last in the archive, as `sha256sum -c` reads it: an archive cut short has none."""
DATA, COUNTY = "data", "county"
_LEFT_OUT = ("dagster", LOCK)
"""The history of runs, which is no part of the county's records, and the lock."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds."""

    path: Path
    file_count: int
    byte_count: int
    sha256: str
    """Of the archive itself."""


def back_up(settings: Settings, to: Path) -> Kept:
    """Write data and settings into one `.tar.gz`, mode 600; no run goes on meanwhile.

    Raises RefusedError: C005 while another run holds the data, C018 when `to` lies in the data folder.
    """
    target = to.resolve()
    if target.is_relative_to(settings.data):
        raise RefusedError([problem("C018", file=settings.data.name)])
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.part")
    aside.unlink(missing_ok=True)
    sums: list[str] = []
    size = 0
    try:
        with (
            held(settings),
            os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw,
            # Neither a name nor a time of packing in the head: the same data is the same archive.
            gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for name, path in _files(settings):
                archive.add(path, name, recursive=False, filter=_anonymous)
                sums.append(f"{_sha256(path)}  {name}\n")
                size += path.stat().st_size
            content = "".join(sums).encode()
            member = tarfile.TarInfo(SUMS)
            member.size, member.mode = len(content), 0o600
            archive.addfile(member, BytesIO(content))
        _to_disk(aside)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return Kept(target, len(sums), size, _sha256(target))


def restore(archive: Path, *, data: Path, county: Path | None = None) -> int:
    """Unpack a backup into empty folders and return how many files there are; the settings only if `county` is named.

    Everything is unpacked aside and compared with its sums first. Raises RefusedError: C016 for a folder that
    holds something, C017 for an archive that is not whole or was changed.
    """
    wanted = {DATA: data, **({COUNTY: county} if county else {})}
    for folder in wanted.values():
        if folder.exists() and any(folder.iterdir()):
            raise RefusedError([problem("C016", file=folder.name)])
    aside = data.with_name(f".{data.name}.restored")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    try:
        _unpack(archive, aside)
        count = _prove(archive, aside)
        for name, folder in wanted.items():
            if folder.exists():
                folder.rmdir()
            folder.parent.mkdir(parents=True, exist_ok=True)
            (aside / name).mkdir(exist_ok=True)
            shutil.move(aside / name, folder)
        for private in (data / "sealed", data / "exports"):
            for one in (private, *private.rglob("*")):
                if one.is_dir():
                    one.chmod(0o700)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return count


def _files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield what a backup holds, name in the archive and path, in the order of the names."""
    found = {f"{DATA}/{path.relative_to(settings.data).as_posix()}": path for path in _below(settings.data)}
    found |= {f"{COUNTY}/{name}": settings.county_folder / name for name in settings_in(settings.county_folder)}
    yield from sorted(found.items())


def _below(folder: Path) -> Iterator[Path]:
    for top in sorted(folder.iterdir()) if folder.is_dir() else ():
        if top.name in _LEFT_OUT:
            continue
        paths = sorted(top.rglob("*")) if top.is_dir() else [top]
        # A link may lead out of the folder, and to something that is not the county's.
        yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _unpack(archive: Path, aside: Path) -> None:
    try:
        with tarfile.open(archive, "r:gz") as packed:
            # The filter refuses what would lie outside, and links.
            packed.extractall(aside, filter="data")
    except (OSError, EOFError, tarfile.TarError) as error:
        raise _broken(archive, type(error).__name__) from error


def _prove(archive: Path, aside: Path) -> int:
    """Compare every file with its sum; return how many there are besides the sums."""
    if not (aside / SUMS).is_file():
        raise _broken(archive, f"没有 {SUMS} / no {SUMS}")
    lines = (aside / SUMS).read_text("utf-8").splitlines()
    told = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    there = {path.relative_to(aside).as_posix() for path in aside.rglob("*") if path.is_file()} - {SUMS}
    for name in sorted({*told} | there):
        is_safe = not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
        if not is_safe or name not in there or told.get(name) != _sha256(aside / name):
            raise _broken(archive, name)
    return len(there)


def _broken(archive: Path, detail: str) -> RefusedError:
    return RefusedError([problem("C017", file=archive.name, detail=detail)])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
