"""Saves beside saves, beside prunes, beside people who take locks away, and one right after another."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from tests.interop.restic import save_folder
from tests.repo.safety.calendar import Calendar
from tests.repo.safety.scene import set_up
from tests.repo.safety.told import told
from tests.repo.safety.victim import THRIFTY
from tests.repo.trees import file, loaded_files, origin, save_files

from holdfast.model.entry import Entry
from holdfast.repo import prune, save, snapshot
from holdfast.repo.check import check
from holdfast.repo.errors import RepositoryError
from holdfast.repo.lock import locked, unlock
from holdfast.repo.repository import Repository

GRACE = timedelta(hours=24)
OLD = {b"a": b"one" * 1000, b"b": b"two" * 1000, b"c": b"three" * 1000}


def interrupted(files: dict[bytes, bytes], then: Callable[[], object]) -> Iterator[Entry]:
    """Something else happens after the first file, and before the last."""
    for number, path in enumerate(sorted(files)):
        if number == 1:
            then()
        yield file(path, files[path])


def others_forget_and_prune(opened: Repository, snapshot_id: str) -> None:
    """Somebody who is sure that nobody else is there."""
    unlock(opened, everything=True)
    snapshot.forget(opened, snapshot_id)
    done = prune.prune(opened, limits=THRIFTY)
    assert done.marked_packs


def test_two_saves_side_by_side_are_both_whole(repository: Repository) -> None:
    first = {b"x": b"shared" * 1000, b"y": b"first" * 1000}
    second = {b"x": b"shared" * 1000, b"z": b"second" * 1000}
    inner = []
    with locked(repository):
        entries = interrupted(first, lambda: inner.append(save_files(repository, second).snapshot_id))
        outer = save.save(repository, entries, origin()).snapshot_id
    assert loaded_files(repository, outer) == first
    assert loaded_files(repository, inner[0]) == second
    assert check(repository, read_data=True) == []


def test_a_save_whose_lock_was_taken_away_is_refused_or_whole(repository: Repository) -> None:
    parent = save_files(repository, OLD).snapshot_id
    entries = interrupted(OLD, lambda: others_forget_and_prune(repository, parent))
    try:
        with locked(repository) as held:
            saved = save.save(repository, entries, origin(parent), held.check).snapshot_id
    except RepositoryError:
        assert snapshot.find(repository) == []
        return
    assert loaded_files(repository, saved) == OLD


def test_what_a_save_without_its_lock_needs_is_brought_back_by_the_next_prune(
    repository: Repository, calendar: Calendar
) -> None:
    parent = save_files(repository, OLD).snapshot_id
    entries = interrupted(OLD, lambda: others_forget_and_prune(repository, parent))
    saved = save.save(repository, entries, origin(parent)).snapshot_id
    calendar.move(GRACE * 2)
    for _ in range(2):
        prune.prune(repository, limits=THRIFTY)
        assert loaded_files(repository, saved) == OLD
        assert check(repository, read_data=True) == []
        calendar.move(GRACE * 2)


def test_a_folder_that_was_made_anew_between_two_saves_is_read_anew(tmp_path: Path) -> None:
    scene = set_up(tmp_path, 1000)
    for content in (b"first", b"other"):
        folder = scene.source / "folder"
        if folder.exists():
            folder.rename(scene.source / "aside")
        folder.mkdir()
        (folder / "file").write_bytes(content)
        opened = scene.restic.open()
        saved = save_folder(opened, scene.source)
        assert saved.warning_count == 0
        path = os.fsencode(folder)[1:] + b"/file"
        assert told(opened, saved.snapshot_id)[path][2] == content
