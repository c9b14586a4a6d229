"""The minutes of attempts on disk, Word and PDF of the same content, their owner's alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assets.evidence import evidence_of
from assets.files import write_whole
from assets.folders import Folders
from onevisit.county import County
from onevisit.documents.content import Document
from onevisit.documents.word import word
from onevisit.draw.evidence import Evidence
from onevisit.draw.minutes import minutes_of
from onevisit.draw.trail import head
from onevisit.errors import Problem
from pipelines.printing import left_out_lines, pdf_unless_refused

_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Written:
    """The files written, and why some PDFs are not among them."""

    paths: list[Path]
    left_out: list[Problem]

    def warnings(self) -> list[str]:
        """Return each reason for leaving PDFs out, once."""
        return left_out_lines(self.left_out)


def write_minutes(folders: Folders, county: County, attempts: Iterable[Evidence], year: int) -> Written:
    """Write the minutes that fit how far each attempt of a year is.

    Where there can be no PDF there still is the Word file: people wait to sign.
    Raises RefusedError (D090) before every witness has committed.
    """
    heads = [head(one["TRAIL"]) for one in evidence_of(folders, year - 1).values()]
    written = Written([], [])
    for files in attempts:
        for name, document in minutes_of(files, county=county, last_heads=heads).items():
            path = folders.minutes(year) / f"{name}.docx"
            write_whole(path, word(document), mode=_MODE)
            written.paths.append(path)
            _write_pdf(path.with_suffix(".pdf"), document, written)
    return written


def _write_pdf(path: Path, document: Document, written: Written) -> None:
    content = pdf_unless_refused(document, written.left_out)
    if content is None:
        # One of an earlier state would say something else than the Word file beside it.
        path.unlink(missing_ok=True)
    else:
        write_whole(path, content, mode=_MODE)
        written.paths.append(path)
