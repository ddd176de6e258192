"""Restores through a worker: in place, elsewhere, in part, and of what is damaged."""

import os
from pathlib import Path

import pytest
from tests.engine.house import MIB, House, read_files, succeeded

from holdfast.model.errors import TargetTooSmall
from holdfast.model.resource import ObjectType, Resource
from holdfast.model.task import Status
from holdfast.model.vault import Vault
from holdfast.repo import pack
from holdfast.service import resources
from holdfast.service.resources import ResourceFilter

# What is restored does not depend on where the rows are.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FILES = {"letter.txt": b"dear all", "deep/photo.raw": os.urandom(MIB), "deep/er/note": b"remember"}


def server_of(house: House, name: str, disks: int = 2, megabytes: int = 4) -> tuple[Resource, list[Path]]:
    """A server of image files."""
    paths = [house.image(f"{name}-{number}", megabytes) for number in range(disks)]
    return house.register("server", name, "image_server", {"disks": [str(path) for path in paths]}), paths


def back_up_server(house: House, server: Resource) -> tuple[Vault, str]:
    vault = house.vault(server, kind=ObjectType.SERVER)
    return vault, succeeded(house.back_up(vault)).backup_id or ""


def test_a_backup_is_restored_into_another_folder(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        task = succeeded(house.back_up(vault))
        restored = succeeded(house.restore(task.backup_id or "", destination=str(house.folder / "elsewhere")))
    assert read_files(house.folder / "elsewhere") == FILES
    assert restored.figures.bytes_done == sum(map(len, FILES.values()))
    assert restored.figures.files_done == len(FILES)


def test_a_file_whose_name_is_no_utf_8_is_restored_by_its_spelling(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    odd = Path(os.fsdecode(os.fsencode(house.folder / "home") + b"/caf\xe9"))
    odd.write_bytes(b"latin")
    with house.working():
        task = succeeded(house.back_up(vault))
        odd.unlink()
        (house.folder / "home" / "letter.txt").unlink()
        succeeded(house.restore(task.backup_id or "", paths=(str(house.folder / "home" / "caf%E9"),)))
    assert odd.read_bytes() == b"latin"
    assert not (house.folder / "home" / "letter.txt").exists()


def test_a_single_folder_is_restored(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        task = succeeded(house.back_up(vault))
        for name in FILES:
            (house.folder / "home" / name).unlink()
        succeeded(house.restore(task.backup_id or "", paths=(str(house.folder / "home" / "deep" / "er"),)))
    assert read_files(house.folder / "home") == {"deep/er/note": FILES["deep/er/note"]}


def test_a_path_that_was_not_backed_up_is_named(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    wanted = [str(house.folder / "home" / name) for name in ("letter.txt", "nonsense")]
    with house.working():
        task = succeeded(house.back_up(vault))
        (house.folder / "home" / "letter.txt").unlink()
        task = house.restore(task.backup_id or "", paths=tuple(wanted))
    assert task.status is Status.FAILED
    assert "nonsense" in task.error.message
    assert (house.folder / "home" / "letter.txt").read_bytes() == FILES["letter.txt"]


def test_a_damaged_pack_costs_only_the_files_in_it(house: House) -> None:
    sound = {f"sound-{number}": os.urandom(100) for number in range(3)}
    resource = house.directory("home", {"bad": os.urandom(pack.TARGET_BYTES + MIB)})
    vault = house.vault(resource)
    with house.working():
        succeeded(house.back_up(vault))
        store = house.folder / "store" / "vaults" / vault.id / "data"
        packs = [path for path in store.rglob("*") if path.is_file()]
        for name, content in sound.items():
            (house.folder / "home" / name).write_bytes(content)
        task = succeeded(house.back_up(vault))
        spoil(max(packs, key=lambda path: path.stat().st_size))
        task = house.restore(task.backup_id or "", destination=str(house.folder / "elsewhere"))
    assert task.status is Status.FAILED
    assert "bad" in task.error.message
    assert task.figures.warning_count == len(task.warnings) == 1
    restored = read_files(house.folder / "elsewhere")
    assert {name: restored[name] for name in sound} == sound


def test_a_server_is_restored_in_place(house: House) -> None:
    server, paths = server_of(house, "web")
    before = [path.read_bytes() for path in paths]
    with house.working():
        _, backup_id = back_up_server(house, server)
        for path in paths:
            path.write_bytes(bytes(path.stat().st_size))
        succeeded(house.restore(backup_id))
    assert [path.read_bytes() for path in paths] == before


def test_a_servers_disks_go_to_the_disks_that_are_named(house: House) -> None:
    server, paths = server_of(house, "web")
    other, targets = server_of(house, "spare")
    disks = {one.name: one.id for one in resources.find(house.context(), ResourceFilter(parent_id=other.id))}
    with house.working():
        _, backup_id = back_up_server(house, server)
        children = {one.resource_name: one.id for one in house.backup_of(backup_id).children}
        volumes = {children["web-0.img"]: disks["spare-1.img"]}
        succeeded(house.restore(backup_id, server_id=other.id, volumes=volumes))
    assert targets[1].read_bytes() == paths[0].read_bytes()
    assert targets[0].read_bytes() != paths[1].read_bytes()


def test_a_servers_disks_are_restored_into_a_folder_by_their_names(house: House) -> None:
    server, paths = server_of(house, "web")
    with house.working():
        _, backup_id = back_up_server(house, server)
        succeeded(house.restore(backup_id, destination=str(house.folder / "elsewhere")))
    restored = read_files(house.folder / "elsewhere")
    assert restored == {path.name: path.read_bytes() for path in paths}


def test_a_disk_that_shrank_after_the_restore_was_asked_for_stays_as_it_is(house: House) -> None:
    disk = house.register("disk", "d", "disk_image", {"path": str(house.image("disk"))})
    vault = house.vault(disk, kind=ObjectType.DISK)
    with house.working():
        task = succeeded(house.back_up(vault))
    small = house.image("small", 2)
    target = house.register("disk", "small", "disk_image", {"path": str(small)})
    with pytest.raises(TargetTooSmall):
        house.restore(task.backup_id or "", volume_id=target.id)
    with small.open("r+b") as image:
        image.truncate(4 * MIB)
    task_id = house.start_restore(task.backup_id or "", volume_id=target.id)
    with small.open("r+b") as image:
        image.truncate(2 * MIB)
    before = small.read_bytes()
    with house.working():
        task = house.ended(task_id)
    assert (task.status, task.error.code) == (Status.FAILED, "BackupService.2001")
    assert small.read_bytes() == before


def test_a_full_target_disk_fails_the_restore_and_says_so(house: House, small_disk: Path) -> None:
    vault = house.vault(house.directory("home", {"large": os.urandom(6 * MIB)}))
    with house.working():
        task = succeeded(house.back_up(vault))
        task = house.restore(task.backup_id or "", destination=str(small_disk / "elsewhere"))
    assert task.status is Status.FAILED
    assert "disk is full" in task.error.message


def spoil(path: Path) -> None:
    """Change a few bytes in the middle of a file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 16] = bytes(16)
    path.chmod(0o600)
    path.write_bytes(content)
