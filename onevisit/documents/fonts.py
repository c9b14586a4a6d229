"""The typefaces a PDF is set in: those of GB/T 9704-2012 where the machine has them, else Noto.

Word names its fonts and leaves them to the reader's computer; a PDF carries them, so which files they
come from is found out before and written into it. The same content in the same files is the same bytes.
"""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import pylopdf_fonts_zh_cn
import typst

from onevisit.errors import RefusedError, problem

_SERIF = ("Noto Serif SC", "Noto Serif CJK SC", "Source Han Serif SC")
_SANS = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC")
LOOKED_FOR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", *_SERIF, *_SANS),
        "text": ("FangSong_GB2312", "FangSong", "STFangsong", *_SERIF, *_SANS),
        "black": ("SimHei", "STHeiti", *_SANS, *_SERIF),
        "kai": ("KaiTi_GB2312", "KaiTi", "STKaiti", *_SERIF, *_SANS),
        "song": ("SimSun", "STSong", *_SERIF, *_SANS),
    }
)
"""What is set in it (`song`: tables and page numbers) -> families, the best first."""


@dataclass(frozen=True, slots=True)
class Typefaces:
    """The typefaces chosen, loaded."""

    families: Mapping[str, tuple[str, ...]]
    """What is set in it -> the best family, and the one for characters it lacks (GB 2312 has no 喆)."""
    files: Mapping[str, str]
    """Name of a font file -> its SHA-256."""
    fonts: typst.Fonts
    folder: TemporaryDirectory[str]
    """Where they are read from, for as long as they are used."""


@cache
def installed() -> Typefaces:
    """Return the typefaces this machine has. Raises RefusedError (W001) where it has no Chinese ones."""
    packaged = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[pylopdf_fonts_zh_cn.serif_path().parent]
    )
    system = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    # The packaged files are the same on every machine.
    return chosen({**_paths(system), **_paths(packaged)})


def chosen(available: Mapping[str, Path]) -> Typefaces:
    """Return the best typeface for each role of what is available (family -> file). Raises RefusedError (W001)."""
    noto = [family for family in (*_SERIF, *_SANS) if family in available][:1]
    families = {
        role: tuple(dict.fromkeys([*[family for family in wanted if family in available][:1], *noto]))
        for role, wanted in LOOKED_FOR.items()
    }
    if not all(families.values()):
        looked_for = dict.fromkeys(family for wanted in LOOKED_FOR.values() for family in wanted)
        raise RefusedError([problem("W001", looked_for="、".join(looked_for))])
    paths = sorted({available[family] for chain in families.values() for family in chain})
    # They are loaded alone: another file of the same family beside one of them must not be taken for it.
    folder = TemporaryDirectory(prefix="onevisit-fonts-", ignore_cleanup_errors=True)
    for path in paths:
        shutil.copyfile(path, Path(folder.name) / path.name)
    return Typefaces(
        families=families,
        files={path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths},
        # What is embedded in the library are the Latin letters.
        fonts=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder.name]),
        folder=folder,
    )


def _paths(fonts: typst.Fonts) -> dict[str, Path]:
    """Return the file of every upright family of common weight; of several the first by name."""
    found = sorted(
        (Path(one.path), one.family)
        for one in fonts.fonts()
        if one.path and (one.style, one.weight, one.stretch) == ("normal", 400, 1.0)
    )
    return {family: path for path, family in reversed(found)}
