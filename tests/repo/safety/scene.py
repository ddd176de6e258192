"""A repository with a past, a folder that has changed since, and what must hold after every accident."""

import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.interop.restic import Restic, save_folder
from tests.providers.trees import Portrait, portraits

from holdfast.providers.directory import Directory
from holdfast.providers.provider import Target
from holdfast.repo import load, snapshot
from holdfast.repo.check import check
from holdfast.repo.repository import Repository

NOISE = random.Random(3)


@dataclass(frozen=True)
class Scene:
    """`kept` are the backups that were promised, by snapshot id, as the folder was then."""

    restic: Restic
    source: Path
    kept: dict[str, dict[bytes, Portrait]]

    @property
    def newest(self) -> str:
        return list(self.kept)[-1]

    def save(self) -> int:
        """Save the folder as it is now; how many bytes the repository grew by."""
        saved = save_folder(self.restic.open(), self.source, self.newest)
        self.kept[saved.snapshot_id] = portraits(self.source)
        return saved.stored_bytes

    def copy(self, folder: Path) -> "Scene":
        """The same in another folder, to be ruined; the source stays the same one."""
        shutil.copytree(self.restic.folder, folder / "repository")
        return Scene(Restic(folder / "repository"), self.source, dict(self.kept))

    def packed_bytes(self) -> int:
        """The size of all packs that are there as a whole."""
        return sum(size for name, size in self.restic.open().store.names("data") if len(name) == 72)

    def assert_sound(self) -> None:
        """Stock restic and we find nothing wrong, and every backup comes back as it was."""
        self.restic.run("unlock")  # of dead processes only
        self.restic.check()
        opened = self.restic.open()
        assert check(opened, read_data=True) == []
        assert self.kept.keys() <= {one.id for one in snapshot.find(opened)}
        for snapshot_id in self.kept:
            self.assert_kept(opened, snapshot_id)

    def assert_kept(self, opened: Repository, snapshot_id: str) -> None:
        """That backup comes back as it was."""
        place = self.restic.folder.parent / "restored"
        target = Target({"path": str(self.source)}, os.fsencode(self.source)[1:], str(place))
        written = Directory().write(target, load.load(opened, snapshot_id))
        assert written.failures == ()
        assert portraits(place) == self.kept[snapshot_id]
        shutil.rmtree(place)


def set_up(folder: Path, unit: int = 1 << 20) -> Scene:
    """Two backups of a folder, which has changed since the last one; some ten `unit`s of bytes each."""
    source = folder / "source"
    (source / "deep/er").mkdir(parents=True)
    (source / "letter.txt").write_text("dear all\n")
    (source / "still").mkdir()
    (source / "still/life").write_bytes(NOISE.randbytes(1000))
    (source / "noise").write_bytes(NOISE.randbytes(3 * unit))
    for number in range(20):
        (source / f"deep/er/{number}").write_bytes(NOISE.randbytes(5000))
    restic = Restic(folder / "repository")
    opened = restic.make()
    scene = Scene(restic, source, {})
    for _ in range(2):
        saved = save_folder(opened, source, scene.newest if scene.kept else None)
        scene.kept[saved.snapshot_id] = portraits(source)
        change(source, unit)
    return scene


def change(source: Path, unit: int) -> None:
    """New files, changed ones, and some that are gone."""
    day = len(os.listdir(source))
    (source / f"new{day}").write_bytes(NOISE.randbytes(9 * unit))
    with (source / "noise").open("r+b") as noise:
        noise.seek(unit)
        noise.write(NOISE.randbytes(1000))
    (source / f"deep/er/{day}").unlink()
    for number in range(100):
        (source / f"deep/{day}-{number}").write_bytes(NOISE.randbytes(3000))
