"""The results as a picture: a bar for each row and tool, its length the wall time as a share of restic's."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from . import targets
from .data_sets import DATA_SETS
from .results import Measured, Phase, wall

_COLOURS = {"holdfast": "#0a7d5a", "restic-newest": "#8a93a0", "restic": "#c3c9d1", "borg": "#d9a441"}
_LABELS, _BARS, _MARGIN = 210, 330, 16
_BAR, _GAP, _PANEL = 9, 7, 44
_MOST = 2.0  # a longer bar is cut, and its figure told


def draw(measured: Sequence[Measured], reference: str) -> str:
    """An SVG picture. `reference` is the tool whose time is 1."""
    tools = [name for name in _COLOURS if any(name in one.tools for one in measured)]
    parts: list[str] = []
    top = 56.0
    for one in measured:
        parts += _panel(one, tools, reference, top)
        top += _height(one, tools)
    width = _LABELS + _BARS + 90
    size = f'viewBox="0 0 {width} {top:.0f}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" fill="#222">',
            f'<rect width="{width}" height="{top:.0f}" fill="#fff"/>',
            *_legend(measured, tools, reference),
            *parts,
            "</svg>\n",
        ]
    )


def _legend(measured: Sequence[Measured], tools: Sequence[str], reference: str) -> Iterator[str]:
    titles = {name: title for one in measured for name, title in one.tools.items()}
    yield _text(_MARGIN, 20, f"Wall time; {titles.get(reference, reference)} = 1, shorter is better", size=13)
    for number, name in enumerate(tools):
        x = _MARGIN + number * 130
        yield f'<rect x="{x}" y="32" width="10" height="10" fill="{_COLOURS[name]}"/>'
        yield _text(x + 15, 41, titles.get(name, name))


def _panel(one: Measured, tools: Sequence[str], reference: str, top: float) -> Iterator[str]:
    yield _text(_MARGIN, top + 20, DATA_SETS[one.data_set].title, size=13)
    bottom = top + _height(one, tools) - 12
    for value, dash in ((1.0, "none"), (targets.WALL, "3 3")):
        x = _x(value)
        yield f'<path d="M{x:.1f} {top + 26:.1f}V{bottom:.1f}" stroke="#555" stroke-dasharray="{dash}"/>'
        yield _text(x - 8, top + 22, f"{value:g}")
    y = top + 32
    for phase in _phases(one):
        yield _text(_MARGIN, y + _BAR * len(tools) / 2 + 4, phase)
        for tool in tools:
            yield from _bar(one, tool, phase, (reference, y))
            y += _BAR
        y += _GAP


def _bar(one: Measured, tool: str, phase: Phase, place: tuple[str, float]) -> Iterator[str]:
    reference, y = place
    own, other = one.median(tool, phase, wall), one.median(reference, phase, wall)
    if own is None or not other:
        return
    ratio = own / other
    width = _x(min(ratio, _MOST)) - _LABELS
    yield (
        f'<rect x="{_LABELS}" y="{y:.1f}" width="{width:.1f}" height="{_BAR - 1}" fill="{_COLOURS[tool]}"/>'
    )
    if tool == "holdfast" or ratio > _MOST:
        yield _text(_LABELS + width + 4, y + _BAR - 1, f"{ratio:.2f}", size=9)


def _height(one: Measured, tools: Sequence[str]) -> float:
    return _PANEL + len(_phases(one)) * (_BAR * len(tools) + _GAP)


def _phases(one: Measured) -> list[Phase]:
    return [phase for phase in Phase if one.runs("holdfast", phase)]


def _x(ratio: float) -> float:
    return _LABELS + ratio / _MOST * _BARS


def _text(x: float, y: float, text: str, size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}">{escape(text)}</text>'
