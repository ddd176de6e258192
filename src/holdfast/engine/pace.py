"""How many bytes a second come lately, from looks at a count now and then."""

from collections import deque

WINDOW_SECONDS = 20.0


class Pace:
    """The looks of the last seconds, and the one before them: what came since is measured against it."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque()

    def of(self, count: int, now: float) -> int:
        """How many a second have come lately; `count` is how many there are at the moment `now`, in seconds.

        0 at the first look.
        """
        self._looks.append((now, count))
        while len(self._looks) > 2 and now - self._looks[1][0] >= WINDOW_SECONDS:
            self._looks.popleft()
        began, before = self._looks[0]
        return round(max(0, count - before) / (now - began)) if now > began else 0

    def shift(self, count: int) -> None:
        """So many are there that did not come now."""
        self._looks = deque((at, before + count) for at, before in self._looks)
