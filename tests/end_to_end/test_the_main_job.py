"""Protected, backed up, seen as tasks, restored byte for byte: by holdfast and by stock restic."""

import filecmp
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.end_to_end.serving import HOLDFAST, Server, wait_until
from tests.end_to_end.trees import check_same, copy_real_files, make_ext4_image

TURBO = "OS::Sfs::Turbo"
DISK = "OS::Cinder::Volume"
SERVER = "OS::Nova::Server"


@pytest.fixture(scope="module")
def many_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("real") / "files"
    tree.mkdir()
    assert copy_real_files(tree, 6_000) >= 6_000
    return tree


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)  # the bytes know no database
def test_six_thousand_real_files_come_back_by_us_and_by_stock_restic(
    server: Server, many_files: Path, tmp_path: Path
) -> None:
    resource = server.protect("directory", "files", "directory", path=str(many_files))
    vault = server.vault("files", "turbo", (resource, TURBO))
    task = server.back_up(vault)
    assert task["status"] == "success", task["error_info"]
    assert task["extra_info"]["common"]["progress"] == 100
    backup = task["extra_info"]["backup"]["backup_id"]
    restored = server.restore(backup, details={"destination_path": str(tmp_path / "ours")})
    assert restored["status"] == "success", restored["error_info"]
    assert check_same(many_files, tmp_path / "ours") >= 6_000

    checked = server.restic("files", "check", "--read-data")
    assert checked.returncode == 0, checked.stderr
    back = server.restic("files", "restore", "latest", "--target", str(tmp_path / "theirs"))
    assert back.returncode == 0, back.stderr
    check_same(many_files, tmp_path / "theirs" / many_files.relative_to("/"))

    again = server.back_up(vault)
    figures = again["holdfast"]["figures"]
    assert again["status"] == "success"
    assert figures["bytes_stored"] * 20 < task["holdfast"]["figures"]["bytes_stored"]


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)  # the bytes know no database
def test_a_real_ext4_image_comes_back_by_us_and_by_stock_restic(server: Server, tmp_path: Path) -> None:
    content, image = tmp_path / "content", tmp_path / "disk.img"
    content.mkdir()
    copy_real_files(content, 1_000)
    make_ext4_image(image, content, megabytes=512)
    resource = server.protect("disk", "disk", "disk_image", path=str(image))
    vault = server.vault("disks", "disk", (resource, DISK))
    task = server.back_up(vault)
    assert task["status"] == "success", task["error_info"]
    backup = task["extra_info"]["backup"]["backup_id"]

    elsewhere = tmp_path / "ours.img"
    assert server.restore(backup, details={"destination_path": str(elsewhere)})["status"] == "success"
    assert filecmp.cmp(image, elsewhere, shallow=False)
    assert elsewhere.stat().st_blocks <= image.stat().st_blocks + 2048
    checked = subprocess.run(
        ["/sbin/e2fsck", "-fn", str(elsewhere)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout

    assert server.restic("disks", "check", "--read-data").returncode == 0
    assert server.restic("disks", "restore", "latest", "--target", str(tmp_path / "theirs")).returncode == 0
    assert filecmp.cmp(image, tmp_path / "theirs" / image.relative_to("/"), shallow=False)

    before = image.read_bytes()
    with image.open("r+b") as damaged:
        damaged.seek(3 << 20)
        damaged.write(os.urandom(5 << 20))
    assert server.restore(backup)["status"] == "success"
    assert image.read_bytes() == before

    with image.open("r+b") as shorter:
        shorter.truncate(100 << 20)
    refused = server.ask("POST", f"/backups/{backup}/restore", {"restore": {}}, expect=400)
    assert refused["error_code"] == "BackupService.2001"


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
def test_a_server_is_backed_up_disk_by_disk_and_restored(server: Server, tmp_path: Path) -> None:
    disks = [tmp_path / "root.img", tmp_path / "data.img"]
    for disk in disks:
        disk.write_bytes(os.urandom(3 << 20) + bytes(2 << 20))
    resource = server.protect("server", "web-1", "image_server", disks=[str(disk) for disk in disks])
    (instance,) = server.ask("GET", "/protectables/server/instances")["instances"]
    assert (instance["id"], len(instance["children"])) == (resource, 2)
    vault = server.vault("servers", "server", (resource, SERVER))
    task = server.back_up(vault)
    assert task["status"] == "success", task["error_info"]
    backup = server.ask("GET", f"/backups/{task['extra_info']['backup']['backup_id']}")["backup"]
    assert backup["resource_type"] == SERVER
    assert [child["resource_type"] for child in backup["children"]] == [DISK, DISK]
    assert {child["parent_id"] for child in backup["children"]} == {backup["id"]}

    kept = [disk.read_bytes() for disk in disks]
    for disk in disks:
        disk.write_bytes(bytes(5 << 20))
    assert server.restore(backup["id"])["status"] == "success"
    assert [disk.read_bytes() for disk in disks] == kept


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_one_file_and_one_folder_come_back_alone(server: Server, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "letters").mkdir(parents=True)
    (tree / "letters" / "to-anna.txt").write_text("dear Anna")
    (tree / "notes.txt").write_text("buy milk")
    resource = server.protect("directory", "tree", "directory", path=str(tree))
    vault = server.vault("trees", "turbo", (resource, TURBO))
    backup = server.back_up(vault)["extra_info"]["backup"]["backup_id"]
    for name, paths in (("file", [str(tree / "notes.txt")]), ("folder", [str(tree / "letters")])):
        details = {"destination_path": str(tmp_path / name), "paths": paths}
        assert server.restore(backup, details=details)["status"] == "success"
    assert [one.name for one in (tmp_path / "file").iterdir()] == ["notes.txt"]
    assert [one.name for one in (tmp_path / "folder").iterdir()] == ["letters"]
    assert (tmp_path / "folder" / "letters" / "to-anna.txt").read_text() == "dear Anna"


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_a_damaged_pack_costs_its_own_files_only_and_they_are_named(server: Server, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(60):
        (tree / f"{number:02}.bin").write_bytes(os.urandom(1 << 20))
    resource = server.protect("directory", "tree", "directory", path=str(tree))
    vault = server.vault("trees", "turbo", (resource, TURBO))
    backup = server.back_up(vault)["extra_info"]["backup"]["backup_id"]
    packs = [one for one in (server.data / "store" / "vaults" / vault / "data").rglob("*") if one.is_file()]
    biggest = max(packs, key=lambda pack: pack.stat().st_size)
    biggest.chmod(0o600)
    with biggest.open("r+b") as pack:
        pack.write(os.urandom(1 << 20))
    task = server.restore(backup, details={"destination_path": str(tmp_path / "back")})
    assert task["status"] == "failed"
    restored = {one.name for one in (tmp_path / "back").iterdir()}
    lost = {one.name for one in tree.iterdir()} - restored
    assert lost
    assert restored
    told = task["error_info"]["message"] + " ".join(task["holdfast"]["warnings"])
    assert any(name in told for name in lost)
    for name in restored:
        assert (tree / name).read_bytes() == (tmp_path / "back" / name).read_bytes()


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)  # chaos kills workers of both
def test_a_server_killed_in_the_middle_of_a_backup_ends_the_task_after_its_restart(
    server: Server, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(250):
        (tree / f"{number:03}.bin").write_bytes(os.urandom(1 << 20))
    resource = server.protect("directory", "tree", "directory", path=str(tree))
    vault = server.vault("trees", "turbo", (resource, TURBO))
    asked = server.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault}})
    task_id = asked["operation_log_id"]
    wait_until(
        lambda: server.task(task_id)["extra_info"]["common"]["progress"] > 5, "the backup is under way"
    )
    server.kill()
    server.start()
    task = server.wait(task_id)
    assert task["status"] == "success", task["error_info"]
    backups = server.ask("GET", "/backups")
    assert backups["count"] == 1
    snapshots = json.loads(server.restic("trees", "snapshots", "--json").stdout)
    assert len(snapshots) == 1
    assert server.restic("trees", "check", "--read-data").returncode == 0
    details = {"destination_path": str(tmp_path / "back")}
    assert server.restore(backups["backups"][0]["id"], details=details)["status"] == "success"
    check_same(tree, tmp_path / "back")


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
def test_deleting_a_backup_and_a_vault_are_tasks_and_leave_nothing(server: Server, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "letter.txt").write_text("dear all")
    resource = server.protect("directory", "tree", "directory", path=str(tree))
    vault = server.vault("trees", "turbo", (resource, TURBO))
    backup = server.back_up(vault)["extra_info"]["backup"]["backup_id"]
    server.back_up(vault)
    headers = server.ask("DELETE", f"/backups/{backup}", expect=204)
    assert server.wait(headers["x-operation-log-id"])["status"] == "success"
    assert server.ask("GET", f"/backups/{backup}", expect=404)["error_code"] == "BackupService.6200"
    assert len(json.loads(server.restic("trees", "snapshots", "--json").stdout)) == 1
    headers = server.ask("DELETE", f"/vaults/{vault}", expect=204)
    task = server.wait(headers["x-operation-log-id"])
    assert task["status"] == "success"
    assert task["extra_info"]["vault_delete"] == {"fail_count": 0, "total_count": 1}
    assert server.ask("GET", f"/vaults/{vault}", expect=404)["error_code"] == "BackupService.6105"
    assert not [one for one in (server.data / "store").rglob("*") if one.is_file()]
    assert server.ask("GET", "/operation-logs", vault_id=vault)["count"] == 4


