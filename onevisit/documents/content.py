"""What a document says, whatever form it takes: blocks from top to bottom.

`word.word` and `pdf.pdf` give the same blocks as the page of GB/T 9704-2012 (党政机关公文格式), or of a form
to fill in; `html.html` gives them as one page by itself.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from onevisit.text import breadth

Level = Literal[1, 2]
Align = Literal["left", "center", "right"]

CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001
"""Fixed: the same words give the same bytes on any day."""


@dataclass(frozen=True, slots=True)
class Page:
    """What differs between pages of one family; points, margins in mm."""

    top: int
    bottom: int
    text: float
    line: float
    """From one line of text to the next."""
    title: float
    below_title: float


OFFICIAL = Page(top=37, bottom=35, text=16, line=28.9, title=22, below_title=14)
"""GB/T 9704-2012: 22 lines of 28 characters, the title two points, text three points."""
FORM = Page(top=22, bottom=22, text=12, line=20, title=18, below_title=8)
"""To fill in and carry: the same faces and side margins, fewer sheets."""

_SIGNING_HEIGHT = 14
"""Height in mm of a row that somebody signs in, or puts a seal on."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: 一、 of level 1, （一） of level 2; the text brings its number."""

    text: str
    level: Level
    is_on_new_page: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is handed out or filed by itself: its title, on top of a new page; 附件1 above it where it is one."""

    title: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Attachments:
    """What is attached, below the text and above who signs: numbered where there are several."""

    titles: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return a line for each, the first beginning with 附件."""
        if len(self.titles) == 1:
            return [f"附件：{self.titles[0]}"]
        return [f"{'' if n > 1 else '附件：'}{n}．{title}" for n, title in enumerate(self.titles, start=1)]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of text; flush left where it names whom the document is for (主送机关)."""

    text: str
    is_flush: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """A paragraph nobody may overlook, in red 黑体."""

    text: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs and when, at the right, a line each."""

    lines: tuple[str, ...]
    inset: int = 0
    """From the right margin to the last line, in characters; the lines above stand over its middle."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its head repeats on every page, no row breaks over two."""

    head: tuple[str, ...]
    widths: tuple[int, ...]
    """Of the columns, in mm."""
    rows: tuple[tuple[str, ...], ...]
    height: int
    """Of a row below the head, at least, in mm; 0 as high as its text."""
    aligns: tuple[Align, ...]
    """Of the columns; a head stands in the middle, over figures at the right as they do."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in the middle, and what it shows below it."""

    png: bytes
    caption: str
    width: int
    """In mm."""


Block = Heading | Part | Attachments | Paragraph | Alert | Signature | Table | Image


def insets(block: Signature) -> list[float]:
    """Return how far, in characters, each line of a signature ends from the right margin."""
    if not block.inset:
        return [0.0 for _ in block.lines]
    widths = [breadth(line) for line in block.lines]
    return [max(0.0, block.inset + (widths[-1] - width) / 2) for width in widths]


def leads(following: Block | None) -> bool:
    """Tell whether a paragraph stays on the page of what follows: of the table it tells of, or of who signs it."""
    return isinstance(following, Table | Signature)


class Document:
    """One document, written from top to bottom."""

    def __init__(self, title: str, *, notice: str = "", page: Page = OFFICIAL) -> None:
        """Begin a document; `notice` stands small above every title, 示例 for one."""
        self.title, self.notice, self.page = title, notice, page
        self.blocks: list[Block] = []

    def heading(self, text: str, level: Level = 1, *, is_on_new_page: bool = False) -> None:
        """Add a heading."""
        self.blocks.append(Heading(text, level, is_on_new_page))

    def part(self, title: str, *, label: str = "") -> None:
        """Begin another part on a new page."""
        self.blocks.append(Part(title, label))

    def attachments(self, *titles: str) -> None:
        """Say what is attached; each is a part of its own below."""
        self.blocks.append(Attachments(titles))

    def alert(self, text: str) -> None:
        """Add a paragraph nobody may overlook."""
        self.blocks.append(Alert(text))

    def addressee(self, name: str) -> None:
        """Say whom it is for, below the title (GB/T 9704 主送机关)."""
        self.blocks.append(Paragraph(f"{name}：", is_flush=True))

    def paragraph(self, text: str) -> None:
        """Add a paragraph."""
        self.blocks.append(Paragraph(text))

    def signature(self, *lines: str, inset: int = 0) -> None:
        """Add who signs and when; of what is sealed the date stands four characters from the margin (GB/T 9704)."""
        self.blocks.append(Signature(lines, inset))

    def table(
        self, columns: Sequence[tuple[str, int]], rows: Sequence[Sequence[str]], *, aligns: Sequence[Align] = ()
    ) -> None:
        """Add a table; columns are (title, width in mm), their cells at the left where nothing else is said."""
        self._table(columns, rows, 0, aligns)

    def signing(self, columns: Sequence[tuple[str, int]], rows: Sequence[Sequence[str]]) -> None:
        """Add a table whose rows are high enough to be signed in."""
        self._table(columns, rows, _SIGNING_HEIGHT)

    def image(self, png: bytes, caption: str, *, width: int) -> None:
        """Add a picture, width in mm."""
        self.blocks.append(Image(png, caption, width))

    def _table(
        self,
        columns: Sequence[tuple[str, int]],
        rows: Sequence[Sequence[str]],
        height: int,
        aligns: Sequence[Align] = (),
    ) -> None:
        head, widths = zip(*columns, strict=True)
        left: Align = "left"
        placed = tuple(aligns) or (left,) * len(columns)
        self.blocks.append(Table(head, widths, tuple(map(tuple, rows)), height, placed))
