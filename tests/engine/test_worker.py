"""Backups and restores through a worker, on both databases, with real directories and images."""

from tests.engine.house import House, read_files, succeeded


def test_what_is_backed_up_and_lost_is_restored_as_it_was(house: House) -> None:
    files = {"letter.txt": b"dear all", "deep/er/photo.raw": bytes(range(256)) * 9000, "empty": b""}
    vault = house.vault(house.directory("home", files))
    with house.working():
        task = succeeded(house.back_up(vault))
        for path in sorted((house.folder / "home").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        succeeded(house.restore(task.backup_id or ""))
    assert read_files(house.folder / "home") == files
    house.repository(vault).check()
