"""Pictures of a grid as SVG: bars, and steps from last year to this one. No script, no font of their own.

A picture repeats what its table says; the table beside it is what a screen reader reads.
"""

from collections.abc import Sequence
from html import escape

from onevisit.supervision.grids import TOTALS, Grid, Value, shown

_WIDTH, _LINE, _LABEL, _FIGURE = 640, 22, 170, 80
_INK, _BAR, _LESS = "#1d2733", "#14507a", "#9c2b1f"


def chart(grid: Grid) -> str:
    """Return the picture of a grid that has one; rows without a number, and totals, are left out."""
    rows = [row for row in grid.rows if row[0] not in TOTALS and _number(row[grid.charted]) is not None]
    numbers = [_number(row[grid.charted]) or 0.0 for row in rows]
    spans = _steps(numbers) if grid.chart == "steps" else [(0.0, number) for number in numbers]
    names, texts = [shown(row[0]) for row in rows], [shown(row[grid.charted]) for row in rows]
    return _picture(grid.title, names, spans, texts)


def _number(value: Value) -> float | None:
    if isinstance(value, int):
        return float(value)
    bare = (value or "").rstrip("%").replace(",", "")
    return float(bare) if bare.replace(".", "", 1).lstrip("+-").isdigit() else None


def _steps(numbers: Sequence[float]) -> list[tuple[float, float]]:
    """Return where each bar begins and ends: the first and the last stand on the ground, the others between."""
    spans: list[tuple[float, float]] = []
    level = 0.0
    for at, number in enumerate(numbers):
        begins = level if 0 < at < len(numbers) - 1 else 0.0
        level = begins + number
        spans.append((begins, level))
    return spans


def _picture(title: str, names: Sequence[str], spans: Sequence[tuple[float, float]], texts: Sequence[str]) -> str:
    longest = max((max(span) for span in spans), default=0.0) or 1.0
    scale = (_WIDTH - _LABEL - _FIGURE) / longest
    height = _LINE * len(names) + 8
    lines = [
        _bar(name, text, _LABEL + min(span) * scale, abs(span[1] - span[0]) * scale, at, is_less=span[1] < span[0])
        for at, (name, span, text) in enumerate(zip(names, spans, texts, strict=True))
    ]
    return (
        f'<svg role="img" aria-label="{escape(title)}（图，数字见表）" '
        f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" font-size="13" fill="{_INK}">'
        f"{''.join(lines)}</svg>"
    )


def _bar(name: str, text: str, left: float, length: float, at: int, *, is_less: bool) -> str:
    top, middle = at * _LINE + 4, at * _LINE + 4 + _LINE / 2 + 1
    return (
        f'<text x="{_LABEL - 8}" y="{middle:.1f}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{left:.1f}" y="{top + 4}" width="{max(length, 1):.1f}" height="{_LINE - 8}" '
        f'fill="{_LESS if is_less else _BAR}"/>'
        f'<text x="{left + max(length, 1) + 6:.1f}" y="{middle:.1f}">{escape(text)}</text>'
    )
