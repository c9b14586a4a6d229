"""What a PDF says: every page, and whatever stands in it besides the pages; nothing where any of it cannot be read."""

import io
from collections.abc import Iterator

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject, TextStringObject

ELSEWHERE = 0
"""Page number of what is on no page: properties, bookmarks, notes, form fields, texts for screen readers."""


def pdf_texts(data: bytes) -> list[tuple[int, str]] | None:
    """Return page number and text; None where nobody can say what the PDF shows.

    That is: it is locked or broken, holds another file, a page shows a picture and no text, or a font does not
    say which characters its shapes are (ISO 32000-1, 9.10).
    """
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            return None
        objects = list(_objects(reader))
        if any(_is_closed(one) for one in objects):
            return None
        pages = [(number, page.extract_text()) for number, page in enumerate(reader.pages, start=1)]
        if not pages or any(_is_blind(page, text) for page, (_, text) in zip(reader.pages, pages, strict=True)):
            return None
        return [*pages, (ELSEWHERE, "\n".join(text for one in objects for text in _said(one)))]
    # A broken PDF fails in as many ways as there are fields in it.
    except (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OSError):
        return None


def _objects(reader: PdfReader) -> Iterator[PdfObject]:
    """Yield every object of the file, those that no page leads to among them."""
    numbers = {(number, generation) for generation, found in reader.xref.items() for number in found}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    yield reader.trailer
    for number, generation in sorted(numbers):
        found = reader.get_object(IndirectObject(number, generation, reader))
        if found is not None:
            yield found


def _is_closed(one: PdfObject) -> bool:
    """Tell whether an object is a file within the file, or a font whose text comes out as other characters."""
    if not isinstance(one, DictionaryObject):
        return False
    if "/EF" in one or one.get("/Type") == "/EmbeddedFile":
        return True
    return one.get("/Subtype") == "/Type0" and "/ToUnicode" not in one


def _is_blind(page: PageObject, text: str) -> bool:
    return not text.strip() and any(
        one.get_object().get("/Subtype") == "/Image"
        for one in page.get("/Resources", DictionaryObject()).get_object().get("/XObject", {}).values()
    )


def _said(one: PdfObject) -> Iterator[str]:
    """Yield the texts within an object, not those it points to; of streams only what describes the file."""
    if isinstance(one, TextStringObject):
        yield str(one)
    elif isinstance(one, ArrayObject):
        for part in one:
            yield from _said(part)
    elif isinstance(one, DictionaryObject):
        for part in one.values():
            yield from _said(part)
        if isinstance(one, StreamObject) and one.get("/Type") == "/Metadata":
            yield one.get_data().decode("utf-8", "replace")
