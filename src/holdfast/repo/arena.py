"""The arena: memory in which content is gathered until it is cut, and stays until it is sealed.

Fresh memory costs more than what is done with it: the system clears each page and maps it in one by one. So a
few windows go round. A window is free again when nobody holds a view of it any more.
"""

WINDOW = 12 << 20
"""The size of a window: more than the largest chunk, so that a full one can always be cut."""


class Arena:
    """Gathers one region after the other; for one thread, while others read what was taken."""

    def __init__(self) -> None:
        self._windows: list[bytearray] = []
        self._view = memoryview(bytearray())
        self._start = self._end = 0

    @property
    def region(self) -> memoryview:
        """What was added since the region began."""
        return self._view[self._start : self._end]

    def begin(self) -> None:
        """Begin a new region; what was in the last one stays as long as somebody holds a view of it."""
        self._start = self._end

    def add(self, content: memoryview) -> int:
        """Copy what there is room for to the end of the region; how many bytes that was."""
        count = min(len(content), len(self._view) - self._end)
        self._view[self._end : self._end + count] = content[:count]
        self._end += count
        return count

    def turn(self, rest: memoryview) -> None:
        """Go on in a free window, with a region that begins with a copy of `rest`."""
        window = memoryview(self._free_window())
        window[: len(rest)] = rest
        self._view = window
        self._start, self._end = 0, len(rest)

    def _free_window(self) -> bytearray:
        for window in self._windows:
            if _is_free(window):
                return window
        self._windows.append(_new_window())
        return self._windows[-1]


def _new_window() -> bytearray:
    window = bytearray(WINDOW + 1)
    del window[-1]  # room for the byte that `_is_free` tries to add
    return window


def _is_free(window: bytearray) -> bool:
    """Whether no view of the window is left: while there is one, Python refuses to change its length."""
    try:
        window.append(0)
    except BufferError:
        return False
    del window[-1]
    return True
