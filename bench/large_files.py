"""The data sets `incompressible` and `logs`: a few large files of noise, and many of log lines that grow."""

import random
from pathlib import Path

from .image import overwrite
from .material import log, noise

BYTES = 2 << 30
NOISE_FILES = 8
LOG_FILES = 32
CHANGED = 0.02
ONE_NOISE = "part-3.bin"
ONE_LOG = "server-7.log"

_RUN_BYTES = (256 << 10, 4 << 20)  # an archive or a film is changed in larger runs than a disk
_WINDOW = 4 << 20


def make_noise(folder: Path, scale: float) -> None:
    """Write the incompressible files into a folder that is not there yet."""
    folder.mkdir(parents=True)
    for number in range(NOISE_FILES):
        make = noise(f"noise {number}")
        with (folder / f"part-{number}.bin").open("wb") as file:
            left = int(BYTES * scale) // NOISE_FILES
            while left > 0:
                left -= file.write(make(min(left, _WINDOW)))


def change_noise(folder: Path, revision: int, scale: float) -> None:  # noqa: ARG001 - every data set's signature
    """Write 2 % of each file anew, in runs at random places."""
    for number in range(NOISE_FILES):
        seed = f"noise {number}, revision {revision}"
        overwrite(folder / f"part-{number}.bin", random.Random(seed), CHANGED, _RUN_BYTES, (noise(seed),))


def make_logs(folder: Path, scale: float) -> None:
    """Write the logs into a folder that is not there yet."""
    folder.mkdir(parents=True)
    _append(folder, "the first day", int(BYTES * scale))


def change_logs(folder: Path, revision: int, scale: float) -> None:
    """Append 2 %, as logs do."""
    _append(folder, f"revision {revision}", int(BYTES * scale * CHANGED))


def _append(folder: Path, seed: str, length: int) -> None:
    for number in range(LOG_FILES):
        make = log(f"log {number}, {seed}")
        with (folder / f"server-{number}.log").open("ab") as file:
            left = length // LOG_FILES
            while left > 0:
                left -= file.write(make(min(left, _WINDOW)))
