"""What a page and its count cost, by the number of tasks: a picture with both axes in powers of ten."""

import math
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from . import targets
from .targets import Measured

_COLOURS = {"sqlite": "#0a7d5a", "postgresql": "#3465a4"}
_LINES = {"99 %": "none", "50 %": "4 3"}
_LEFT, _TOP, _WIDTH, _HEIGHT = 70, 50, 480, 280
_LOWEST, _HIGHEST = 0.1, 100.0  # milliseconds


def draw(measured: Sequence[Measured]) -> str:
    """An SVG picture."""
    known = [one for one in measured if one.queries is not None]
    sizes = sorted({one.rows for one in known})
    width, height = _LEFT + _WIDTH + 110, _TOP + _HEIGHT + 50
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
            ' font-family="sans-serif">',
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            _text(
                16, 22, "A page of ten with its exact count, one or two filters: milliseconds by tasks", 13
            ),
            *_grid(sizes),
            *(
                line
                for kind in _COLOURS
                for line in _curves(kind, [one for one in known if one.kind == kind], sizes)
            ),
            "</svg>\n",
        ]
    )


def _grid(sizes: Sequence[int]) -> Iterator[str]:
    for exponent in range(-1, 3):
        y = _y(10.0**exponent)
        dash = "none" if 10.0**exponent == targets.P99_MS else "2 4"
        yield f'<path d="M{_LEFT} {y:.1f}h{_WIDTH}" stroke="#999" stroke-dasharray="{dash}"/>'
        yield _text(24, y + 4, f"{10.0**exponent:g} ms")
    for rows in sizes:
        x = _x(rows, sizes)
        yield f'<path d="M{x:.1f} {_TOP}v{_HEIGHT}" stroke="#ddd"/>'
        yield _text(x - 25, _TOP + _HEIGHT + 20, f"{rows:,}")


def _curves(kind: str, measured: Sequence[Measured], sizes: Sequence[int]) -> Iterator[str]:
    for share, dash in _LINES.items():
        points = [(_x(one.rows, sizes), _y(_cost(one, share))) for one in measured]
        if points:
            drawn = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
            colour = _COLOURS[kind]
            line = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
            yield f'<path d="M{drawn}" fill="none" {line}/>'
            yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
            yield _text(points[-1][0] + 8, points[-1][1] + 4, f"{measured[0].title} {share}")


def _cost(one: Measured, share: str) -> float:
    if one.queries is None:
        return _LOWEST
    times = [one.queries.groups[name] for name in targets.FEW]
    return max(each.p99 if share == "99 %" else each.p50 for each in times)


def _x(rows: int, sizes: Sequence[int]) -> float:
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])
    return _LEFT + 30 + (math.log10(rows) - first) / ((last - first) or 1) * (_WIDTH - 60)


def _y(milliseconds: float) -> float:
    bounded = max(_LOWEST, min(milliseconds, _HIGHEST))
    share = math.log10(bounded / _LOWEST) / math.log10(_HIGHEST / _LOWEST)
    return _TOP + _HEIGHT * (1 - share)


def _text(x: float, y: float, text: str, size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="#222">{escape(text)}</text>'
