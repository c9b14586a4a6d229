"""What a PDF says, for the privacy gate: all of it, or nothing.

A PDF holds text that no page shows (bookmarks, notes, earlier versions) and pages that hold no text
(pictures). Whatever this cannot read in full it refuses to read at all.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    ContentStream,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

_SILENT = frozenset(
    {"/FontFile", "/FontFile2", "/FontFile3", "/ToUnicode", "/CIDToGIDMap", "/CIDSet", "/DestOutputProfile"}
)
"""Where a stream may stand that shows nothing by itself."""
_CONTAINERS = frozenset({"/ObjStm", "/XRef"})
_PLAIN_ENCODINGS = frozenset({"/WinAnsiEncoding", "/MacRomanEncoding"})
_UNREAD_KEYS = frozenset({"/EF", "/XFA"})
"""Files within the file, and forms in a language of their own."""
_BROKEN = (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)
"""What the reader raises for files that are none, or that lie about what they hold."""

_PARTS = re.compile(r"[0-9Xx]+(?:\s+[0-9Xx]+)+")
_LETTER_SPACED = re.compile(r"(?<!\S)\S(?:[ \t]+\S){7,}(?!\S)")
_SPACED_HAN = re.compile(r"(?<=[\u3400-\u9fff])[ \u3000]+(?=[\u3400-\u9fff])")
_ID_LENGTH = 18


class _UnreadableError(Exception):
    """The file holds something that this does not read."""


def page_texts(data: bytes) -> list[tuple[str, str]] | None:
    """Return (place, text) of every page, 第1页 and on, then of what stands beside the pages; None if unreadable.

    The text of a page comes as printed, with its line breaks undone, and with numbers that are set apart put
    together: extraction breaks a number where its line or its letters were set apart. Unreadable is what is
    no PDF or encrypted, and what holds a picture, a file, an earlier version or a font without its characters.
    """
    # Every saving appends: an earlier version would stay in the file, unread.
    if data.count(b"startxref") != 1:
        return None
    try:
        reader = PdfReader(io.BytesIO(data), strict=True)
        if reader.is_encrypted:
            return None
        beside = _Walk(reader).texts()
        pages = [page.extract_text() for page in reader.pages]
    except (_UnreadableError, *_BROKEN):
        return None
    return [*((f"第{number}页", _joined(text)) for number, text in enumerate(pages, 1)), ("页外", "\n".join(beside))]


def _joined(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join([*lines, "".join(lines), _SPACED_HAN.sub("", text), *_closed_up(text)])


def _closed_up(text: str) -> Iterator[str]:
    """Yield what letter-spaced words say, and every way to put neighbouring parts of a number together to 18."""
    yield from (re.sub(r"\s", "", found.group()) for found in _LETTER_SPACED.finditer(text))
    for found in _PARTS.finditer(text):
        parts = found.group().split()
        for first in range(len(parts)):
            number = ""
            for part in parts[first:]:
                number += part
                if len(number) >= _ID_LENGTH:
                    break
            if len(number) == _ID_LENGTH:
                yield number


@dataclass(slots=True)
class _Walk:
    """Goes through every object of a file once. Raises _UnreadableError at what cannot be read."""

    reader: PdfReader
    _seen: set[int] = field(default_factory=set[int])
    _said: list[str] = field(default_factory=list[str])

    def texts(self) -> list[str]:
        """Return every text that stands in the file outside its pages' contents."""
        self._visit("", self.reader.trailer)
        for number in self._numbers() - self._seen:
            kept = self.reader.get_object(number)
            if not isinstance(kept, StreamObject) or kept.get("/Type") not in _CONTAINERS:
                raise _UnreadableError
        return self._said

    def _numbers(self) -> set[int]:
        plain = {number for numbers in self.reader.xref.values() for number in numbers}
        return (plain | set(self.reader.xref_objStm)) - {0}

    def _visit(self, start: str, root: object) -> None:
        waiting: list[tuple[str, object]] = [(start, root)]
        while waiting:
            key, one = waiting.pop()
            if isinstance(one, IndirectObject):
                if one.idnum in self._seen:
                    continue
                self._seen.add(one.idnum)
                one = one.get_object()
            if isinstance(one, StreamObject):
                self._stream(key, one)
            if isinstance(one, DictionaryObject):
                self._check(one)
                inside = cast("dict[str, object]", dict(one.items()))
                waiting += [(key if key == "/XObject" else name, value) for name, value in inside.items()]
            elif isinstance(one, ArrayObject):
                waiting += [(key, value) for value in cast("list[object]", list(one))]
            elif isinstance(one, TextStringObject):
                self._said.append(str(one))
            elif isinstance(one, ByteStringObject):
                self._said.append(one.decode("latin-1"))

    def _check(self, one: DictionaryObject) -> None:
        is_font = one.get("/Type") == "/Font" and not str(one.get("/Subtype")).startswith("/CIDFont")
        if _UNREAD_KEYS & set(one) or (is_font and not _tells_characters(one)):
            raise _UnreadableError

    def _stream(self, key: str, stream: Any) -> None:
        if stream.get("/Subtype") == "/Form" or key == "/Contents":
            if any(name == b"INLINE IMAGE" for _, name in ContentStream(stream, self.reader).operations):
                raise _UnreadableError
        elif key == "/Metadata":
            self._said.append(stream.get_data().decode("utf-8"))
        elif key not in _SILENT and stream.get("/N") is None:
            raise _UnreadableError


def _tells_characters(font: DictionaryObject) -> bool:
    encoding = font.get("/Encoding")
    return "/ToUnicode" in font or (isinstance(encoding, NameObject) and encoding in _PLAIN_ENCODINGS)
