"""Where a policy may send replicas: a region that takes them, a project of the caller, a vault for them."""

from sqlalchemy import Connection

from holdfast.config import Config
from holdfast.db import vaults
from holdfast.model.errors import (
    DestinationVaultNotFound,
    ProjectNotReplicable,
    RegionNotReplicable,
    VaultNotFound,
)
from holdfast.model.policy import Destination
from holdfast.model.project import Role
from holdfast.model.replication import check_destination
from holdfast.model.vault import Vault

from .context import Context


def regions(config: Config) -> tuple[str, ...]:
    """The regions that take replicas from this one: this installation's own."""
    return (config.region,)


def check(tx: Connection, context: Context, destination: Destination | None) -> None:
    """Refuse a place that no replica reaches; raises RegionNotReplicable or ProjectNotReplicable."""
    if destination is None:
        return
    if destination.region not in regions(context.config):
        raise RegionNotReplicable(destination.region)
    if not _may_change(tx, context, destination.project_id):
        raise ProjectNotReplicable(destination.project_id)


def check_vault(
    tx: Connection, context: Context, source: Vault, destination: Destination | None, vault_id: str
) -> Vault:
    """The vault that takes replicas of what `source` holds; refuses one that cannot.

    Raises what `check` does, DestinationVaultNotFound, or what the model's `check_destination` refuses.
    """
    check(tx, context, destination)
    project_id = destination.project_id if destination else context.project_id
    try:
        vault = vaults.get(tx, project_id, vault_id)
    except VaultNotFound as error:
        raise DestinationVaultNotFound(vault_id) from error
    check_destination(vault, source)
    return vault


def _may_change(tx: Connection, context: Context, project_id: str) -> bool:
    roles = {project.id: role for project, role in context.roles(tx)}
    return roles.get(project_id, Role.READER) is not Role.READER
