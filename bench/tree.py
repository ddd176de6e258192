"""The data set `tree`: a hundred thousand files, as a home with source code, letters and pictures has."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

from .material import Maker, noise, prose, records

FILES = 105_000
LARGE_FILES = 48
CHANGED = 0.01
ONE_FILE = "letters/to-whom-it-may-concern.txt"

_MIDDLE_BYTES = 3_600  # half of the files are smaller
_SPREAD = 1.75  # of the logarithm of a file's size
_MOST_BYTES = 8 << 20
_LARGE_BYTES = (2 << 20, 24 << 20)
_FILES_OF_A_FOLDER = 11
_EMPTY, _DUPLICATE, _LINK, _HARD_LINK = 0.01, 0.08, 0.01, 0.002
_WRITTEN_NS = 1_700_000_000_000_000_000
_KINDS = ((0.72, "prose", ".c"), (0.88, "records", ".o"), (1.0, "noise", ".jpg"))
_MODIFIED, _NEW = 0.7, 0.15  # of the changed files; the others are removed
_ONE_FILE_BYTES = 48 << 10


def make(folder: Path, scale: float) -> None:
    """Write the tree into a folder that is not there yet."""
    fill(folder, "tree", int(FILES * scale), max(1, int(LARGE_FILES * scale)))
    letter = folder / ONE_FILE
    letter.parent.mkdir()
    letter.write_bytes(prose("letter")(_ONE_FILE_BYTES))


def fill(folder: Path, seed: str, files: int, large_files: int) -> None:
    """Write that many files below a new folder, the same for the same seed."""
    chance = random.Random(seed)
    makers = _makers(seed)
    folders = list(_folders(folder, chance, max(1, files // _FILES_OF_A_FOLDER)))
    written: list[Path] = []
    for number in range(files):
        _add(chance.choice(folders) / f"file-{number}", chance, makers, written)
    for number in range(large_files):
        path = chance.choice(folders) / f"large-{number}.bin"
        maker = makers[chance.choice(("noise", "noise", "records", "prose"))]
        _write(path, maker(chance.randint(*_LARGE_BYTES)))


def change(folder: Path, revision: int, scale: float) -> None:  # noqa: ARG001 - every data set's signature
    """Change one file of a hundred: most are modified, some are new, some are removed."""
    seed = f"tree, revision {revision}"
    chance = random.Random(seed)
    makers = _makers(seed)
    files = sorted(path for path in _files(folder) if path != folder / ONE_FILE)
    for number, path in enumerate(chance.sample(files, max(3, int(len(files) * CHANGED)))):
        draw = chance.random()
        if draw < _MODIFIED:
            _modify(path, chance, makers)
        elif draw < _MODIFIED + _NEW:
            _add(path.parent / f"new-{revision}-{number}", chance, makers, [])
        else:
            path.unlink()


def _makers(seed: str) -> dict[str, Maker]:
    return {"prose": prose(seed), "records": records(seed), "noise": noise(seed)}


def _folders(folder: Path, chance: random.Random, count: int) -> Iterator[Path]:
    """Make that many folders, each in one that was made before it."""
    made = [folder]
    folder.mkdir(parents=True)
    while len(made) <= count:
        inside = made[int(chance.random() ** 1.5 * len(made))]
        new = inside / f"folder-{len(made)}"
        new.mkdir()
        made.append(new)
    yield from made


def _add(path: Path, chance: random.Random, makers: dict[str, Maker], written: list[Path]) -> None:
    draw = chance.random()
    if written and draw < _LINK:
        path.symlink_to(os.path.relpath(chance.choice(written), path.parent))
    elif written and draw < _LINK + _HARD_LINK:
        path.hardlink_to(chance.choice(written))
    elif written and draw < _LINK + _HARD_LINK + _DUPLICATE:
        _write(path, chance.choice(written).read_bytes())
    else:
        kind, suffix = _kind(chance)
        path = path.with_suffix(suffix)
        _write(path, makers[kind](0 if draw > 1 - _EMPTY else _size(chance)))
        written.append(path)


def _kind(chance: random.Random) -> tuple[str, str]:
    draw = chance.random()
    return next((kind, suffix) for share, kind, suffix in _KINDS if draw <= share)


def _size(chance: random.Random) -> int:
    return min(_MOST_BYTES, int(_MIDDLE_BYTES * 2.718281828 ** chance.gauss(0, _SPREAD)))


def _modify(path: Path, chance: random.Random, makers: dict[str, Maker]) -> None:
    """Put a few bytes in somewhere, so that all that follows moves."""
    content = path.read_bytes()
    place = chance.randint(0, len(content))
    path.write_bytes(content[:place] + makers["prose"](chance.randint(1, 400)) + content[place:])


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, ns=(_WRITTEN_NS, _WRITTEN_NS))


def _files(folder: Path) -> Iterator[Path]:
    """All files that are no links."""
    for above, _, names in os.walk(folder):
        for name in names:
            path = Path(above) / name
            if not path.is_symlink():
                yield path
