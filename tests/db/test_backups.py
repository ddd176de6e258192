from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.db.making import (
    NOON,
    OTHER_PROJECT,
    PROJECT,
    add_project,
    add_projects,
    add_vault,
    backup,
    later,
    task,
)

from holdfast.db import backups, tasks, vaults, work
from holdfast.db.backup_filters import STAGES
from holdfast.db.backups import BackupFilter, Completed, Holding, Sort, SortKey
from holdfast.db.database import Database
from holdfast.model import ids
from holdfast.model.backup import Backup, BackupState, BackupStatus, ImageType
from holdfast.model.errors import BackupNotFound, InvalidParameter
from holdfast.model.resource import ResourceType
from holdfast.model.suspicion import Size
from holdfast.model.task import Ending, Operation, Page, Status
from holdfast.model.vault import Vault

ALL = BackupFilter(project_id=PROJECT)
TAKEN = {"state": BackupState.AVAILABLE, "status": BackupStatus.AVAILABLE}


def test_a_backup_is_read_as_it_was_written_with_its_children(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx)
        server = backup(
            vault,
            resource_type=ResourceType.SERVER,
            description="before the move",
            image_type=ImageType.REPLICATION,
            incremental=False,
            auto_trigger=True,
            enterprise_project_id="e",
            resource_size_gb=12,
            snapshot_id="ab" * 32,
            bookmark="there",
            root="srv/data",
            read_bytes=1 << 40,
            stored_bytes=1 << 39,
            file_count=3,
            protected_at=later(5),
            updated_at=later(6),
            expired_at=later(7),
            **TAKEN,
        )
        disks = tuple(
            backup(
                vault,
                resource_id=name,
                resource_name=name,
                resource_type=ResourceType.DISK,
                parent_id=server.id,
                **TAKEN,
            )
            for name in ("disk a", "disk b")
        )
        for one in (server, *disks):
            backups.add(tx, one)
        assert backups.get(tx, PROJECT, server.id) == replace(server, children=disks)
        assert backups.get(tx, PROJECT, disks[0].id) == disks[0]
        assert backups.of_vault(tx, vault.id) == [replace(server, children=disks)]
        assert backups.find(tx, ALL, Page()) == [server]
        assert backups.find(tx, replace(ALL, parent_id=server.id), Page(limit=1)) in ([disks[0]], [disks[1]])
        assert backups.count(tx, replace(ALL, parent_id=server.id)) == 2


def test_a_backup_of_another_project_is_not_found(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        theirs = backup(add_vault(tx, project_id=OTHER_PROJECT))
        backups.add(tx, theirs)
        with pytest.raises(BackupNotFound):
            backups.get(tx, PROJECT, theirs.id)
        assert backups.find(tx, ALL, Page()) == []
        assert backups.find(tx, replace(ALL, ids=(theirs.id,)), Page()) == []
        assert backups.count(tx, ALL) == 0
        with pytest.raises(InvalidParameter):
            backups.find(tx, ALL, Page(marker=theirs.id))


def test_a_backup_is_completed_or_fails(database: Database) -> None:
    completed = Completed(
        snapshot_id="cd" * 32, bookmark="m", root="srv", read_bytes=9, stored_bytes=4, file_count=2
    )
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx)
        good, bad = backup(vault, resource_id="r"), backup(vault, resource_id="r", created_at=later(1))
        backups.add(tx, good)
        backups.add(tx, bad)
        assert backups.latest(tx, "r", vault.id) is None
        backups.complete(tx, good.id, completed)
        backups.fail(tx, bad.id)
        shown = backups.get(tx, PROJECT, good.id)
        assert (shown.status, shown.snapshot_id, shown.bookmark, shown.root) == (
            BackupStatus.AVAILABLE,
            completed.snapshot_id,
            "m",
            "srv",
        )
        assert (shown.read_bytes, shown.stored_bytes, shown.file_count) == (9, 4, 2)
        assert shown.protected_at == shown.updated_at
        assert backups.get(tx, PROJECT, bad.id).status is BackupStatus.ERROR
        assert backups.latest(tx, "r", vault.id) == shown
        assert backups.latest(tx, "r", "another vault") is None
        assert backups.recent_sizes(tx, "r", vault.id, 3) == [Size(9, 2)]
        newest = backup(vault, resource_id="r", created_at=later(2))
        backups.add(tx, newest)
        backups.complete(tx, newest.id, replace(completed, read_bytes=1))
        assert backups.recent_sizes(tx, "r", vault.id, 3) == [Size(1, 2), Size(9, 2)]
        assert backups.recent_sizes(tx, "r", vault.id, 1) == [Size(1, 2)]
        with pytest.raises(BackupNotFound):
            backups.complete(tx, "nothing", completed)
        with pytest.raises(BackupNotFound):
            backups.fail(tx, "nothing")


