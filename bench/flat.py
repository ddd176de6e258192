"""Sparse images with the same few blocks of data and ever larger holes: neither time nor memory may grow."""

import shutil
from pathlib import Path

from . import contest, measure
from .data_sets import DataSet
from .material import noise
from .measure import Figures, Limits
from .results import Flat
from .tools import Holdfast, Place

LENGTHS = (100 << 30, 1 << 40, 10 << 40)
BLOCKS = 64
_BLOCK = 1 << 20
_NAME = "disk.img"
_LIMITS = Limits(seconds=600, memory=4 << 30)


def run(folder: Path) -> Flat:
    """Back each of them up with holdfast. Restic reads holes, which would take hours, and is left out."""
    return Flat(
        data_bytes=BLOCKS * _BLOCK, lengths={str(length): _time(folder, length) for length in LENGTHS}
    )


def _time(folder: Path, length: int) -> Figures:
    data_set = DataSet("flat", "long sparse image", _nothing, _no_change, only=_NAME)
    place = Place(folder / "holdfast", folder / "source", data_set)
    place.folder.mkdir(parents=True)
    place.source.mkdir()
    try:
        _make(place.source / _NAME, length)
        contest.prepare(Holdfast().init(place))
        figures = measure.run(Holdfast().backup(place), folder / "holdfast.log", _LIMITS)
    finally:
        shutil.rmtree(folder)
    said = figures.failure or f"{figures.wall:8.2f} s {figures.cpu:8.2f} s CPU {figures.memory >> 20:5} MiB"
    print(f"  sparse image of {length >> 30:6} GiB, first backup {said}", flush=True)
    return figures


def _make(path: Path, length: int) -> None:
    make = noise("flat")
    with path.open("wb") as file:
        file.truncate(length)
        for number in range(BLOCKS):
            file.seek(length // BLOCKS * number // _BLOCK * _BLOCK)
            file.write(make(_BLOCK))


def _nothing(_folder: Path, _scale: float) -> None:
    """The image is made here, not by the data sets' own program."""


def _no_change(_folder: Path, _revision: int, _scale: float) -> None:
    """It is backed up once."""
