"""How long it takes to list a backup and to find files in it, beside stock restic on the same repository.

    .venv/bin/python bench/listing.py [FILES]

Stock restic backs up a tree of small files; then both list it and look for a hundredth of it, each from its
own warm cache. For restic that is a whole process, as people run it; for holdfast a call in the process that
serves, the first time (by the trees) and later (from the cache). Wall time, in seconds; a minute in all.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from holdfast.repo import listing, repository, snapshot
from holdfast.store.objects import open_store

FILES = 105_000
_FOLDER_FILES = 11
_PASSWORD = "correct horse"  # noqa: S105 - of a repository that is thrown away
_REPEATED = 3
_PATTERN = "file-*7"


def main(files: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _fill(work / "tree", files)
        restic = _Restic(work)
        restic.run("init")
        restic.run("backup", work / "tree")
        opened = repository.open_repository(
            open_store((work / "repository").as_uri()), _PASSWORD, work / "cache"
        )
        (snapshot_id,) = [one.id for one in snapshot.find(opened)]
        assert opened.cache is not None
        inside = os.fsencode(work / "tree")
        asked: dict[str, tuple[list[str], Callable[[], int]]] = {
            "list all": (["ls", "latest"], lambda: len(list(listing.all_entries(opened, snapshot_id)))),
            f"find {_PATTERN}": (
                ["find", _PATTERN],
                lambda: len(list(listing.find(opened, snapshot_id, _PATTERN.encode()))),
            ),
            "list a folder": (
                ["ls", "latest", os.fsdecode(inside)],
                lambda: len(listing.entries(opened, snapshot_id, inside)),
            ),
        }
        print(f"{f'{files:,} files':<20}{'restic':>9}{'first':>9}{'warm':>9}{'ratio':>9}{'entries':>9}")
        for name, (command, ask) in asked.items():
            opened.cache.remove()
            told = _best(partial(restic.run, *command))
            first = _best(ask, 1)
            if name == "list a folder":  # which by itself keeps nothing
                list(listing.all_entries(opened, snapshot_id))
            warm = _best(ask)
            print(f"{name:<20}{told:9.3f}{first:9.3f}{warm:9.3f}{warm / told:9.3f}{ask():9,}")


class _Restic:
    """Stock restic, with a cache of its own."""

    def __init__(self, work: Path) -> None:
        self._environment = {
            **os.environ,
            "RESTIC_REPOSITORY": str(work / "repository"),
            "RESTIC_PASSWORD": _PASSWORD,
            "RESTIC_CACHE_DIR": str(work / "restic-cache"),
        }

    def run(self, *arguments: str | Path) -> None:
        subprocess.run(
            ["restic", "--quiet", *arguments], env=self._environment, check=True, stdout=subprocess.DEVNULL
        )


def _fill(folder: Path, files: int) -> None:
    chance = random.Random(8)
    folder.mkdir()
    folders = [folder]
    for number in range(files // _FOLDER_FILES):
        made = chance.choice(folders[-500:]) / f"folder-{number}"
        made.mkdir()
        folders.append(made)
    for number in range(files):
        (chance.choice(folders) / f"file-{number}").write_bytes(b"%d" % (number % 997))


def _best(work: Callable[[], object], times: int = _REPEATED) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FILES)
