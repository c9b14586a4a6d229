"""A document as PDF where the machine has the fonts for it; where not, the Word file has to do, and why is told."""

from collections.abc import Iterable

from onevisit.documents.content import Document
from onevisit.documents.fonts import installed
from onevisit.documents.pdf import pdf
from onevisit.errors import Problem, RefusedError


def pdf_unless_refused(document: Document, left_out: list[Problem]) -> bytes | None:
    """Return the document as PDF; None, and the reasons added to `left_out`, where there can be none (W001, W002)."""
    try:
        return pdf(document, installed())
    except RefusedError as refused:
        left_out.extend(refused.problems)
        return None


def left_out_lines(left_out: Iterable[Problem]) -> list[str]:
    """Return each reason for leaving PDFs out, once."""
    return [f"没有 PDF，只有 Word 文件：{text}" for text in dict.fromkeys(one.text("zh") for one in left_out)]
