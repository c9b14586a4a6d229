"""What a PDF shows on paper, by poppler: its text, and its pages as pictures."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

_DOTS_PER_MM = 8


def printed_text(content: bytes) -> str:
    """Return what is to be read, in the order it is set in."""
    return _run("pdftotext", "-raw", "-", "-", content=content).decode()


def printed_fonts(content: bytes) -> dict[str, list[str]]:
    """Return every font: name -> whether embedded, a subset, and readable as text: yes or no each."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "printed.pdf"
        path.write_bytes(content)
        listed = _run("pdffonts", str(path)).decode().splitlines()[2:]
    return {line.split()[0]: line.split()[-5:-2] for line in listed}


@dataclass(frozen=True)
class Picture:
    """A page in grey."""

    width: int
    dots: bytes

    def is_dark(self, x: float, y: float) -> bool:
        """Whether the page is dark so many mm from the left and from the top."""
        return self.dots[round(y * _DOTS_PER_MM) * self.width + round(x * _DOTS_PER_MM)] < 128


def printed_pages(content: bytes) -> list[Picture]:
    """Return the pages as pictures."""
    with TemporaryDirectory() as folder:
        _run("pdftoppm", "-r", str(25.4 * _DOTS_PER_MM), "-gray", "-", f"{folder}/page", content=content)
        return [_picture(path.read_bytes()) for path in sorted(Path(folder).glob("*.pgm"))]


def _picture(pgm: bytes) -> Picture:
    _, width, _, _, dots = re.fullmatch(rb"(P5)\s(\d+)\s(\d+)\s(255)\s(.*)", pgm, re.DOTALL).groups()
    return Picture(int(width), dots)


def _run(*command: str, content: bytes = b"") -> bytes:
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout
