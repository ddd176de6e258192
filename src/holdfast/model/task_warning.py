"""The log of what went wrong with single files of a task: one line each, bounded, no line twice."""

from collections.abc import Iterable, Sequence

import msgspec

MOST_LINES = 10_000  # one more says how many there are besides
LONGEST_LINE = 1_000  # characters
FIRST_LINES = 20  # shown with the task itself
_HEAD = 599
_GAP = "…"


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of a log that are not written yet, with their places; those that are there give way to them.

    With `anew`, all that was written before goes: it is of an execution of the task that came to nothing.
    """

    anew: bool
    lines: tuple[tuple[int, str], ...]


class WarningLog:
    """The log of one execution of a task. `count` is of all that went wrong, also beyond what is kept."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[str] = []
        self._known: set[str] = set()
        self._last: str | None = None
        self._pending: list[tuple[int, str]] = []
        self._anew = False
        self._overflow_told = 0

    def add(self, text: str) -> None:
        """Keep a line. One that is there already, or was the last, says nothing new."""
        line = cut(text)
        if line == self._last or line in self._known:
            return
        self._last = line
        if len(self._known) < MOST_LINES:
            self._pending.append((len(self._known), line))
            self._keep(line)
        self.count += 1

    def begin_anew(self) -> None:
        """What an earlier execution of the task wrote goes as soon as anything is written, or at the end."""
        self._anew = True

    def resume(self, lines: Sequence[str], count: int) -> None:
        """Go on where an earlier execution was, whose log holds these of so many lines.

        To be done before any is added; done again it changes nothing.
        """
        self._anew = False
        for line in lines[:MOST_LINES]:
            if line not in self._known:
                self._keep(line)
        held = len(self._known)
        self.count = held if held < MOST_LINES else max(count, held)

    def take(self) -> Lines | None:
        """What is to be written since it was last asked for; None where there is nothing."""
        lines = [*self._pending, *self._overflow()]
        if not lines:
            return None
        return self._taken(lines)

    def close(self) -> Lines | None:
        """The same at the end, when what an earlier execution wrote is to go in any case."""
        lines = [*self._pending, *self._overflow()]
        if not lines and not self._anew:
            return None
        return self._taken(lines)

    def _taken(self, lines: Iterable[tuple[int, str]]) -> Lines:
        taken = Lines(anew=self._anew, lines=tuple(lines))
        self._anew = False
        self._pending = []
        return taken

    def _overflow(self) -> list[tuple[int, str]]:
        more = self.count - MOST_LINES
        if more <= self._overflow_told:
            return []
        self._overflow_told = more
        return [(MOST_LINES, f"and {more:,} more")]

    def _keep(self, line: str) -> None:
        self._known.add(line)
        if len(self.first) < FIRST_LINES:
            self.first.append(line)


def cut(text: str) -> str:
    """The text as a line that is short enough: the middle of a long one is left out, as paths are long and
    the reason comes last. What no database keeps is spelt out."""
    line = text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
    if len(line) <= LONGEST_LINE:
        return line
    return line[:_HEAD] + _GAP + line[_HEAD + len(_GAP) - LONGEST_LINE :]
