"""What would shame a page: a link that leads nowhere, or something the program forgot to fill in."""

import html
import posixpath
import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import polars as pl

from onevisit.errors import Problem, problem

LEFTOVERS = re.compile(r"None|nan|NaN|NaT|null|undefined|.*(?:\{\{|\{%|<built-in|built-in method|object at 0x).*")
"""A whole text, or a sign within one, that no writer of a page meant."""

_SEPARATORS = re.compile("[；;、]")


# The pages are our own, well formed and with quoted values: a parser of any page takes ten times as long.
_SCRIPT = re.compile(r"(<(script|style)\b[^>]*>).*?</\2>", re.DOTALL)
_TAG = re.compile(r'<(?:"[^"]*"|[^">])*>')
_ATTRIBUTE = re.compile(r'\s(href|src|action|id)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class _Page:
    """A page's links, anchors and texts."""

    links: list[str]
    anchors: set[str]
    texts: list[str]


def written(frames: Iterable[pl.DataFrame]) -> frozenset[str]:
    """Return the texts of tables that read like a leftover: what somebody filed as {{7*7}} is shown so."""
    texts = {
        text for frame in frames for column in frame.select(pl.col(pl.String)) for text in column.drop_nulls().unique()
    }
    parts = {part for text in texts for part in (text, *_SEPARATORS.split(text))}
    return frozenset(part for part in parts if LEFTOVERS.fullmatch(part))


def flaws(files: Mapping[str, bytes], *, names: Collection[str]) -> list[Problem]:
    """Return the broken links (U011) and leftovers (U012) of a release.

    `names` are texts of the tables that read like a leftover (`written`): they are no flaw, alone or among others.
    """
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    pages = {name: _read(data) for name, data in sorted(files.items()) if name.endswith(".html")}
    return [
        *(problem("U011", file=name, value=link) for name, link in broken_links(pages, files)),
        *(
            problem("U012", file=name, value=text[:60])
            for name, page in pages.items()
            for text in page.texts
            if LEFTOVERS.fullmatch(text) and LEFTOVERS.fullmatch(_without(text, longest_first))
        ),
    ]


def broken_links(pages: Mapping[str, _Page], files: Container[str]) -> Iterator[tuple[str, str]]:
    """Yield every link that is not to a file of the release, or to an anchor its page does not have."""
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            target = posixpath.normpath(
                posixpath.join(posixpath.dirname(name), unquote(parts.path) or posixpath.basename(name))
            )
            is_outside = bool(parts.scheme or parts.netloc) or target not in files
            is_lost = bool(parts.fragment) and (target not in pages or parts.fragment not in pages[target].anchors)
            if is_outside or is_lost:
                yield name, link


def _without(text: str, names: Iterable[str]) -> str:
    for name in names:
        if text.endswith("…") and name.startswith(text[:-1]):
            return ""
        text = text.replace(name, "")
    return text


def _read(data: bytes) -> _Page:
    shown = _SCRIPT.sub(r"\1", data.decode())
    found = [(name, html.unescape(value)) for tag in _TAG.findall(shown) for name, value in _ATTRIBUTE.findall(tag)]
    texts = (html.unescape(text).strip() for text in _TAG.split(shown))
    return _Page(
        links=[value for name, value in found if name != "id"],
        anchors={value for name, value in found if name == "id"},
        texts=[text for text in texts if text],
    )
