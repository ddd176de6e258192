"""What was promised, and whether a figure keeps it. All are ratios: holdfast's figure by the other tool's."""

WALL = 0.5
WALL_NEVER_ABOVE = 1.0
SIZE = 1.05
MEMORY = 1.5
OLDEST_BY_NEWEST = 1.3

_KEPT, _MISSED, _BROKEN = "✓", "✗", "✗✗"


def wall(ratio: float | None) -> str:
    """A ratio of wall times: kept, missed, or (two crosses) slower than the other tool."""
    if ratio is not None and ratio > WALL_NEVER_ABOVE:
        return f"{ratio:.2f} {_BROKEN}"
    return against(ratio, WALL)


def against(ratio: float | None, most: float) -> str:
    """A ratio that is to be at most `most`."""
    if ratio is None:
        return "—"
    return f"{ratio:.2f} {_KEPT if ratio <= most else _MISSED}"


def plain(ratio: float | None) -> str:
    """A ratio of which nothing was promised."""
    return "—" if ratio is None else f"{ratio:.2f}"