def test_up_protects_backs_up_tells_how_to_go_on_and_ends_on_interrupt(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "letter.txt").write_text("dear all")
    told = tmp_path / "told.txt"
    with told.open("wb") as output:
        process = subprocess.Popen(
            [*HOLDFAST, "up", "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", str(tree)],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: "restore" in told.read_text() or process.poll() is not None, "up has told", told)
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
    text = told.read_text()
    assert code in (0, 130), text
    for word in ("curl", "operation-logs", "holdfast tasks", "CbrClient", "holdfast restore"):
        assert word in text, text
    assert "Traceback" not in text


def test_a_wrong_option_is_explained(tmp_path: Path) -> None:
    wrong = subprocess.run(
        [sys.executable, "-m", "holdfast", "serve", "--data", str(tmp_path), "--listen", "nonsense"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert wrong.returncode == 2
    assert "nonsense" in wrong.stderr
    assert "Traceback" not in wrong.stderr


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_a_folder_that_holds_the_vault_is_backed_up_without_it(server: Server, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear all")
    resource = server.protect("directory", "all", "directory", path=str(tmp_path))
    vault = server.vault("all", "turbo", (resource, TURBO))
    task = server.back_up(vault)
    assert task["status"] == "success", task["error_info"]
    listed = server.restic("all", "ls", "latest").stdout.splitlines()
    assert str(tmp_path / "letter.txt") in listed
    assert not [path for path in listed if path.startswith(str(server.data))]


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)  # the bytes know no database
def test_stock_restic_prunes_a_vault_and_holdfast_goes_on(server: Server, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "old.bin").write_bytes(os.urandom(8 << 20))
    resource = server.protect("directory", "tree", "directory", path=str(tree))
    vault = server.vault("trees", "turbo", (resource, TURBO))
    first = server.back_up(vault)["extra_info"]["backup"]["backup_id"]
    (tree / "old.bin").unlink()
    (tree / "new.bin").write_bytes(os.urandom(1 << 20))
    server.back_up(vault)
    headers = server.ask("DELETE", f"/backups/{first}", expect=204)
    assert server.wait(headers["x-operation-log-id"])["status"] == "success"
    pruned = server.restic("trees", "prune")
    assert pruned.returncode == 0, pruned.stderr
    packs = [one for one in (server.data / "store" / "vaults" / vault / "data").rglob("*") if one.is_file()]
    assert sum(pack.stat().st_size for pack in packs) < 4 << 20

    (tree / "newer.bin").write_bytes(os.urandom(1 << 20))
    task = server.back_up(vault)
    assert task["status"] == "success", task["error_info"]
    details = {"destination_path": str(tmp_path / "back")}
    assert server.restore(task["extra_info"]["backup"]["backup_id"], details=details)["status"] == "success"
    check_same(tree, tmp_path / "back")
    assert server.restic("trees", "check", "--read-data").returncode == 0
