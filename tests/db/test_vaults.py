from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.db.making import (
    NOON,
    OTHER_PROJECT,
    PROJECT,
    add_projects,
    add_vault,
    attachment,
    backup,
    later,
    removal_of,
    restore_to,
    task,
    vault,
)
from tests.db.test_policies import policy
from tests.statements import noted

from holdfast.db import attachments, backups, policies, tasks, vaults, work
from holdfast.db.database import Database
from holdfast.db.vaults import VaultFilter
from holdfast.model.backup import BackupState
from holdfast.model.errors import (
    InvalidParameter,
    ResourceAlreadyProtected,
    ResourceNotInVault,
    VaultNotFound,
)
from holdfast.model.resource import ObjectType
from holdfast.model.tag import Tag
from holdfast.model.task import Ending, Operation, Page, Status, VaultDeleteDetail
from holdfast.model.vault import (
    Attachment,
    CloudType,
    ConsistentLevel,
    IncludedVolume,
    ProtectStatus,
    ProtectType,
    Vault,
    VaultState,
)

ALL = VaultFilter(project_id=PROJECT)


def doom(of: Vault) -> Any:
    return task(Operation.VAULT_DELETE, of.id, vault_id=of.id, detail=VaultDeleteDetail())


def test_a_vault_is_read_as_it_was_written(database: Database) -> None:
    written = vault(
        description="for letters",
        object_type=ObjectType.SERVER,
        protect_type=ProtectType.REPLICATION,
        consistent_level=ConsistentLevel.APP,
        cloud_type=CloudType.HYBRID,
        is_multi_az=True,
        used_bytes=1 << 44,
        status=VaultState.LOCK,
        enterprise_project_id="e",
        auto_bind=True,
        auto_expand=True,
        bind_rules=(Tag("k", "v"), Tag("l")),
        tags=(Tag("z", "1"), Tag("a", "")),
        threshold=70,
        smn_notify=False,
        locked=True,
        demand_billing=True,
        availability_zone="az",
        backup_name_prefix="pre",
        sys_lock_source_service="svc",
        attachments=(
            attachment(
                "r1",
                exclude_volumes=("x",),
                include_volumes=(IncludedVolume("y", "linux"),),
                auto_protect=False,
            ),
            attachment("r0"),
        ),
    )
    with database.transaction() as tx:
        add_projects(tx)
        vaults.add(tx, written, "secret")
        assert vaults.get(tx, PROJECT, written.id) == written


