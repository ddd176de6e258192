"""The meter: what it counts, when it tells, and how it stops a stream."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.engine.sources import file

from holdfast.engine.halt import Halt, Interrupted
from holdfast.engine.meter import Meter, Told
from holdfast.model.entry import Data, Entry, Hole, Kind, Listing, Metadata, Portable, Range, Unreadable
from holdfast.model.errors import Cancelled, VaultFull
from holdfast.model.task import Figures, Phase
from holdfast.model.task_warning import Lines

KNOWN = Metadata(0o755, 0, 0, "", "", 0, 0, 0)


class Listener:
    """Hears what is told."""

    def __init__(self) -> None:
        self.heard: list[Told] = []

    def tell(self, told: Told) -> None:
        self.heard.append(told)


def drain(meter: Meter, entries: list[Entry | Unreadable]) -> None:
    """Pull every entry and its content through."""
    for entry in meter.through(entries):
        if isinstance(entry, Entry):
            for _ in entry.content:
                pass


def test_bytes_are_counted_as_they_are_pulled_and_holes_only_where_they_were_expected() -> None:
    content: list[Range] = [Data(0, b"abc"), Hole(3, 1000), Data(1003, b"de")]
    reading, writing = Meter(Listener().tell, Halt()), Meter(Listener().tell, Halt())
    reading.expect(5, 1, holes=False)
    writing.expect(1005, 1, holes=True)
    for meter in (reading, writing):
        drain(meter, [file("a", content)])
    assert (reading.figures.bytes_done, writing.figures.bytes_done) == (5, 1005)


def test_what_is_passed_over_counts_as_it_is() -> None:
    meter = Meter(Listener().tell, Halt())
    for _ in meter.through([file("a", [Data(0, b"abc")])]):
        pass
    assert meter.figures.bytes_done == 4096
    assert meter.figures.files_done == 1


class Away(Portable):
    """Content that another process pulls."""

    def __init__(self) -> None:
        self.came: list[tuple[int, Unreadable | None]] = []

    def __iter__(self) -> Iterator[Range]:
        yield Data(0, b"abc")

    def travelling(self) -> list[Range]:
        return [Data(0, b"abc")]

    def arrived(self, byte_count: int, problem: Unreadable | None) -> None:
        self.came.append((byte_count, problem))


def test_what_is_pulled_elsewhere_counts_when_it_has_come() -> None:
    meter = Meter(Listener().tell, Halt())
    contents = [Away(), Away()]
    met: list[Portable] = []
    for entry in meter.through([Entry(b"a", Kind.FILE, KNOWN, one) for one in contents]):
        assert isinstance(entry, Entry)
        assert isinstance(entry.content, Portable)
        assert entry.content.travelling() == [Data(0, b"abc")]
        met.append(entry.content)
    assert (meter.figures.bytes_done, meter.figures.files_done, meter.sound_files) == (0, 2, 0)
    problem = Unreadable(b"b", "gone")
    met[0].arrived(3, None)
    met[1].arrived(0, problem)
    assert (meter.figures.bytes_done, meter.sound_files, meter.figures.warning_count) == (3, 1, 1)
    assert [one.came for one in contents] == [[(3, None)], [(0, problem)]]


def test_what_cannot_travel_is_pulled_here() -> None:
    meter = Meter(Listener().tell, Halt())
    for entry in meter.through([file("a", [Data(0, b"abc")])]):
        assert isinstance(entry, Entry)
        assert isinstance(entry.content, Portable)
        assert entry.content.travelling() is None
        assert [piece.length for piece in entry.content] == [3]
    assert (meter.figures.bytes_done, meter.sound_files) == (3, 1)


def test_the_files_of_a_known_folder_count_as_they_are() -> None:
    meter = Meter(Listener().tell, Halt())
    listings = [Listing(b"f", 5, 700), Listing(b"g", 1, 9)]
    folders = [Entry(b"a", Kind.DIRECTORY, KNOWN, listing=one) for one in listings]
    for entry, is_known in zip(meter.through(folders), (True, False), strict=True):
        assert isinstance(entry, Entry)
        assert entry.listing is not None
        entry.listing.is_known = is_known
    assert (meter.figures.bytes_done, meter.figures.files_done, meter.sound_files) == (700, 5, 5)


def test_folders_are_no_files_and_links_are() -> None:
    meter = Meter(Listener().tell, Halt())
    drain(meter, [Entry(b"a", Kind.DIRECTORY, KNOWN), Entry(b"a/b", Kind.SYMLINK, KNOWN)])
    assert meter.figures.files_done == meter.sound_files == 1


def test_what_cannot_be_read_is_counted_however_it_shows() -> None:
    def rot() -> Iterator[Range]:
        yield Data(0, b"abc")
        raise Unreadable(b"b", "Input/output error")

    meter = Meter(Listener().tell, Halt())
    with pytest.raises(Unreadable):
        drain(meter, [Unreadable(b"a", "gone"), file("b", rot())])
    assert meter.figures.warning_count == 2
    assert meter.sound_files == 0


@given(sizes=st.lists(st.integers(1, 500), min_size=1, max_size=20), total=st.integers(0, 4000))
def test_progress_never_falls_and_never_says_that_it_is_over(sizes: list[int], total: int) -> None:
    meter = Meter(Listener().tell, Halt())
    meter.expect(total, len(sizes), holes=False)
    seen = []
    for entry in meter.through([file(str(size), [Data(0, bytes(size))]) for size in sizes]):
        seen += [meter.progress for _ in entry.content]
    assert seen == sorted(seen)
    assert all(0 <= one <= 99 for one in seen)


def test_the_first_and_the_last_moment_are_told_and_not_every_one_between() -> None:
    listener = Listener()
    meter = Meter(listener.tell, Halt())
    meter.expect(1000, 1000, holes=False)
    drain(meter, [file(str(number), [Data(0, b"x")]) for number in range(1000)])
    assert listener.heard[0].figures.bytes_done <= 1
    last = listener.heard[-1]
    assert (last.progress, replace(last.figures, bytes_per_second=0)) == (99, meter.figures)
    assert len(listener.heard) < 10


def test_a_stream_is_finishing_when_all_of_it_has_come() -> None:
    listener = Listener()
    meter = Meter(listener.tell, Halt())
    meter.tell()
    meter.enter(Phase.READING)
    drain(meter, [file("a", [Data(0, b"x")])])
    assert (listener.heard[0].phase, listener.heard[-1].phase) == (Phase.PREPARING, Phase.FINISHING)


def test_a_phase_is_told_with_what_is_told_next_and_costs_nothing_by_itself() -> None:
    listener = Listener()
    meter = Meter(listener.tell, Halt())
    for phase in (Phase.READING, Phase.WRITING):
        meter.enter(phase)
    assert listener.heard == []
    meter.tick()
    meter.begin(Phase.DELETING)
    assert [told.phase for told in listener.heard] == [Phase.WRITING, Phase.DELETING]


def test_new_warnings_are_told_once_and_the_last_of_them_at_the_end() -> None:
    listener = Listener()
    meter = Meter(listener.tell, Halt())
    meter.warn(Unreadable(b"a", "gone"))
    meter.tell()
    meter.tell()
    meter.warn(Unreadable(b"b", "gone"))
    assert [told.lines for told in listener.heard] == [Lines(anew=False, lines=((0, "a: gone"),)), None]
    assert meter.last().lines == Lines(anew=False, lines=((1, "b: gone"),))
    assert meter.last().lines is None


def test_what_is_said_twice_is_one_warning_and_two_problems() -> None:
    meter = Meter(Listener().tell, Halt())
    for _ in range(2):
        meter.warn(Unreadable(b"a", "gone"))
    assert (meter.figures.warning_count, meter.problems) == (1, 2)


def test_the_rate_is_told_and_no_figure_of_what_was_done() -> None:
    listener = Listener()
    meter = Meter(listener.tell, Halt())
    meter.tell()
    meter.moved(1 << 30)
    meter.tell()
    assert listener.heard[-1].figures.bytes_per_second > 0
    assert meter.figures.bytes_per_second == 0
    meter = Meter(listener.tell, Halt())
    meter.tell()
    meter.skip(1 << 30, 1)
    meter.tell()
    assert listener.heard[-1].figures.bytes_per_second == 0


def test_what_telling_raises_ends_the_stream_before_its_end() -> None:
    def refuse(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        drain(Meter(refuse, Halt()), [])


def test_a_guard_is_asked_whenever_something_is_told() -> None:
    def full(figures: Figures) -> None:
        raise VaultFull(str(figures.bytes_done))

    meter = Meter(Listener().tell, Halt())
    meter.guard(full)
    with pytest.raises(VaultFull):
        drain(meter, [file("a", [Data(0, b"abc")])])


def test_a_halt_ends_the_stream_in_the_middle_of_a_file() -> None:
    halt = Halt()
    meter = Meter(Listener().tell, halt)
    entry = next(meter.through([file("a", [Data(0, b"abc"), Data(3, b"def")])]))
    content = iter(entry.content)
    next(content)
    halt.stop()
    with pytest.raises(Interrupted):
        next(content)
