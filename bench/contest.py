"""One data set, all tools, every row of the table: what is run in which order, and laid out in between."""

import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from . import measure
from .data_sets import DataSet
from .measure import Command, Figures, Limits
from .results import Phase, Sample
from .tools import Place, Tool

_HOUSE = Path(__file__).parent.parent
_WINDOW = 1 << 20
_OLDEST, _NEWEST = 0, -1
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder in it is made by mkdtemp
_NOTHING_TO_RESTORE = Figures(wall=0, cpu=0, memory=0, resident=0, failure="there is no backup to restore")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done: the size of the data, and how often the slow and the quick things are timed."""

    scale: float
    revisions: int
    runs: int
    quick_runs: int
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A restore: of which revision, of one path or of all; `checked` if it is the source's present state."""

    phase: Phase
    revision: int
    only: str = ""
    checked: bool = False


class Contest:
    """The tools over one data set, in a folder of its own that is empty before and removed after."""

    def __init__(self, data_set: DataSet, tools: Sequence[Tool], folder: Path, plan: Plan) -> None:
        self.samples: list[Sample] = []
        self.sizes: dict[str, list[int]] = {tool.name: [] for tool in tools}
        self.source = folder / "source"
        self._data_set = data_set
        self._tools = tools
        self._folder = folder
        self._plan = plan
        self._turn = 0
        self._known: dict[str, list[str]] = {}  # the revisions of a tool, until its next backup

    def run(self) -> None:
        """Make the data and time everything."""
        self._data("make")
        self._first_backups()
        self._restores()
        self._revisions()
        self._old_and_new()

    def _first_backups(self) -> None:
        for _ in range(self._plan.runs):
            for tool, place in self._next_round():
                shutil.rmtree(place.folder, ignore_errors=True)
                place.folder.mkdir(parents=True)
                prepare(tool.init(place))
                self._back_up(tool, place, Phase.FIRST)
                self.sizes[tool.name] = [stored(place)]
        for _ in range(self._plan.quick_runs):
            for tool, place in self._next_round():
                self._back_up(tool, place, Phase.UNCHANGED)

    def _restores(self) -> None:
        for number in range(self._plan.runs):
            for tool, place in self._next_round():
                self._restore(tool, place, _Wish(Phase.RESTORE, _NEWEST, checked=number == 0))
        for _ in range(self._plan.quick_runs if self._data_set.one_file else 0):
            for tool, place in self._next_round():
                self._restore(tool, place, _Wish(Phase.ONE_FILE, _NEWEST, only=self._data_set.one_file))

    def _revisions(self) -> None:
        for revision in range(2, self._plan.revisions + 1):
            self._data("change", str(revision))
            for tool, place in self._next_round():
                self._back_up(tool, place, Phase.CHANGED)
        for tool, place in self._next_round():
            self.sizes[tool.name].append(stored(place))

    def _old_and_new(self) -> None:
        wishes = [_Wish(Phase.OLDEST, _OLDEST), _Wish(Phase.NEWEST, _NEWEST, checked=True)]
        for _ in range(max(2, self._plan.runs)):
            for tool, place in self._next_round():
                for wish in wishes:
                    self._restore(tool, place, wish)
            wishes.reverse()  # whoever comes first pays for what the second finds ready

    def _restore(self, tool: Tool, place: Place, wish: _Wish) -> None:
        target = self._target(place)
        if tool.name not in self._known:
            self._known[tool.name] = tool.revisions(place)
        if self._known[tool.name]:
            revision = self._known[tool.name][wish.revision]
            command = tool.restore(place, revision, target, wish.only)
            figures = self._measure(tool, wish.phase, command, place.repository)
        else:
            figures = _NOTHING_TO_RESTORE
        if not figures.failure:
            figures = self._judged(figures, tool.landed(place, target), wish)
        self.samples.append(Sample(tool=tool.name, phase=wish.phase, figures=figures))
        shutil.rmtree(target)

    def _target(self, place: Place) -> Path:
        """An empty folder in memory, or where there is no room beside the repository.

        ext4 looks long and hard at the inodes of files that were removed in the last minutes before it uses
        them for new ones: whoever restores after somebody has tidied up would pay for that.
        """
        size = sum(path.lstat().st_size for path in files(self.source))
        if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 2 * size:
            return Path(tempfile.mkdtemp(prefix="holdfast-bench-", dir=_MEMORY))
        target = place.folder / "restored"
        target.mkdir()
        return target

    def _judged(self, figures: Figures, landed: Path, wish: _Wish) -> Figures:
        """A restore that did not bring back what was saved has no time."""
        problem = ""
        if wish.only and content(landed / wish.only) != content(self.source / wish.only):
            problem = f"{wish.only} came back wrong"
        elif wish.checked:
            problem = difference(self.source, landed)
        return msgspec.structs.replace(figures, failure=problem)

    def _back_up(self, tool: Tool, place: Place, phase: Phase) -> None:
        self._known.pop(tool.name, None)
        figures = self._measure(tool, phase, tool.backup(place), self.source)
        self.samples.append(Sample(tool=tool.name, phase=phase, figures=figures))

    def _measure(self, tool: Tool, phase: Phase, command: Command, warmed: Path) -> Figures:
        warm(warmed)
        os.sync()
        figures = measure.run(command, self._folder / f"{tool.name}.log", self._plan.limits)
        said = (
            figures.failure or f"{figures.wall:8.2f} s {figures.cpu:8.2f} s CPU {figures.memory >> 20:5} MiB"
        )
        print(f"  {self._data_set.name:<14} {phase:<31} {tool.title:<14} {said}", flush=True)
        return figures

    def _next_round(self) -> Iterator[tuple[Tool, Place]]:
        """All tools, another one first each time."""
        self._turn += 1
        for number in range(len(self._tools)):
            tool = self._tools[(self._turn + number) % len(self._tools)]
            yield tool, Place(self._folder / tool.name, self.source, self._data_set)

    def _data(self, order: str, *revision: str) -> None:
        program = (sys.executable, "-m", "bench.data_sets", order, self._data_set.name)
        arguments = (str(self.source), str(self._plan.scale), *revision)
        prepare(Command((*program, *arguments), _HOUSE))


