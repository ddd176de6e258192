"""A folder that people work in, its vault, and a shadow of every backup: what the weeks do to them."""

import os
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.interop.restic import PASSWORD, Restic
from tests.providers.trees import Portrait, portraits
from tests.repo.safety.steps import Plan, SteppingStore

from holdfast.providers.directory import Directory
from holdfast.providers.provider import Target
from holdfast.repo import load, repository, snapshot
from holdfast.repo.check import check
from holdfast.repo.repository import Repository

_LARGEST = 400_000


@dataclass
class Vault:
    """A repository, what each of its backups must bring back, and caches that know more or less of it."""

    restic: Restic
    caches: tuple[Path | None, ...]
    kept: dict[str, dict[bytes, Portrait]] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    opened: int = 0

    def open(self) -> Repository:
        """The repository with small packs, opened anew, as each command does it."""
        self.opened += 1
        plan = Plan(self.restic.folder.parent / f"{self.restic.folder.name}-journal{self.opened}")
        store = SteppingStore(self.restic.folder.as_uri(), plan)
        return repository.open_repository(store, PASSWORD, self.caches[self.opened % len(self.caches)])


class Source:
    """The folder, and the people who work in it."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.folder = folder
        self._rng = rng
        folder.mkdir()
        for _ in range(8):
            self.work()

    def work(self) -> None:
        """Some minutes of work: one change of some kind."""
        kinds = (self._write, self._write, self._append, self._patch, self._move, self._drop, self._odd)
        self._rng.choice(kinds)()

    def _files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())

    def _some_file(self) -> Path:
        found = self._files()
        if not found:
            self._write()
            found = self._files()
        return self._rng.choice(found)

    def _new_path(self) -> Path:
        parts = [f"{self._rng.randrange(4)}" for _ in range(self._rng.randrange(3))]
        path = self.folder.joinpath(*(f"folder{one}" for one in parts))
        path.mkdir(parents=True, exist_ok=True)
        return path / f"file{self._rng.randrange(20)}"

    def _write(self) -> None:
        path = self._new_path()
        path.unlink(missing_ok=True)
        size = int(_LARGEST ** self._rng.random())
        noise, text = self._rng.randbytes(size), b"all work and no play\n" * (size // 20)
        path.write_bytes(self._rng.choice((noise, text)))

    def _append(self) -> None:
        with self._some_file().open("ab") as file:
            file.write(self._rng.randbytes(self._rng.randrange(5000)))

    def _patch(self) -> None:
        path = self._some_file()
        with path.open("r+b") as file:
            file.seek(self._rng.randrange(path.stat().st_size + 1))
            file.write(self._rng.randbytes(10))

    def _move(self) -> None:
        self._some_file().replace(self._new_path())

    def _drop(self) -> None:
        folders = sorted(path for path in self.folder.iterdir() if path.is_dir())
        if folders and self._rng.random() < 0.3:
            shutil.rmtree(self._rng.choice(folders))
        else:
            self._some_file().unlink()

    def _odd(self) -> None:
        """What is no plain file with data: a link, a second name, a hole, other rights."""
        path = self._new_path()
        path.unlink(missing_ok=True)
        kind = self._rng.randrange(4)
        if kind == 0:
            path.symlink_to("no/where")
        elif kind == 1:
            path.hardlink_to(self._some_file())
        elif kind == 2:
            with path.open("wb") as file:
                file.truncate(2 << 20)
        else:
            self._some_file().chmod(self._rng.choice((0o600, 0o644, 0o755)))


def assert_kept(vault: Vault, source: Path, scratch: Path) -> None:
    """Nothing is wrong with a vault, and each of its backups comes back as it was."""
    opened = vault.open()
    assert check(opened, read_data=True) == []
    assert {one.id for one in snapshot.find(opened)} == vault.kept.keys()
    for snapshot_id, wanted in vault.kept.items():
        target = Target({"path": str(source)}, os.fsencode(source)[1:], str(scratch))
        written = Directory().write(target, load.load(opened, snapshot_id))
        assert written.failures == (), f"snapshot {snapshot_id}"
        assert portraits(scratch) == wanted, f"snapshot {snapshot_id}"
        shutil.rmtree(scratch)
