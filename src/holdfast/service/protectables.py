"""Protectables: resources as somebody sees them who is about to protect them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec
from sqlalchemy import Connection

from holdfast.db import resources, vaults
from holdfast.db.vaults import VaultFilter
from holdfast.model.errors import (
    DiskNotFound,
    NotFound,
    Refusal,
    ResourceAlreadyProtected,
    ResourceNotFound,
    ServerNotFound,
    ServerWithoutDisks,
)
from holdfast.model.resource import Resource, ResourceType
from holdfast.model.task import Page
from holdfast.model.vault import Vault

from .context import Context


class Protectable(msgspec.Struct, frozen=True, kw_only=True):
    """A resource, its parts, and the vault that it is in, if any."""

    resource: Resource
    parts: tuple[Resource, ...] = ()
    vault: Vault | None = None

    @property
    def id(self) -> str:
        """The resource's id."""
        return self.resource.id

    @property
    def obstacle(self) -> Refusal | None:
        """Why it could not be put into a vault now."""
        if self.vault is not None:
            return ResourceAlreadyProtected(self.vault.name)
        if self.resource.type is ResourceType.SERVER and not self.parts:
            return ServerWithoutDisks(self.resource.name)
        return None


class ProtectableFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which resources of one type; every given condition must hold. `name` matches as a substring."""

    type: ResourceType
    name: str | None = None
    id: str | None = None
    server_id: str | None = None


def find(context: Context, wanted: ProtectableFilter) -> list[Resource]:
    """The project's resources of a type, by name."""
    with context.db.reading() as tx:
        found = resources.find(
            tx,
            context.project_id,
            type=wanted.type,
            ids=None if wanted.id is None else [wanted.id],
            parent_id=wanted.server_id,
            name=wanted.name,
        )
    return sorted(found, key=lambda resource: (resource.name, resource.id))


def describe(context: Context, found: Sequence[Resource]) -> list[Protectable]:
    """The same resources, with their parts and the vaults they are in."""
    with context.db.reading() as tx:
        return _described(tx, context.project_id, found)


def show(context: Context, resource_type: ResourceType, resource_id: str) -> Protectable:
    """One resource of a type; raises ServerNotFound, DiskNotFound or, of other types, ResourceNotFound."""
    with context.db.reading() as tx:
        found = resources.find(tx, context.project_id, type=resource_type, ids=[resource_id])
        if not found:
            raise _MISSING.get(resource_type, ResourceNotFound)(resource_id)
        return _described(tx, context.project_id, found)[0]


_MISSING: Mapping[ResourceType, type[NotFound]] = MappingProxyType(
    {ResourceType.SERVER: ServerNotFound, ResourceType.DISK: DiskNotFound}
)


def _described(tx: Connection, project_id: str, found: Sequence[Resource]) -> list[Protectable]:
    homes = _homes(tx, project_id, [resource.id for resource in found])
    servers = [resource.id for resource in found if resource.type is ResourceType.SERVER]
    parts = resources.parts(tx, servers)
    return [
        Protectable(
            resource=resource,
            parts=tuple(parts.get((project_id, resource.id), ())),
            vault=homes.get(resource.id),
        )
        for resource in found
    ]


def _homes(tx: Connection, project_id: str, resource_ids: Sequence[str]) -> Mapping[str, Vault]:
    """The vault of each resource that is in one."""
    if not resource_ids:
        return {}
    holding = vaults.find(tx, VaultFilter(project_id=project_id, resource_ids=tuple(resource_ids)), Page())
    return {one.resource_id: vault for vault in holding for one in vault.attachments}
