"""Replications and syncs that are asked for at once."""

from concurrent.futures import ThreadPoolExecutor

from tests.service.test_changes import outcomes
from tests.service.world import World

from holdfast.db import accounts
from holdfast.model import clock
from holdfast.model.policy import Destination
from holdfast.model.project import Project, Role, User
from holdfast.model.vault import ProtectType, Vault
from holdfast.service import replications, sync, vaults
from holdfast.service.replications import WantedReplica

AT_ONCE = 4


def replica_vault(world: World) -> Vault:
    return world.vault(name="replicas", protect_type=ProtectType.REPLICATION)


def wanted(world: World, to: Vault) -> WantedReplica:
    return WantedReplica(
        destination=Destination(project_id=to.project_id, region=world.config.region), vault_id=to.id
    )


def test_a_backup_that_is_replicated_by_several_at_once_is_replicated_once(world: World) -> None:
    (backup,) = world.back_up(world.vault(world.directory()))
    to = replica_vault(world)
    done = outcomes(lambda: replications.create(world.context(), backup.id, wanted(world, to)))
    assert done == ["done"] * AT_ONCE
    statuses = [one.status for one in replications.of_backups(world.context(), [backup.id])[backup.id]]
    assert sorted(statuses) == ["skip"] * (AT_ONCE - 1) + ["waiting_replicate"]


def test_a_vault_is_deleted_or_takes_a_replica(world: World) -> None:
    (backup,) = world.back_up(world.vault(world.directory()))
    to = replica_vault(world)
    with ThreadPoolExecutor(2) as pool:
        deleting = pool.submit(outcomes, lambda: vaults.delete(world.context(), to.id))
        asking = pool.submit(
            outcomes, lambda: replications.create(world.context(), backup.id, wanted(world, to))
        )
        ends = {*deleting.result(), *asking.result()}
    assert ends in (
        {"done", "VaultBeingReplicated"},
        {"done", "VaultBeingDeleted"},
    )


def test_a_vault_that_is_synchronized_by_several_at_once_is_synchronized_once(world: World) -> None:
    vault = world.vault()
    done = outcomes(lambda: sync.of_vault(world.context(), vault.id))
    assert done == ["SyncUnderWay"] * (AT_ONCE - 1) + ["done"]


def test_projects_that_replicate_to_each_other_do_not_wait_for_ever(world: World) -> None:
    ann = User(id="u1", name="ann", created_at=clock.now())
    with world.db.transaction() as tx:
        accounts.add_user(tx, ann, "no password")
        for project in (world.blue, world.red):
            accounts.grant(tx, ann.id, project.id, Role.ADMIN)
    pairs = []
    for home in (world.blue, world.red):
        there = World(world.db, world.folder / home.name, world.config, home, world.blue)
        there.folder.mkdir()
        (backup,) = there.back_up(there.vault(there.directory()))
        pairs.append((home, backup, replica_vault(there)))
    (blue, of_blue, in_blue), (red, of_red, in_red) = pairs

    def both(number: int) -> None:
        home: Project
        home, backup, to = ((blue, of_blue, in_red), (red, of_red, in_blue))[number % 2]
        replications.create(world.context(project=home), backup.id, wanted(world, to))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(both, range(4 * AT_ONCE)))