def test_a_vault_that_is_written_anew_keeps_its_use_and_its_contents(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        before = add_vault(tx, tags=(Tag("old"),), attachments=(attachment("r"),))
        vaults.set_used(tx, before.id, 77)
        changed = replace(
            before, name="new", size_gb=200, tags=(Tag("new", "1"),), used_bytes=0, attachments=()
        )
        vaults.replace(tx, changed)
        assert vaults.get(tx, PROJECT, before.id) == replace(
            changed, used_bytes=77, attachments=before.attachments
        )
        assert vaults.secret(tx, before.id) == "open sesame"
        with pytest.raises(VaultNotFound):
            vaults.replace(tx, replace(changed, project_id=OTHER_PROJECT))


def test_a_vault_of_another_project_is_not_found(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        theirs = add_vault(tx, project_id=OTHER_PROJECT, attachments=(attachment("r"),))
        mine = add_vault(tx)
        with pytest.raises(VaultNotFound):
            vaults.get(tx, PROJECT, theirs.id)
        assert vaults.find(tx, ALL, Page()) == [mine]
        assert vaults.find(tx, replace(ALL, ids=(theirs.id,)), Page()) == []
        assert vaults.count(tx, ALL) == 1
        assert vaults.taken(tx, PROJECT, ["r"]) == set()
        with pytest.raises(InvalidParameter):
            vaults.find(tx, ALL, Page(marker=theirs.id))


def test_what_is_not_there_is_not_found(database: Database) -> None:
    with database.transaction() as tx:
        for refused in (
            lambda: vaults.get(tx, PROJECT, "nothing"),
            lambda: vaults.secret(tx, "nothing"),
            lambda: vaults.set_used(tx, "nothing", 1),
        ):
            with pytest.raises(VaultNotFound):
                refused()
        with pytest.raises(ResourceNotInVault):
            vaults.resize_attachment(tx, "nothing", 1)


def test_a_resource_is_in_at_most_one_vault(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        first, second = add_vault(tx, attachments=(attachment("r"),)), add_vault(tx)
        with pytest.raises(ResourceAlreadyProtected):
            vaults.attach(tx, second.id, attachment("r"))
        assert vaults.taken(tx, PROJECT, ["r", "s"]) == {"r"}
        vaults.detach(tx, second.id, "r")
        assert vaults.taken(tx, PROJECT, ["r"]) == {"r"}
        vaults.detach(tx, first.id, "r")
        vaults.attach(tx, second.id, attachment("r"))
        vaults.resize_attachment(tx, "r", 9)
        assert vaults.get(tx, PROJECT, second.id).allocated_gb == 9


def test_resources_keep_the_order_in_which_they_came(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one = add_vault(tx, attachments=tuple(attachment(name) for name in "cab"))
        vaults.detach(tx, one.id, "a")
        vaults.attach(tx, one.id, attachment("a"))
        assert [each.resource_id for each in vaults.get(tx, PROJECT, one.id).attachments] == ["c", "b", "a"]


def test_resources_move_behind_what_the_other_vault_has(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one = add_vault(tx, attachments=tuple(attachment(name, auto_protect=False) for name in "abc"))
        other = add_vault(tx, attachments=(attachment("z"),))
        attachments.move(tx, other.id, ["c", "a", "nothing"])
        assert [each.resource_id for each in vaults.get(tx, PROJECT, one.id).attachments] == ["b"]
        moved = vaults.get(tx, PROJECT, other.id).attachments
        assert [(each.resource_id, each.auto_protect) for each in moved] == [
            ("z", True),
            ("c", False),
            ("a", False),
        ]


def test_protection_is_suspended_for_some_resources_of_one_vault(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one = add_vault(tx, attachments=tuple(attachment(name) for name in "abc"))
        other = add_vault(tx, attachments=(attachment("z"),))
        attachments.set_auto_protect(tx, one.id, ["a", "c", "z"], auto_protect=False)

        def suspended() -> str:
            held = [
                *vaults.get(tx, PROJECT, one.id).attachments,
                *vaults.get(tx, PROJECT, other.id).attachments,
            ]
            return "".join(each.resource_id for each in held if not each.auto_protect)

        assert suspended() == "ac"
        attachments.set_auto_protect(tx, one.id, ["a"], auto_protect=True)
        assert suspended() == "c"


def test_a_vault_grows_and_never_shrinks_by_growing(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one, other = add_vault(tx, size_gb=10), add_vault(tx, size_gb=10)
        vaults.grow(tx, one.id, 12)
        vaults.grow(tx, one.id, 11)
        assert [vaults.get(tx, PROJECT, each.id).size_gb for each in (one, other)] == [12, 10]


def test_the_totals_are_those_of_one_project(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        assert vaults.totals(tx, PROJECT) == (0, 0)
        for size_gb, used_bytes in ((10_485_760, 1 << 53), (10_485_760, 3)):
            add_vault(tx, size_gb=size_gb, used_bytes=used_bytes)
        add_vault(tx, project_id=OTHER_PROJECT, size_gb=7)
        assert vaults.totals(tx, PROJECT) == (20_971_520, (1 << 53) + 3)
        assert vaults.totals(tx, OTHER_PROJECT) == (7, 0)


def test_a_subscription_is_kept_in_the_wires_words(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one = add_vault(tx, subscription={"period_num": 2, "is_auto_pay": True, "console_url": "http://x"})
        assert vaults.get(tx, PROJECT, one.id) == one
        vaults.replace(tx, replace(one, subscription={"order_id": "o"}))
        assert vaults.get(tx, PROJECT, one.id).subscription == {"order_id": "o"}


def test_a_vault_is_deleting_while_its_delete_is_unfinished(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one, other = add_vault(tx, status=VaultState.ERROR), add_vault(tx)
        delete = doom(one)
        tasks.add(tx, delete)
        assert vaults.get(tx, PROJECT, one.id).status is VaultState.DELETING
        assert vaults.get(tx, PROJECT, other.id).status is VaultState.AVAILABLE
        by_status = {
            status: [each.id for each in vaults.find(tx, replace(ALL, status=status), Page())]
            for status in (VaultState.DELETING, VaultState.ERROR, VaultState.AVAILABLE)
        }
        assert by_status == {
            VaultState.DELETING: [one.id],
            VaultState.ERROR: [],
            VaultState.AVAILABLE: [other.id],
        }
        vaults.replace(tx, vaults.get(tx, PROJECT, one.id))  # `deleting` is not written down
        work.close(tx, delete.id, Ending(status=Status.FAILED))
        assert vaults.get(tx, PROJECT, one.id).status is VaultState.AVAILABLE


def test_vaults_are_found_by_each_condition(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        turbo = add_vault(
            tx, name="Turbo_1", attachments=(attachment("r1"), attachment("r2")), created_at=NOON
        )
        disk = add_vault(
            tx,
            name="disk",
            object_type=ObjectType.DISK,
            protect_type=ProtectType.REPLICATION,
            cloud_type=CloudType.HYBRID,
            enterprise_project_id="e",
            created_at=later(1),
        )
        followed = policy()
        policies.add(tx, followed)
        policies.apply(tx, disk.id, followed.id)
        expected: list[tuple[dict[str, Any], list[Vault]]] = [
            ({}, [disk, turbo]),
            ({"ids": (turbo.id, "x")}, [turbo]),
            ({"ids": ()}, []),
            ({"name": "urbo"}, [turbo]),
            ({"name": "TURBO"}, []),
            ({"name": "_"}, [turbo]),
            ({"object_type": ObjectType.DISK}, [disk]),
            ({"protect_type": ProtectType.BACKUP}, [turbo]),
            ({"cloud_type": CloudType.HYBRID}, [disk]),
            ({"status": VaultState.AVAILABLE}, [disk, turbo]),
            ({"policy_id": followed.id}, [disk]),
            ({"policy_id": "x"}, []),
            ({"resource_ids": ("r2", "r9")}, [turbo]),
            ({"enterprise_project_id": "e"}, [disk]),
            ({"enterprise_project_id": "e", "name": "Turbo"}, []),
        ]
        for conditions, found in expected:
            wanted = VaultFilter(project_id=PROJECT, **conditions)
            assert vaults.find(tx, wanted, Page()) == found, conditions
            assert vaults.count(tx, wanted) == len(found), conditions


def test_every_page_of_vaults_together_holds_each_once(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        for seconds in range(11):
            add_vault(tx, created_at=later(seconds // 3))
        whole = [one.id for one in vaults.find(tx, ALL, Page())]
        by_offset = [
            one.id for offset in range(0, 16, 4) for one in vaults.find(tx, ALL, Page(limit=4, offset=offset))
        ]
        by_marker: list[str] = []
        while found := vaults.find(tx, ALL, Page(limit=4, marker=by_marker[-1] if by_marker else None)):
            by_marker += [one.id for one in found]
    assert len(set(whole)) == 11
    assert whole == by_offset == by_marker


# ── what goes on with a resource ────────────────────────────────────────────────────────────────────────


def one_attachment(tx: sa.Connection, of: Vault) -> Attachment:
    return vaults.get(tx, PROJECT, of.id).attachment("r")


def test_a_resource_that_was_never_backed_up_has_no_status(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one = add_vault(tx, attachments=(attachment("r"),))
        shown = one_attachment(tx, one)
    assert (shown.protect_status, shown.backup_count, shown.backup_bytes) == (None, 0, 0)


def test_a_resource_is_as_its_last_backup_ended(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one = add_vault(tx, attachments=(attachment("r"),))
        for seconds, state in enumerate((BackupState.ERROR, BackupState.AVAILABLE, BackupState.AVAILABLE)):
            backups.add(
                tx, backup(one, resource_id="r", state=state, stored_bytes=10, created_at=later(seconds))
            )
        shown = one_attachment(tx, one)
        assert shown.protect_status is ProtectStatus.AVAILABLE
        assert (shown.backup_count, shown.backup_bytes) == (2, 20)
        backups.add(tx, backup(one, resource_id="r", state=BackupState.ERROR, created_at=later(9)))
        assert one_attachment(tx, one).protect_status is ProtectStatus.ERROR
        abandoned = backup(one, resource_id="r", state=BackupState.NEW, created_at=later(10))
        backups.add(tx, abandoned)
        assert one_attachment(tx, one).protect_status is ProtectStatus.ERROR


def test_backups_elsewhere_and_disks_of_servers_do_not_count(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one, other = add_vault(tx, attachments=(attachment("r"),)), add_vault(tx)
        server = backup(one, resource_id="server", state=BackupState.AVAILABLE)
        backups.add(tx, server)
        backups.add(tx, backup(one, resource_id="r", state=BackupState.AVAILABLE, parent_id=server.id))
        backups.add(tx, backup(other, resource_id="r", state=BackupState.AVAILABLE))
        shown = one_attachment(tx, one)
    assert (shown.protect_status, shown.backup_count) == (None, 0)


def test_a_vault_counts_its_good_backups_of_whatever_is_or_was_in_it(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        here, there = add_vault(tx), add_vault(tx)
        good = {"state": BackupState.AVAILABLE}
        server = backup(here, resource_id="left long ago", **good)
        for one in (server, backup(here, parent_id=server.id, **good), backup(here, state=BackupState.ERROR)):
            backups.add(tx, one)
        backups.add(tx, backup(there, **good))
        backups.add(tx, backup(there, **good))
        assert [vaults.get(tx, here.project_id, one.id).backup_count for one in (here, there)] == [1, 2]


def test_what_is_under_way_says_what_goes_on_with_a_resource(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one = add_vault(tx, attachments=(attachment("r"), attachment("calm")))
        backups.add(tx, backup(one, resource_id="r", state=BackupState.AVAILABLE))
        for made, status in (
            (task(resource_id="r", vault_id=one.id), ProtectStatus.PROTECTING),
            (restore_to("r", resource_id="another", vault_id="another"), ProtectStatus.RESTORING),
            (removal_of("x", "r", vault_id=one.id), ProtectStatus.REMOVING),
        ):
            tasks.add(tx, made)  # each of them weighs more than the one before
            assert one_attachment(tx, one).protect_status is status
        assert vaults.get(tx, PROJECT, one.id).attachment("calm").protect_status is None
        for each in work.unfinished(tx, PROJECT):
            work.close(tx, each.id, Ending(status=Status.FAILED))
        assert one_attachment(tx, one).protect_status is ProtectStatus.AVAILABLE


def test_a_page_of_vaults_takes_no_more_statements_than_one_vault(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        for number in range(12):
            add_vault(tx, tags=(Tag("k"),), attachments=(attachment(str(number)),))
    with noted(database) as statements, database.reading() as tx:
        assert len(vaults.find(tx, ALL, Page(limit=1))) == 1
        for_one = len(statements)
        assert len(vaults.find(tx, ALL, Page())) == 12
    assert len(statements) - for_one <= for_one


def test_a_removed_vault_takes_its_rows_along_and_leaves_its_tasks(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        one = add_vault(tx, tags=(Tag("k"),), attachments=(attachment("r"),))
        done = task(vault_id=one.id, status=Status.FAILED)
        tasks.add(tx, done)
        backups.add(tx, backup(one))
        vaults.remove(tx, one.id)
        vaults.remove(tx, one.id)
        with pytest.raises(VaultNotFound):
            vaults.get(tx, PROJECT, one.id)
        assert vaults.taken(tx, PROJECT, ["r"]) == set()
        assert backups.of_vault(tx, one.id) == []
        assert tasks.get(tx, PROJECT, done.id) == done
