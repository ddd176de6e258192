"""What a catalogue and a repository tell each other while both change."""

from datetime import UTC, datetime
from typing import Any

from holdfast.engine.reconciliation import lost, unknown
from holdfast.model.backup import Backup, BackupState
from holdfast.model.resource import ResourceType
from holdfast.repo.snapshot import Snapshot

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def snapshot(name: str, *tags: str, hour: int = 12) -> Snapshot:
    return Snapshot(
        id=name,
        time=NOON.replace(hour=hour),
        tree=bytes(32),
        paths=(b"/srv",),
        hostname="h",
        username="u",
        tags=tags,
        parent=None,
    )


def backup(name: str, snapshot_id: str | None, **more: Any) -> Backup:
    known: dict[str, Any] = {"state": BackupState.AVAILABLE, **more}
    return Backup(
        id=name,
        project_id="p",
        vault_id="v",
        checkpoint_id="c",
        resource_id="r",
        resource_name="letters",
        resource_type=ResourceType.FILE_SHARE,
        name=name,
        snapshot_id=snapshot_id,
        created_at=NOON,
        updated_at=NOON,
        **known,
    )


def always(_: str) -> bool:
    return True


def never(_: str) -> bool:
    return False


def test_a_snapshot_of_nobody_is_new() -> None:
    assert unknown([snapshot("s1"), snapshot("s2")], [backup("b1", "s1")], always) == [snapshot("s2")]


def test_a_snapshot_that_was_forgotten_since_it_was_listed_is_not_new() -> None:
    # Its backup was deleted: the snapshot goes first and the row last, and the rows were read after that.
    assert unknown([snapshot("s1", "holdfast:backup=b1")], [], never) == []


def test_a_snapshot_of_a_backup_that_is_being_taken_is_not_new() -> None:
    under_way = backup("b1", None, state=BackupState.NEW)
    assert unknown([snapshot("s1", "holdfast:backup=b1")], [under_way], always) == []


def test_a_second_snapshot_of_a_backup_is_not_new() -> None:
    tags = "holdfast:backup=b1"
    assert unknown([snapshot("s1", tags), snapshot("s2", tags)], [backup("b1", "s1")], always) == []


def test_a_disks_snapshot_is_its_servers() -> None:
    server = backup("b1", None, state=BackupState.NEW)
    taken = snapshot("s1", "holdfast:backup=b1", "holdfast:backup=b1-disk")
    assert unknown([taken], [server], always) == []


def test_a_backup_that_ended_since_the_snapshots_were_listed_is_not_lost() -> None:
    assert lost([], [backup("b1", "s1")], always).gone == []


def test_a_backup_whose_snapshot_is_nowhere_is_lost() -> None:
    one = backup("b1", "s1")
    assert lost([snapshot("s2")], [one], never).gone == [one]


def test_what_failed_or_is_being_taken_has_no_snapshot_to_lose() -> None:
    some = [backup("b1", None, state=BackupState.NEW), backup("b2", "s2", state=BackupState.ERROR)]
    assert lost([], some, never).gone == []


def test_the_newest_snapshot_with_a_backups_tag_takes_the_place_of_the_one_that_is_gone() -> None:
    tags = "holdfast:backup=b1"
    listed = [snapshot("s2", tags, hour=13), snapshot("s3", tags, hour=14)]
    found = lost(listed, [backup("b1", "s1")], lambda one: one != "s1")
    assert (found.gone, found.moved) == ([], {"b1": "s3"})


def test_a_server_is_lost_with_its_last_disk() -> None:
    disks = tuple(backup(f"b1-{number}", f"s{number}", parent_id="b1") for number in (1, 2))
    server = backup("b1", "", children=disks)
    assert lost([snapshot("s1")], [server], never).gone == [disks[1]]
    assert lost([], [server], never).gone == [server]
