"""Weeks of random work on a vault, held against a shadow copy of every backup.

HOLDFAST_TEST_WEEKS says how many weeks (default 2), HOLDFAST_TEST_SEED where the dice start.
"""

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.interop.restic import Restic, save_folder
from tests.providers.trees import portraits
from tests.repo.safety.calendar import Calendar
from tests.repo.safety.victim import Order, at_work
from tests.repo.safety.world import Source, Vault, assert_kept

from holdfast.model import clock
from holdfast.model.entry import Entry, Unreadable
from holdfast.providers.directory import Directory
from holdfast.repo import copy, prune, save, snapshot
from holdfast.repo.lock import locked
from holdfast.repo.plan import Limits
from holdfast.repo.save import Origin

WEEKS = int(os.environ.get("HOLDFAST_TEST_WEEKS", "2"))
SEED = int(os.environ.get("HOLDFAST_TEST_SEED", "0"))
STEPS_A_DAY = 3
MOST_KEPT = 6


class CutShort(Exception):  # noqa: N818 - named by what happened
    pass


class Weeks:
    """What happens in the weeks. Each step is a method; what it did is printed."""

    def __init__(self, folder: Path, calendar: Calendar, rng: random.Random) -> None:
        self._folder = folder
        self._calendar = calendar
        self._rng = rng
        self._source = Source(folder / "source", rng)
        caches = (folder / "cache", folder / "cache", None, folder / "another cache")
        self._home = Vault(Restic(folder / "home"), caches)
        self._away = Vault(Restic(folder / "away"), caches)
        self._victims = 0
        for vault in (self._home, self._away):
            vault.restic.make()

    def live(self, weeks: int) -> None:
        """Live through the weeks, looking at everything after every step and, weekly, with stock restic."""
        likely = {
            self.back_up: 10,
            self.forget: 5,
            self.cut_short: 3,
            self.kill_save: 2,
            self.prune: 6,
            self.kill_prune: 3,
            self.prune_in_the_middle_of_a_save: 4,
            self.copy: 4,
            self.restic_backs_up: 2,
            self.restic_forgets_and_prunes: 2,
            self.restic_rebuilds_the_index: 1,
        }
        for _ in range(weeks):
            for _ in range(7 * STEPS_A_DAY):
                self._calendar.move(timedelta(hours=24 / STEPS_A_DAY))
                for _ in range(self._rng.randrange(6)):
                    self._source.work()
                (step,) = self._rng.choices(list(likely), list(likely.values()))
                self._tell(step.__name__, step())
                self._look()
            for vault in (self._home, self._away):
                vault.restic.run("unlock")
                vault.restic.check()

    def _tell(self, *words: object) -> None:
        print(f"{clock.now():%F %H:%M}", *words)  # noqa: T201 - shown when a test fails

    def _look(self) -> None:
        for vault in (self._home, self._away):
            assert_kept(vault, self._source.folder, self._folder / "scratch")

    def back_up(self) -> str:
        parent = self._some_parent()
        saved = save_folder(self._home.open(), self._source.folder, parent)
        assert saved.warning_count == 0
        self._home.kept[saved.snapshot_id] = portraits(self._source.folder)
        while len(self._home.kept) > MOST_KEPT:
            self._forget(self._home)
        return f"{saved.snapshot_id[:8]} on {parent and parent[:8]}"

    def forget(self) -> str:
        return self._forget(self._some_vault())

    def _forget(self, vault: Vault) -> str:
        if not vault.kept:
            return "nothing"
        snapshot_id = self._rng.choice(list(vault.kept))
        snapshot.forget(vault.open(), snapshot_id)
        del vault.kept[snapshot_id]
        vault.forgotten.append(snapshot_id)
        return snapshot_id[:8]

    def cut_short(self) -> str:
        """A backup that is cancelled in the middle."""
        with (
            locked(opened := self._home.open()),
            Directory().read({"path": str(self._source.folder)}, None) as reading,
        ):
            origin = Origin((reading.root,), "host", "root", (), clock.now(), self._some_parent())
            with pytest.raises(CutShort):
                save.save(opened, self._some_of(reading.entries), origin)
        return ""

    def _some_of(self, entries: Iterator[Entry | Unreadable]) -> Iterator[Entry | Unreadable]:
        for entry in entries:
            if self._rng.random() < 0.05:
                break
            yield entry
        raise CutShort

    def kill_save(self) -> str:
        """A backup whose process dies."""
        side = self._rng.choice(("before", "after"))
        return self._kill("save", f"{side} put data {self._rng.randrange(1, 4)}")

    def _kill(self, work: str, fatal: str) -> str:
        """The work in a process that dies at a step, if it comes to it."""
        self._victims += 1
        order = Order(
            work=work,
            url=self._home.restic.folder.as_uri(),
            journal=str(self._folder / f"victim{self._victims}"),
            fatal=fatal,
            source=str(self._source.folder),
            parent=self._some_parent(),
            days=self._calendar.days,
        )
        before = portraits(self._source.folder)
        with at_work(order) as victim:
            promised = victim.end()
        if work == "save" and promised:
            self._home.kept[promised] = before
        return f"{fatal} {'was not reached' if promised else ''}"

    def prune(self) -> str:
        """With limits of all kinds, on either side."""
        done = prune.prune(self._some_vault().open(), limits=self._some_limits())
        assert (done.put_off, done.problems) == ("", ())
        return f"{done.marked_packs} marked, {done.removed_packs} removed, {done.repacked_packs} repacked"

    def kill_prune(self) -> str:
        """A prune whose process dies."""
        side = self._rng.choice(("before", "after"))
        kind = self._rng.choice(("put data", "put index", "put holdfast", "delete index", "delete data"))
        return self._kill("prune", f"{side} {kind} {self._rng.randrange(1, 3)}")

    def prune_in_the_middle_of_a_save(self) -> str:
        """Others forget and prune while a backup takes its days."""
        with (
            locked(opened := self._home.open()),
            Directory().read({"path": str(self._source.folder)}, None) as reading,
        ):
            origin = Origin((reading.root,), "host", "root", (), clock.now(), self._some_parent())
            saved = save.save(opened, self._disturbed(reading.entries), origin)
        self._home.kept[saved.snapshot_id] = portraits(self._source.folder)
        return saved.snapshot_id[:8]

    def _disturbed(self, entries: Iterator[Entry | Unreadable]) -> Iterator[Entry | Unreadable]:
        for number, entry in enumerate(entries):
            yield entry
            if number % 7 == 3:
                if len(self._home.kept) > 1:
                    self._forget(self._home)
                prune.prune(self._home.open(), limits=self._some_limits())
                self._calendar.move(timedelta(days=self._rng.randrange(3)))

    def copy(self) -> str:
        """Some backups go to the other repository, or come back from there."""
        vaults = [self._home, self._away]
        self._rng.shuffle(vaults)
        source, target = vaults
        wanted = self._rng.sample(list(source.kept), min(len(source.kept), self._rng.randrange(3)))
        ours, theirs = source.open(), target.open()
        with locked(ours), locked(theirs):
            done = copy.copy(ours, wanted, theirs)
        target.kept.update({done.copies[one]: source.kept[one] for one in wanted})
        return f"{len(done.new)} of {len(wanted)}"

    def restic_backs_up(self) -> str:
        """Somebody does it by hand."""
        self._home.restic.run("unlock")
        summary = self._home.restic.summary(self._source.folder)
        (snapshot_id,) = [one for one in self._home.restic.snapshot_ids() if one not in self._home.kept]
        assert snapshot_id.startswith(summary["snapshot_id"])
        self._home.kept[snapshot_id] = portraits(self._source.folder)
        return snapshot_id[:8]

    def restic_forgets_and_prunes(self) -> str:
        self._home.restic.run("unlock")
        if self._home.kept:
            snapshot_id = self._rng.choice(list(self._home.kept))
            self._home.restic.run("forget", snapshot_id)
            del self._home.kept[snapshot_id]
        self._home.restic.run("prune", "--max-unused", self._rng.choice(("0", "unlimited", "10%")))
        return ""

    def _some_vault(self) -> Vault:
        return self._rng.choice((self._home, self._home, self._away))

    def _some_limits(self) -> Limits:
        return Limits(
            max_unused=self._rng.choice((None, 0, 5)), max_repack=self._rng.choice((None, None, 0, 300_000))
        )

    def restic_rebuilds_the_index(self) -> str:
        """From all packs that are there, those included that a prune has marked."""
        self._home.restic.run("unlock")
        self._home.restic.run("rebuild-index")
        return ""

    def _some_parent(self) -> str | None:
        """Mostly the newest backup, sometimes another one, one that is forgotten, or none."""
        known = list(self._home.kept)
        if known and self._rng.random() < 0.7:
            return known[-1]
        return self._rng.choice([None, *known, *self._home.forgotten])


@pytest.mark.timeout(300 * WEEKS)
@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_nothing_is_lost_in_weeks_of_work(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("holdfast.repo.lock.STALE", timedelta(days=9999))
    print("seed", seed)  # noqa: T201 - shown when it fails
    Weeks(tmp_path, calendar, random.Random(seed)).live(WEEKS)
