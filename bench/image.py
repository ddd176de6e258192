"""The data set `image`: a disk of 8 GiB with an ext4 file system, a quarter of it used, the rest holes.

It is the same every time but for the times in its inodes, which mkfs takes from the files that it is given.
"""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import tree
from .material import Maker, noise, prose, records

NAME = "disk.img"
BYTES = 8 << 30
LEAST_BYTES = 64 << 20
CHANGED = 0.02

_FILES = 16_000
_LARGE_FILES = 130
_RUN_BYTES = (16 << 10, 1 << 20)  # what a program writes at a time
_BLOCK = 4096
_UUID = "5e1f1c1e-0000-4000-8000-00000000ba5e"


def make(folder: Path, scale: float) -> None:
    """Write the image into a folder that is not there yet."""
    folder.mkdir(parents=True)
    content = folder.with_name(folder.name + "-content")
    tree.fill(content, "image", int(_FILES * scale), max(1, int(_LARGE_FILES * scale)))
    image = folder / NAME
    size = max(LEAST_BYTES, int(BYTES * scale) & -(1 << 20))
    with image.open("wb") as made:
        made.truncate(size)
    program = shutil.which("mkfs.ext4") or "/sbin/mkfs.ext4"
    wanted = ("-q", "-F", "-U", _UUID, "-E", f"hash_seed={_UUID}", "-d", str(content))
    environment = {**os.environ, "E2FSPROGS_FAKE_TIME": "1700000000"}
    subprocess.run([program, *wanted, str(image)], check=True, env=environment)
    shutil.rmtree(content)


def change(folder: Path, revision: int, scale: float) -> None:  # noqa: ARG001 - every data set's signature
    """Write 2 % of what is used anew, in runs of 16 KiB to 1 MiB, aligned to the file system's blocks."""
    seed = f"image, revision {revision}"
    makers = (noise(seed), prose(seed), records(seed))
    overwrite(folder / NAME, random.Random(seed), CHANGED, _RUN_BYTES, makers)


def overwrite(
    path: Path, chance: random.Random, share: float, runs: tuple[int, int], makers: Sequence[Maker]
) -> None:
    """Write a share of a file's data anew, in runs from the least to the most bytes of `runs`."""
    with path.open("r+b") as file:
        used = list(_data(file.fileno()))
        weights = [length for _, length in used]
        left = int(sum(weights) * share)
        while left > 0:
            start, length = chance.choices(used, weights)[0]
            run = min(length, _run(chance, runs))
            place = start + chance.randrange(0, length - run + 1) // _BLOCK * _BLOCK
            file.seek(place)
            file.write(chance.choice(makers)(run))
            left -= run


def _run(chance: random.Random, runs: tuple[int, int]) -> int:
    least, most = runs
    return int(least * (most / least) ** chance.random()) // _BLOCK * _BLOCK


def _data(fd: int) -> Iterator[tuple[int, int]]:
    """Offset and length of all ranges that are no holes."""
    size, end = os.fstat(fd).st_size, 0
    while end < size:
        try:
            start = os.lseek(fd, end, os.SEEK_DATA)
        except OSError:  # only a hole is left
            return
        end = os.lseek(fd, start, os.SEEK_HOLE)
        yield start, end - start