def test_a_removed_backup_takes_its_children_along(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx)
        server = backup(vault)
        child = backup(vault, parent_id=server.id)
        backups.add(tx, server)
        backups.add(tx, child)
        backups.remove(tx, server.id)
        backups.remove(tx, server.id)
        with pytest.raises(BackupNotFound):
            backups.get(tx, PROJECT, child.id)


def test_the_backups_of_some_resources_move_with_their_children(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        here, there = add_vault(tx), add_vault(tx)
        whole, other = backup(here, resource_id="a", **TAKEN), backup(here, resource_id="b", **TAKEN)
        disk = backup(here, resource_id="disk", parent_id=whole.id, snapshot_id="11" * 32, **TAKEN)
        for one in (whole, other, disk):
            backups.add(tx, one)
        assert backups.of_resources(tx, here.id, ["a", "disk"]) == [replace(whole, children=(disk,))]
        assert backups.snapshots_of(tx, here.id) == {"11" * 32}
        backups.move(tx, whole.id, there.id, None)
        backups.move(tx, disk.id, there.id, "22" * 32)
        assert backups.of_resources(tx, here.id, ["a"]) == []
        moved = replace(disk, vault_id=there.id, snapshot_id="22" * 32)
        assert backups.of_vault(tx, there.id) == [replace(whole, vault_id=there.id, children=(moved,))]
        assert (backups.snapshots_of(tx, here.id), backups.snapshots_of(tx, there.id)) == (
            set(),
            {"22" * 32},
        )
        with pytest.raises(BackupNotFound):
            backups.move(tx, "nothing", there.id, None)


def test_the_backups_of_a_vault_expire_or_are_kept_longer(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one, other = add_vault(tx), add_vault(tx)
        taken = [
            backup(one, created_at=later(at), expired_at=expires, **TAKEN)
            for at, expires in enumerate((None, later(10), later(30)))
        ]
        elsewhere = backup(other, expired_at=later(10), **TAKEN)
        for each in (*taken, elsewhere):
            backups.add(tx, each)

        def expiry(of: Vault) -> list[datetime | None]:
            return [each.expired_at for each in backups.of_vault(tx, of.id)]

        backups.keep_until(tx, one.id, later(20))
        assert expiry(one) == [None, later(20), later(30)]
        backups.expire(tx, one.id, later(5))
        assert expiry(one) == [later(5)] * 3
        assert expiry(other) == [later(10)]


def test_backups_are_found_by_each_condition(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        full, roomy = add_vault(tx, size_gb=10), add_vault(tx)
        vaults.set_used(tx, full.id, 9 << 30)
        one = backup(full, name="Mine_1", resource_id="a", resource_name="Alpha", checkpoint_id="c", **TAKEN)
        two = backup(
            roomy,
            name="mine%2",
            resource_id="disk-b",
            resource_name="beta",
            resource_size_gb=7,
            resource_type=ResourceType.DISK,
            image_type=ImageType.REPLICATION,
            incremental=False,
            enterprise_project_id="e",
            created_at=later(1.5),
            state=BackupState.ERROR,
            status=BackupStatus.ERROR,
        )
        backups.add(tx, one)
        backups.add(tx, two)
        expected: list[tuple[dict[str, Any], list[Backup]]] = [
            ({}, [two, one]),
            ({"ids": (one.id,)}, [one]),
            ({"name": "ine_"}, [one]),
            ({"name": "%"}, [two]),
            ({"vault_id": full.id}, [one]),
            ({"checkpoint_id": "c"}, [one]),
            ({"resource_id": "disk-b"}, [two]),
            ({"resource_name": "lph"}, [one]),
            ({"resource_type": ResourceType.DISK.value}, [two]),
            ({"image_type": ImageType.BACKUP}, [one]),
            ({"statuses": (BackupStatus.ERROR, BackupStatus.DELETING)}, [two]),
            ({"statuses": ()}, []),
            ({"incremental": True}, [one]),
            ({"incremental": False}, [two]),
            ({"enterprise_project_id": "e"}, [two]),
            ({"begin": later(1)}, [two]),
            ({"end": NOON}, [one]),
            ({"end": later(1)}, [two, one]),
            ({"used_percent": 90}, [one]),
            ({"used_percent": 91}, []),
            ({"name": "ine", "resource_id": "a"}, [one]),
            ({"whole_name": "ine"}, []),
            ({"whole_name": "Mine_1"}, [one]),
            ({"resource_part": "sk-b"}, [two]),
            ({"resource_part": "disk-"}, [two]),
        ]
        for conditions, found in expected:
            wanted = BackupFilter(project_id=PROJECT, **conditions)
            assert backups.find(tx, wanted, Page()) == found, conditions
            assert backups.count(tx, wanted) == len(found), conditions
            size_gb = sum(backup.resource_size_gb for backup in found)
            assert backups.holding(tx, wanted) == Holding(count=len(found), size_gb=size_gb)


sorting = st.lists(
    st.builds(Sort, st.sampled_from(SortKey), st.booleans()), max_size=3, unique_by=lambda one: one.key
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("a", "B", "b")),
            st.sampled_from((0, 1, 2)),
            st.sampled_from((None, 0, 3)),
            st.sampled_from(BackupState),
        ),
        max_size=9,
    ),
    sorting,
    st.integers(1, 4),
)
def test_every_page_holds_each_backup_once_in_any_order(
    database: Database, made: list[tuple[str, int, int | None, BackupState]], sort: list[Sort], limit: int
) -> None:
    project_id = ids.new_project()
    with database.transaction() as tx:
        add_project(tx, project_id)
        vault = add_vault(tx, project_id=project_id)
        for name, seconds, protected, state in made:
            protected_at = None if protected is None else later(protected)
            backups.add(
                tx,
                backup(vault, name=name, created_at=later(seconds), protected_at=protected_at, state=state),
            )
        wanted = BackupFilter(project_id=project_id, sort=tuple(sort))
        whole = backups.find(tx, wanted, Page())
        by_offset = [
            one
            for offset in range(0, len(made) + limit, limit)
            for one in backups.find(tx, wanted, Page(limit=limit, offset=offset))
        ]
        by_marker: list[Backup] = []
        while found := backups.find(
            tx, wanted, Page(limit=limit, marker=by_marker[-1].id if by_marker else None)
        ):
            by_marker += found
    assert len({one.id for one in whole}) == len(made)
    assert whole == by_offset == by_marker
    keys = sort or [Sort(SortKey.CREATED_AT)]
    expected = whole
    for one_key in reversed(keys):
        expected = sorted(expected, key=lambda one: rank(one, one_key.key), reverse=one_key.descending)
    ranks = [[[rank(one, key.key) for key in keys] for one in some] for some in (whole, expected)]
    assert ranks[0] == ranks[1]


