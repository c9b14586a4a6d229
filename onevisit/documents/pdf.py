"""The PDF of a document: the page of GB/T 9704-2012, the fonts embedded, archivable and accessible.

PDF/A-2a and PDF/UA-1. The layout is `page.typ`; what a document says reaches it as data, so that no
text is ever taken for an instruction. No time and no random number is in it: the same content in the
same font files is the same bytes.
"""

import json
import re
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from typing import Any

import typst

from onevisit.documents.content import (
    CREATED,
    Alert,
    Attachments,
    Block,
    Document,
    Heading,
    Image,
    Paragraph,
    Part,
    Signature,
    Table,
    insets,
    leads,
)
from onevisit.documents.fonts import Typefaces
from onevisit.errors import RefusedError, problem

_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed')


def pdf(document: Document, typefaces: Typefaces) -> bytes:
    """Return the document as PDF.

    Raises RefusedError (W002) where the typefaces lack a character: it would print as an empty box.
    """
    said = {
        "title": document.title,
        "notice": document.notice,
        "page": asdict(document.page),
        "year": CREATED.year,
        "faces": typefaces.families,
        # Whoever wonders why two PDFs of one content differ finds the font files named in both.
        "files": [f"{name} sha256:{digest}" for name, digest in typefaces.files.items()],
        "blocks": [_said(block, following) for block, following in zip_longest(document.blocks, document.blocks[1:])],
    }
    try:
        return typst.compile(
            _page(),
            font_paths=typefaces.fonts,
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["a-2a", "ua-1"],
            sys_inputs={"document": json.dumps(said, ensure_ascii=False)},
        )
    except typst.TypstError as error:
        missing = dict.fromkeys(_MISSING.findall(error.diagnostic))
        if not missing:
            raise
        names = "、".join(typefaces.files)
        raise RefusedError([problem("W002", value=document.title, missing="".join(missing), fonts=names)]) from None


@cache
def _page() -> bytes:
    return (files("onevisit.documents") / "page.typ").read_bytes()


def _said(block: Block, following: Block | None) -> dict[str, Any]:
    match block:
        case Heading(text, level, is_on_new_page):
            return {"kind": "heading", "text": text, "level": level, "breaks": is_on_new_page}
        case Part(title, label):
            return {"kind": "part", "title": title, "label": label}
        case Attachments():
            return {"kind": "attachments", "lines": block.lines()}
        case Alert(text):
            return {"kind": "alert", "text": text}
        case Paragraph(text, is_flush):
            return {"kind": "paragraph", "text": text, "flush": is_flush, "leads": leads(following)}
        case Signature(lines):
            return {"kind": "signature", "lines": lines, "insets": insets(block)}
        case Table():
            return {"kind": "table", **asdict(block)}
        case Image(png, caption, width):
            return {"kind": "image", "png": list(png), "caption": caption, "width": width}
