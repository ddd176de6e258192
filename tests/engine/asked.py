"""One way to ask for each kind of task, of a house that has a vault with one folder in it."""

from collections.abc import Callable, Mapping
from datetime import timedelta, timezone
from types import MappingProxyType

from tests.engine.house import House, succeeded
from tests.engine.test_replication import replica_vault, start

from holdfast.model import clock
from holdfast.model.task import Operation, Task
from holdfast.model.vault import Vault
from holdfast.service import attachments, backups, sync, vaults

Ask = Callable[[House, Vault], Task]

FILES = {"letter.txt": b"dear all", "deep/photo.raw": bytes(50_000)}


def kept(house: House, vault: Vault) -> str:
    """The id of a backup in the vault."""
    with house.working():
        return succeeded(house.back_up(vault)).backup_id or ""


def ask_backup(house: House, vault: Vault) -> Task:
    return house.task(house.start_backup(vault, name="monday", description="by hand"))


def ask_restore(house: House, vault: Vault) -> Task:
    return house.task(house.start_restore(kept(house, vault), destination=str(house.folder / "there")))


def ask_delete(house: House, vault: Vault) -> Task:
    return backups.delete(house.context(), kept(house, vault))


def ask_sync(house: House, vault: Vault) -> Task:
    return sync.of_vault(house.context(), vault.id)


def ask_remove(house: House, vault: Vault) -> Task:
    (held,) = house.show_vault(vault).attachments
    return attachments.remove(house.context(), vault.id, [held.resource_id])


def ask_migrate(house: House, vault: Vault) -> Task:
    (held,) = house.show_vault(vault).attachments
    there = house.vault()
    return attachments.migrate(house.context(), vault.id, [held.resource_id], there.id)


def ask_replica(house: House, vault: Vault) -> Task:
    return start(house, house.backup_of(kept(house, vault)), replica_vault(house))


def ask_delete_vault(house: House, vault: Vault) -> Task:
    return vaults.delete(house.context(), vault.id)


def ask_expiry(house: House, vault: Vault) -> Task:
    day = clock.now().date() + timedelta(days=9)
    return vaults.update_expiration(house.context(), vault.id, day, EAST)[0]


EAST = timezone(timedelta(hours=5, minutes=45))
ASKED: Mapping[Operation, Ask] = MappingProxyType(
    {
        Operation.BACKUP: ask_backup,
        Operation.RESTORE: ask_restore,
        Operation.DELETE: ask_delete,
        Operation.SYNC: ask_sync,
        Operation.REMOVE_RESOURCE: ask_remove,
        Operation.MIGRATE_RESOURCES: ask_migrate,
        Operation.REPLICATION: ask_replica,
        Operation.VAULT_DELETE: ask_delete_vault,
        Operation.UPDATE_EXPIRATION_TIME: ask_expiry,
    }
)
