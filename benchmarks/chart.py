"""A chart of growth with size: both axes by powers of ten, one line a measure, as SVG without any library."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 780, 440, 70, 40, 230, 60
_COLOURS = ("#0b5394", "#b45f06", "#38761d", "#741b47")
_APART = 14.0
"""How far apart the names of lines stand at least."""
_NO_TIME = 0.001
"""Seconds below which a clock says nothing."""

Line = Sequence[tuple[float, float]]
"""(size, seconds), both above nothing."""


def growth_chart(title: str, size: str, lines: Mapping[str, Line], dashed: Mapping[str, Line] | None = None) -> str:
    """Return the chart as SVG text; a line straight at 45 degrees grows as its size does.

    Dashed lines are for a peer; the first has the colour of the first line, and so on.
    """
    drawn = [(one, "") for one in lines.items()] + [(one, ' stroke-dasharray="6 4"') for one in (dashed or {}).items()]
    points = [point for (_, line), _ in drawn for point in line]
    across = _Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = _Axis([max(y, _NO_TIME) for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>',
        *(_rule(across.at(tick), TOP, across.at(tick), HEIGHT - BOTTOM) for tick in across.ticks),
        *(_rule(LEFT, up.at(tick), WIDTH - RIGHT, up.at(tick)) for tick in up.ticks),
        *(_text(across.at(tick), HEIGHT - BOTTOM + 18, _number(tick), "middle") for tick in across.ticks),
        *(_text(LEFT - 8, up.at(tick) + 4, f"{_number(tick)} s", "end") for tick in up.ticks),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, size, "middle"),
    ]
    ends: list[tuple[float, float, str, str]] = []
    for number, ((name, line), dash) in enumerate(drawn):
        colour = _COLOURS[(number - len(lines) if dash else number) % len(_COLOURS)]
        places = [(across.at(x), up.at(max(y, _NO_TIME))) for x, y in line]
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2"{dash} points="'
            f'{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
        ends.append((places[-1][1], places[-1][0], colour, name))
    return "\n".join([*parts, *_names(ends), "</svg>\n"])


def _names(ends: Sequence[tuple[float, float, str, str]]) -> Iterator[str]:
    """Yield the names of lines beside where they end, each below the one before."""
    above = TOP - _APART
    for y, x, colour, name in sorted(ends):
        above = max(y, above + _APART)
        yield f'<text x="{x + 10:.1f}" y="{above + 4:.1f}" fill="{colour}">{escape(name)}</text>'


class _Axis:
    """Powers of ten over a stretch of the page."""

    def __init__(self, values: Sequence[float], first: float, last: float) -> None:
        low, high = floor(log10(min(values))), ceil(log10(max(values)))
        self._low, self._high = low, max(high, low + 1)
        self._first, self._last = first, last
        self.ticks = [10.0**power for power in range(self._low, self._high + 1)]

    def at(self, value: float) -> float:
        """Return where a value stands on the page."""
        share = (log10(value) - self._low) / (self._high - self._low)
        return self._first + share * (self._last - self._first)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#333">{escape(words)}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
