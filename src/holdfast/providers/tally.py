"""The count of what a restore has done so far."""

from collections.abc import Callable

from holdfast.model.entry import Unreadable

from .provider import FAILURES_KEPT, Written, unheard


class Tally:
    """Bytes of data and entries other than folders that were put down, and what failed."""

    def __init__(self, failed: Callable[[Unreadable], object] = unheard) -> None:
        """`failed` is told of each failure, as `Target.failed`."""
        self._failed = failed
        self._bytes = 0
        self._files = 0
        self._failures: list[Unreadable] = []
        self._failure_count = 0

    def add(self, data_bytes: int) -> None:
        """Count an entry that was put down."""
        self._files += 1
        self._bytes += data_bytes

    def fail(self, problem: Unreadable) -> None:
        """Count what could not be put down, or not as it was; the first ones are kept."""
        self._failed(problem)
        self._failure_count += 1
        if len(self._failures) < FAILURES_KEPT:
            self._failures.append(problem)

    def written(self) -> Written:
        """The count as the protocol gives it."""
        return Written(self._bytes, self._files, tuple(self._failures), self._failure_count)
