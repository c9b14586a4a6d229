"""Charts as SVG, made with the page: they print, need no script and say nothing the table beside them does not."""

from collections.abc import Sequence

from markupsafe import Markup

BAR, GAP, HEAD = 20, 12, 8
LABEL, VALUE, WIDTH = 256, 84, 640
"""Lengths in the chart's own units, about a pixel each on a desk."""
LABEL_CHARACTERS = 11
"""As many as fit where a phone draws the text larger; the table has the whole."""


def bars(rows: Sequence[tuple[str, float, str]], *, title: str, most: float | None = None) -> Markup:
    """Return horizontal bars: label, length and what is written behind the bar. `most` is the length of a full bar."""
    longest = most or max((length for _, length, _ in rows), default=0) or 1
    room = WIDTH - LABEL - VALUE
    height = HEAD + len(rows) * (BAR + GAP)
    lines = [
        Markup(
            '<text class="name" x="{}" y="{}">{}</text><rect class="track" x="{}" y="{}" width="{}" height="{}"/>'
            '<rect class="fill" x="{}" y="{}" width="{}" height="{}"/><text class="value" x="{}" y="{}">{}</text>'
        ).format(
            LABEL - 10, top + 15, _short(label), LABEL, top, room, BAR,
            LABEL, top, max(round(room * length / longest, 1), 1 if length else 0), BAR,
            WIDTH - VALUE + 10, top + 15, said,
        )
        for top, (label, length, said) in zip(range(HEAD, height, BAR + GAP), rows, strict=False)
    ]  # fmt: skip
    return _framed(WIDTH, height, title, lines)


def columns(rows: Sequence[tuple[str, int]], *, title: str) -> Markup:
    """Return upright columns: label below, number above."""
    tallest = max((count for _, count in rows), default=0) or 1
    step, room, foot = WIDTH // max(len(rows), 1), 120, 28
    lines = [
        Markup(
            '<rect class="fill" x="{}" y="{}" width="{}" height="{}"/><text class="over" x="{}" y="{}">{}</text>'
            '<text class="under" x="{}" y="{}">{}</text>'
        ).format(
            left + step // 5, 24 + room - tall, step - 2 * (step // 5), tall,
            left + step // 2, 18 + room - tall, count, left + step // 2, 24 + room + 20, label,
        )
        for left, (label, count) in zip(range(0, WIDTH, step), rows, strict=False)
        for tall in [round(room * count / tallest)]
    ]  # fmt: skip
    return _framed(WIDTH, 24 + room + foot, title, lines)


def _framed(width: int, height: int, title: str, lines: Sequence[Markup]) -> Markup:
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(width, height, title)
    return head + Markup("").join(lines) + Markup("</svg>")


def _short(label: str) -> str:
    return label if len(label) <= LABEL_CHARACTERS else f"{label[: LABEL_CHARACTERS - 1]}…"
