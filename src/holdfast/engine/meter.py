"""A meter in the pipe between a provider and a repository.

Progress and cancelling are not the concern of the pipe's ends. They happen here, as the stream is pulled
through: whoever stops pulling has cancelled.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec

from holdfast.model.entry import Data, Entry, Hole, Kind, Listing, Portable, Range, Unreadable
from holdfast.model.task import Figures, Phase
from holdfast.model.task_warning import Lines, WarningLog

from .halt import Halt
from .pace import Pace

Item = TypeVar("Item", bound=Entry | Unreadable)

TELL_SECONDS = 1.0
MOST_PERCENT = 99  # a task is at 100 when it has ended well


@dataclass(frozen=True, slots=True)
class Told:
    """How far a task is: in per cent and in figures, what it is at, and new lines of its log."""

    progress: int
    figures: Figures
    phase: Phase
    lines: Lines | None = None


Tell = Callable[[Told], None]


class Meter:
    """Counts what is pulled through it, and tells at most once a second.

    What `tell` raises (Cancelled, TimedOut, Fenced) ends the stream; so does a halt, at the next entry or
    range.
    """

    def __init__(self, tell: Tell, halt: Halt) -> None:
        self.sound_files = self.problems = 0
        self.last_warning = ""
        self.log = WarningLog()
        self._phase = Phase.PREPARING
        self._pace = Pace()
        self._tell = tell
        self._halt = halt
        self._check: Callable[[Figures], None] | None = None
        self._counting_holes = False
        self._bytes_total = self._files_total = 0
        self._bytes = self._files = 0
        self._due = 0.0

    def expect(self, bytes_total: int, files_total: int, *, holes: bool) -> None:
        """How much is to come, and whether holes count: they do where sizes are all that is known."""
        self._bytes_total, self._files_total, self._counting_holes = bytes_total, files_total, holes

    def guard(self, check: Callable[[Figures], None]) -> None:
        """Have this asked whenever progress is told; what it raises ends the stream."""
        self._check = check

    @property
    def figures(self) -> Figures:
        """What came through so far."""
        return Figures(
            bytes_done=self._bytes,
            bytes_total=max(self._bytes, self._bytes_total),
            files_done=self._files,
            files_total=max(self._files, self._files_total),
            warning_count=self.log.count,
        )

    @property
    def progress(self) -> int:
        """Per cent of the bytes, of the files where there are no bytes; 99 at most."""
        done, total = self._bytes, self._bytes_total
        if not total:
            done, total = self._files, self._files_total
        return min(MOST_PERCENT, 100 * done // total) if total else 0

    def enter(self, phase: Phase) -> None:
        """From now on this is what the task is at; it is told with what is told next."""
        self._phase = phase

    def begin(self, phase: Phase) -> None:
        """Enter a phase and tell so at once: whoever wants a stop is heard before anything is lost."""
        self._phase = phase
        self.tell()

    def through(self, entries: Iterable[Item]) -> Iterator[Item | Entry]:
        """The entries, counted as they and their content are pulled.

        The end is told too before the stream ends: a fenced worker does not get to finish what it wrote.
        """
        for item in entries:
            if isinstance(item, Unreadable):
                self.tick()
                self.warn(item)
                yield item
            elif item.kind is Kind.FILE:
                content = _Content(self, item.content)
                yield replace(item, content=content)
                self._pass(item, content)
            elif item.kind is Kind.DIRECTORY:
                self.tick()
                yield item
                self._leave_out(item.listing)
            else:
                self.tick()
                yield item
                self._files += 1
                self.sound_files += 1
        self._phase = Phase.FINISHING
        self.tell()

    def pulled(self, piece: Range) -> None:
        """A range came through."""
        if isinstance(piece, Data) or (self._counting_holes and isinstance(piece, Hole)):
            self._bytes += piece.length
        self.tick()

    def skip(self, byte_count: int, file_count: int) -> None:
        """So much was done before, by another execution of the task: it says nothing of how fast it goes."""
        self._bytes += byte_count
        self._files += file_count
        self._pace.shift(byte_count)
        self.tick()

    def moved(self, byte_count: int) -> None:
        """So many bytes more have come, of an operation that is no stream."""
        self._bytes += byte_count
        self.tick()

    def count(self) -> None:
        """One more thing is done, of an operation that is no stream."""
        self._files += 1
        self.tick()

    def warn(self, problem: Unreadable) -> None:
        """Something could not be read or written. What was said already is not said again."""
        self.problems += 1
        self.last_warning = str(problem)
        self.log.add(self.last_warning)

    def tick(self) -> None:
        """Tell if it is time to."""
        self._halt.check()
        if time.monotonic() >= self._due:
            self.tell()

    def tell(self) -> None:
        """Tell now."""
        self._halt.check()
        if self._check is not None:
            self._check(self.figures)
        now = time.monotonic()
        figures = msgspec.structs.replace(self.figures, bytes_per_second=self._pace.of(self._bytes, now))
        self._tell(Told(self.progress, figures, self._phase, self.log.take()))
        self._due = time.monotonic() + TELL_SECONDS

    def last(self) -> Told:
        """What is left to be told when the task comes to its end, well or not."""
        return Told(self.progress, self.figures, self._phase, self.log.close())

    def came(self, byte_count: int, problem: Unreadable | None) -> None:
        """A file was pulled in another process: so many bytes, or a problem."""
        self._bytes += byte_count
        if problem is None:
            self.sound_files += 1
        else:
            self.warn(problem)
        self.tick()

    def _leave_out(self, listing: Listing | None) -> None:
        """The next entry is asked for. Files of a folder that is known do not come, and count as they are."""
        if listing is not None and listing.is_known:
            self._bytes += listing.byte_count
            self._files += listing.file_count
            self.sound_files += listing.file_count

    def _pass(self, entry: Entry, content: "_Content") -> None:
        """The next entry is asked for. What was not even opened is unchanged, and counts as it is."""
        self._files += 1
        if content.away:
            return
        self.sound_files += content.sound
        if not content.opened:
            self._bytes += entry.metadata.size
            self.tick()


class _Content(Portable):
    """A file's ranges, counted as they are pulled."""

    def __init__(self, meter: Meter, ranges: Iterable[Range]) -> None:
        self.opened = False
        self.away = False
        self.sound = True
        self._meter = meter
        self._ranges = ranges

    def __iter__(self) -> Iterator[Range]:
        self.opened = True
        try:
            for piece in self._ranges:
                self._meter.pulled(piece)
                yield piece
        except Unreadable as problem:
            self.sound = False
            self._meter.warn(problem)
            raise
        if self.away:  # it was to be pulled elsewhere, and had to be pulled here after all
            self._meter.sound_files += 1

    def travelling(self) -> Iterable[Range] | None:
        found = self._ranges.travelling() if isinstance(self._ranges, Portable) else None
        self.away = found is not None
        return found

    def arrived(self, byte_count: int, problem: Unreadable | None) -> None:
        self._meter.came(byte_count, problem)
        if isinstance(self._ranges, Portable):
            self._ranges.arrived(byte_count, problem)
