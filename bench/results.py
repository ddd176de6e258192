"""What was measured, kept as one JSON file for each data set, so that a run that was broken off goes on."""

import statistics
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from .measure import Figures


class Phase(StrEnum):
    """What was timed; the values are the rows of the tables."""

    FIRST = "first backup"
    UNCHANGED = "unchanged second backup"
    CHANGED = "changed backup"
    RESTORE = "full restore"
    ONE_FILE = "restore of one file"
    OLDEST = "restore of the oldest revision"
    NEWEST = "restore of the newest revision"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one tool."""

    tool: str
    phase: Phase
    figures: Figures


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """All runs over one data set.

    `data_bytes` are the source's bytes without holes; `tools` are the titles by name; `sizes` are the bytes
    of the repositories by tool, after the first and after the last revision; `left_out` says which tools are
    missing, and why.
    """

    data_set: str
    scale: float
    source_bytes: int
    data_bytes: int
    source_files: int
    revisions: int
    measured_on: str
    source_digest: str
    tools: dict[str, str]
    left_out: list[str]
    samples: list[Sample]
    sizes: dict[str, list[int]]

    def median(self, tool: str, phase: Phase, what: Callable[[Figures], float]) -> float | None:
        """The median over the runs that went well, None where there is none."""
        values = [what(one.figures) for one in self._of(tool, phase) if not one.figures.failure]
        return statistics.median(values) if values else None

    def ratio(self, tool: str, phase: Phase, what: Callable[[Figures], float]) -> float | None:
        """What holdfast took, as a share of what another tool took."""
        own, other = self.median("holdfast", phase, what), self.median(tool, phase, what)
        return own / other if own is not None and other else None

    def runs(self, tool: str, phase: Phase) -> int:
        """How many runs there were."""
        return len(self._of(tool, phase))

    def failures(self) -> list[str]:
        """A sentence for each run that did not go well."""
        return [
            f"{self.tools[one.tool]}, {self.data_set}, {one.phase}: {one.figures.failure}"
            for one in self.samples
            if one.figures.failure
        ]

    def _of(self, tool: str, phase: Phase) -> list[Sample]:
        return [one for one in self.samples if one.tool == tool and one.phase is phase]


class Flat(msgspec.Struct, frozen=True, kw_only=True):
    """Backups of sparse images with the same data and different lengths, by length in bytes."""

    data_bytes: int
    lengths: dict[str, Figures]


def wall(figures: Figures) -> float:
    """Seconds on the clock."""
    return figures.wall


def cpu(figures: Figures) -> float:
    """Seconds of all cores together."""
    return figures.cpu


def memory(figures: Figures) -> float:
    """The peak of the sum of all processes' PSS, in bytes."""
    return figures.memory


def write(folder: Path, name: str, result: msgspec.Struct) -> None:
    """Keep a result; it is there as a whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{name}.json.new"
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1))
    fresh.rename(folder / f"{name}.json")


def find(folder: Path, names: Mapping[str, object]) -> list[Measured]:
    """The results of data sets that are there, in the order of the names."""
    paths = [folder / f"{name}.json" for name in names]
    return [msgspec.json.decode(path.read_bytes(), type=Measured) for path in paths if path.exists()]


def find_flat(folder: Path) -> Flat | None:
    """The result about long sparse images, if it is there."""
    path = folder / "flat.json"
    return msgspec.json.decode(path.read_bytes(), type=Flat) if path.exists() else None
