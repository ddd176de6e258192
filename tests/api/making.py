"""Vaults, asked for over HTTP, and the backup of a disk."""

from typing import Any

from tests.api.asking import House

from holdfast.model.backup import Backup
from holdfast.model.resource import ObjectType, Resource

BILLING = {
    "consistent_level": "crash_consistent",
    "object_type": "turbo",
    "protect_type": "backup",
    "size": 100,
}


def body(*held: Resource, name: str = "vault-01", **more: Any) -> dict[str, Any]:
    resources = [{"id": one.id, "type": one.type, "name": one.name} for one in held]
    billing = BILLING | more.pop("billing", {})
    return {"vault": {"name": name, "billing": billing, "resources": resources, **more}}


def make(house: House, *held: Resource, **more: Any) -> dict[str, Any]:
    vault: dict[str, Any] = house.ask("POST", "/vaults", body(*held, **more))["vault"]
    return vault


def disk_backup(house: House, disk: Resource) -> Backup:
    vault = house.world.vault(disk, object_type=ObjectType.DISK)
    (backup,) = house.world.back_up(vault, read_bytes=disk.size_bytes)
    return backup
