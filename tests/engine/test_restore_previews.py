"""What a restore says beforehand, of real backups, and what it then does."""

import dataclasses
import os
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.engine.house import MIB, House, read_files, succeeded, write_files
from tests.engine.test_restore import back_up_server, server_of

from holdfast.model.errors import NotAllowed
from holdfast.model.project import Role
from holdfast.model.repository_errors import BackupUnreadable
from holdfast.service import resources, restore_previews
from holdfast.service.resources import NewResource
from holdfast.service.restore_previews import Preview, Share, Unseen
from holdfast.service.restores import WantedRestore

# What is restored does not depend on where the rows are.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FILES = {"letter.txt": b"dear all", "deep/photo.raw": os.urandom(MIB), "deep/er/note": b"remember"}


def told(house: House, backup_id: str, **wanted: object) -> Preview:
    return restore_previews.show(house.context(), backup_id, WantedRestore(**wanted))  # type: ignore[arg-type]


def names(share: Share, folder: Path) -> set[str]:
    return {os.path.relpath(os.fsdecode(one.path), folder) for one in share.first}


def test_it_tells_what_comes_what_goes_and_what_stays(house: House) -> None:
    home = house.folder / "home"
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        backup_id = succeeded(house.back_up(vault)).backup_id or ""
        (home / "letter.txt").write_bytes(b"something else")
        (home / "deep/er/note").unlink()
        write_files(home, {"own": b"mine"})
        before = read_files(home)
        preview = told(house, backup_id)
        assert read_files(home) == before
        succeeded(house.restore(backup_id))
    after = read_files(home)
    assert names(preview.new, home) == set(after) - set(before) == {"deep/er/note"}
    assert names(preview.overwritten, home) == {"letter.txt"}
    assert names(preview.same, home) == {"deep/photo.raw"}
    assert after == {**FILES, "own": b"mine"}
    assert preview.in_place
    assert preview.fits


def test_a_part_of_it_is_told_alone(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    elsewhere = house.folder / "elsewhere"
    with house.working():
        backup_id = succeeded(house.back_up(vault)).backup_id or ""
        paths = (str(house.folder / "home" / "deep"), str(house.folder / "home" / "nonsense"))
        preview = told(house, backup_id, paths=paths, destination=str(elsewhere))
    assert not elsewhere.exists()
    assert names(preview.new, elsewhere) == {"deep/photo.raw", "deep/er/note"}
    assert [problem.message for problem in preview.problems] == ["it is not in the snapshot"]


def test_a_servers_disks_are_told_one_by_one(house: House) -> None:
    server, paths = server_of(house, "web")
    with house.working():
        _, backup_id = back_up_server(house, server)
        paths[0].unlink()
        preview = told(house, backup_id)
        elsewhere = told(house, backup_id, destination=str(house.folder / "elsewhere"))
    assert names(preview.new, house.folder) == {paths[0].name}
    assert names(preview.overwritten, house.folder) == {paths[1].name}
    assert names(elsewhere.new, house.folder) == {f"elsewhere/{path.name}" for path in paths}


def test_what_cannot_be_looked_at_says_why(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    in_the_way = house.folder / "file"
    in_the_way.write_bytes(b"")
    with house.working():
        backup_id = succeeded(house.back_up(vault)).backup_id or ""
        preview = told(house, backup_id, destination=str(in_the_way / "below"))
        assert preview.because is Unseen.DESTINATION
        assert preview.message.endswith("a symbolic link or a file stands in the way")
    assert told(house, backup_id).because is None
    settings = {"path": "/srv/away"}
    asked = NewResource(type="directory", name="away", provider="directory", settings=settings, site="branch")
    away = resources.register(house.context(), asked)
    assert told(house, backup_id, resource_id=away.id).because is Unseen.SITE


def test_nobody_who_may_not_restore_is_told(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        backup_id = succeeded(house.back_up(vault)).backup_id or ""
    caller = replace(house.context().caller, role=Role.READER)
    reader = dataclasses.replace(house.context(), caller=caller)
    with pytest.raises(NotAllowed):
        restore_previews.show(reader, backup_id, WantedRestore())


def test_a_store_that_lost_the_backup_says_so(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        backup_id = succeeded(house.back_up(vault)).backup_id or ""
    for file in (house.folder / "store" / "vaults" / vault.id / "snapshots").iterdir():
        file.unlink()
    with pytest.raises(BackupUnreadable):
        told(house, backup_id)
