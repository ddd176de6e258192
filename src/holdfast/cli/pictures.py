"""Figures drawn with characters: a bar, and a line of columns. Pure.

A terminal or file that cannot show the blocks gets ASCII.
"""

from collections.abc import Callable, Sequence

BLOCKS = "▁▂▃▄▅▆▇"
LEVELS = "_.-:=+#"  # the same in ASCII
UNKNOWN = " "
BAR_WIDTH = 10


def sparkline(values: Sequence[float | None], *, in_ascii: bool) -> str:
    """One character a value, as high as its share of the highest; a blank where there is none.

    Nothing at all is the lowest character, and whatever is more is higher than that.
    """
    levels = LEVELS if in_ascii else BLOCKS
    highest = max((value for value in values if value is not None), default=0)
    return "".join(UNKNOWN if value is None else levels[_level(value, highest)] for value in values)


def _level(value: float, highest: float) -> int:
    if value <= 0 or highest <= 0:
        return 0
    steps = len(BLOCKS) - 1
    return max(1, min(steps, round(steps * value / highest)))


def bar(share: float, *, in_ascii: bool, width: int = BAR_WIDTH) -> str:
    """A bar filled to this share of it, 0 to 1; empty only where it is nothing, full only where it is all."""
    full, empty = ("#", ".") if in_ascii else ("━", "╌")
    filled = max(int(width * max(0.0, min(1.0, share))), share > 0)
    return full * filled + empty * (width - filled)


def folded(
    values: Sequence[float | None], columns: int, together: Callable[[list[float]], float]
) -> list[float | None]:
    """No more values than there are columns for: neighbours become what they are `together`.

    Where none of them is known, it is None.
    """
    each = max(1, -(-len(values) // columns))
    groups = (values[begin : begin + each] for begin in range(0, len(values), each))
    known = ([value for value in group if value is not None] for group in groups)
    return [together(group) if group else None for group in known]
