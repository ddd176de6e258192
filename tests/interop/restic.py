"""Stock restic over a repository in a folder, and our own side of the same."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.model import clock
from holdfast.providers.directory import Directory
from holdfast.providers.provider import Target, Written
from holdfast.repo import load, repository, save
from holdfast.repo.lock import locked
from holdfast.repo.repository import Repository
from holdfast.repo.save import Origin, Saved
from holdfast.store.objects import open_store

PASSWORD = "correct horse"


@dataclass(frozen=True)
class Restic:
    """A repository that both sides open."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        cache = str(self.folder.parent / "restic-cache")
        return {
            **os.environ,
            "RESTIC_REPOSITORY": str(self.folder),
            "RESTIC_PASSWORD": PASSWORD,
            "RESTIC_CACHE_DIR": cache,
        }

    def try_run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["restic", *arguments], env=self.environment, capture_output=True, text=True, check=False
        )

    def run(self, *arguments: str | Path) -> str:
        done = self.try_run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def lines(self, *arguments: str | Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*arguments, "--json").splitlines()]

    def summary(self, *arguments: str | Path) -> dict[str, Any]:
        """What a backup says at its end."""
        return self.lines("backup", *arguments)[-1]

    def check(self) -> None:
        assert "no errors were found" in self.run("check", "--read-data")

    def snapshot_ids(self) -> list[str]:
        return [one["id"] for one in json.loads(self.run("snapshots", "--json")) or []]

    def make(self) -> Repository:
        return repository.init(open_store(self.folder.as_uri()), PASSWORD, cost=10)

    def open(self) -> Repository:
        return repository.open_repository(open_store(self.folder.as_uri()), PASSWORD)


def save_folder(opened: Repository, folder: Path, parent: str | None = None) -> Saved:
    """Our backup of a real folder."""
    with locked(opened), Directory().read({"path": str(folder)}, None) as reading:
        origin = Origin((reading.root,), os.uname().nodename, "root", (), clock.now(), parent)
        return save.save(opened, reading.entries, origin)


def load_folder(opened: Repository, snapshot_id: str, folder: Path, destination: Path) -> Written:
    """Our restore of a snapshot of `folder` into another one."""
    target = Target({"path": str(folder)}, os.fsencode(folder)[1:], str(destination))
    with locked(opened):
        return Directory().write(target, load.load(opened, snapshot_id))


@contextmanager
def at_work(restic: Restic) -> Iterator[None]:
    """Stock restic at work: it holds its shared lock while it reads from a pipe."""
    process = subprocess.Popen(
        ["restic", "backup", "--stdin"],
        env=restic.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    locks = restic.folder / "locks"
    while not (locks.is_dir() and list(locks.iterdir())):
        assert process.poll() is None
    time.sleep(0.5)  # it looks again 0.2 s after it has written its lock, and gives way to who came meanwhile
    try:
        yield
    finally:
        process.communicate()