def prepare(command: Command) -> None:
    """Run what is not measured. Raises CalledProcessError, having told what the program said."""
    environment = {**os.environ, **command.environment}
    done = subprocess.run(
        command.arguments, cwd=command.folder, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        done.check_returncode()


def stored(place: Place) -> int:
    """What a repository takes: the sum of its files' lengths."""
    return sum(path.lstat().st_size for path in files(place.repository))


def files(folder: Path) -> Iterator[Path]:
    """All files below a folder, links not followed."""
    for above, _, names in os.walk(folder):
        for name in names:
            yield Path(above) / name


def warm(folder: Path) -> None:
    """Read what is in a folder, so that it is in the page cache."""
    for path in files(folder):
        if not path.is_symlink():
            for _ in pieces(path):
                pass


def content(path: Path) -> int:
    """A checksum of a file's length, its data and where that is; -1 where there is no file."""
    if path.is_symlink():
        return zlib.crc32(os.fsencode(path.readlink()))
    if not path.is_file():
        return -1
    found = zlib.crc32(str(path.stat().st_size).encode())
    for offset, piece in pieces(path):
        if piece.count(0) != len(piece):  # a hole may come back as zeros, and zeros as a hole
            found = zlib.crc32(piece, found ^ offset & 0xFFFFFFFF)
    return found


def difference(saved: Path, restored: Path) -> str:
    """What was not brought back as it was, "" if all was."""
    names = {path.relative_to(saved) for path in files(saved)}
    if names != {path.relative_to(restored) for path in files(restored)}:
        return f"other files came back than the {len(names)} that were saved"
    wrong = [name for name in names if content(saved / name) != content(restored / name)]
    return f"{len(wrong)} files came back wrong, {wrong[0]} for one" if wrong else ""


def pieces(path: Path) -> Iterator[tuple[int, bytes]]:
    """A file's data in aligned windows, with their offsets; holes are passed over."""
    with path.open("rb", buffering=0) as file:
        size, end = os.fstat(file.fileno()).st_size, 0
        while end < size:
            try:
                start = os.lseek(file.fileno(), end, os.SEEK_DATA) & -_WINDOW
            except OSError:  # only a hole is left
                return
            file.seek(start)
            yield start, file.read(_WINDOW)
            end = start + _WINDOW
