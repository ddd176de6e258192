"""What a catalogue and a repository tell each other while both change."""

from datetime import UTC, datetime
from typing import Any

from holdfast.engine.reconciliation import lost, superfluous, unknown
from holdfast.model.backup import Backup, BackupState, BackupStatus
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


GOOD: dict[str, Any] = {"status": BackupStatus.AVAILABLE}
FAILED: dict[str, Any] = {"state": BackupState.ERROR, "status": BackupStatus.ERROR}
B1 = "holdfast:backup=b1"


def test_what_two_executions_wrote_of_a_backup_is_superfluous_but_for_its_own() -> None:
    listed = [snapshot("s1", B1), snapshot("s2", B1)]
    assert superfluous(listed, [backup("b1", "s2", **GOOD)]) == [listed[0]]


def test_what_was_written_of_a_backup_that_failed_is_superfluous() -> None:
    disk = snapshot("s1", "holdfast:backup=d1", B1)
    assert superfluous([disk], [backup("b1", None, **FAILED)]) == [disk]


def test_nothing_is_superfluous_of_which_a_backup_may_come_or_that_others_wrote() -> None:
    listed = [snapshot("s1", B1), snapshot("s2", "mine"), snapshot("s3", "holdfast:backup=elsewhere")]
    under_way = backup("b1", None, state=BackupState.NEW, status=BackupStatus.PROTECTING)
    assert superfluous(listed, [under_way]) == []


def test_a_snapshot_whose_tags_were_changed_is_not_superfluous() -> None:
    # restic writes it anew under another id, and the row still names the one that is gone.
    assert superfluous([snapshot("s2", B1, "mine")], [backup("b1", "s1", **GOOD)]) == []


def test_what_somebody_made_of_a_snapshot_beside_it_is_not_superfluous() -> None:
    listed = [snapshot("s1", B1), snapshot("s2", B1, "rewrite")]
    assert superfluous(listed, [backup("b1", "s1", **GOOD)]) == []


def test_a_snapshot_that_is_another_backup_by_now_is_not_superfluous() -> None:
    listed = [snapshot("s1", B1), snapshot("s2", B1)]
    assert superfluous(listed, [backup("b1", "s1", **GOOD), backup("b2", "s2", **GOOD)]) == []


def test_a_second_snapshot_of_a_disk_is_superfluous_and_the_servers_own_stay() -> None:
    disks = (backup("d1", "s1", **GOOD), backup("d2", "s2", **GOOD))
    server = backup("b1", "", children=disks, **GOOD)
    tags = {name: ("holdfast:backup=" + name, B1) for name in ("d1", "d2")}
    own = [snapshot("s1", *tags["d1"]), snapshot("s2", *tags["d2"])]
    late = snapshot("s3", *tags["d2"])
    assert superfluous([*own, late], [server]) == [late]