def rank(one: Backup, key: SortKey) -> Any:
    if key is SortKey.STAGE:
        return next(place for place, some in enumerate(STAGES) if one.status in some)
    value = getattr(one, key.value)
    return value or NOON.replace(year=1970) if key is SortKey.PROTECTED_AT else value


# ── statuses ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_is_as_its_tasks_are(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx)
        one = backup(vault)
        backups.add(tx, one)

        def status() -> BackupStatus:
            return backups.get(tx, PROJECT, one.id).status

        assert status() is BackupStatus.ERROR  # abandoned
        for operation, waiting, running in (
            (Operation.BACKUP, BackupStatus.WAITING_PROTECT, BackupStatus.PROTECTING),
            (Operation.RESTORE, BackupStatus.WAITING_RESTORE, BackupStatus.RESTORING),
            (Operation.DELETE, BackupStatus.WAITING_DELETE, BackupStatus.DELETING),
            (Operation.VAULT_DELETE, BackupStatus.WAITING_DELETE, BackupStatus.DELETING),
        ):
            backup_id = None if operation is Operation.VAULT_DELETE else one.id
            made = task(operation, backup_id=backup_id, vault_id=vault.id)
            tasks.add(tx, made)
            assert status() is waiting
            work.claim(tx, made.id, "a worker")
            assert status() is running
            work.close(tx, made.id, Ending(status=Status.FAILED))
        backups.complete(tx, one.id, Completed(snapshot_id="ab" * 32))
        assert status() is BackupStatus.AVAILABLE


under_way = st.lists(
    st.tuples(
        st.sampled_from(
            (Operation.BACKUP, Operation.RESTORE, Operation.DELETE, Operation.VAULT_DELETE, Operation.SYNC)
        ),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(BackupState), min_size=4, max_size=4), under_way)
def test_lists_by_status_and_backups_shown_agree(
    database: Database, states: list[BackupState], events: list[tuple[Operation, int, bool]]
) -> None:
    project_id = ids.new_project()
    with database.transaction() as tx:
        add_project(tx, project_id)
        rooms = [add_vault(tx, project_id=project_id), add_vault(tx, project_id=project_id)]
        made = [backup(rooms[place % 2], state=state) for place, state in enumerate(states)]
        children = [
            backup(rooms[place % 2], parent_id=one.id, state=BackupState.AVAILABLE)
            for place, one in enumerate(made)
        ]
        for one in (*made, *children):
            backups.add(tx, one)
        for operation, place, running in events:
            doing = task(
                operation,
                project_id=project_id,
                vault_id=rooms[place % 2].id,
                backup_id=None if operation is Operation.VAULT_DELETE else made[place].id,
            )
            tasks.add(tx, doing)
            if running:
                work.claim(tx, doing.id, "a worker")
        for parents in (None, made[0].id):
            listed = {
                one.id: status
                for status in BackupStatus
                for one in backups.find(
                    tx, BackupFilter(project_id=project_id, parent_id=parents, statuses=(status,)), Page()
                )
            }
            family = made if parents is None else [one for one in children if one.parent_id == parents]
            assert listed == {one.id: backups.get(tx, project_id, one.id).status for one in family}
