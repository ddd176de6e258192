"""Where a policy may send replicas: a region that takes them, a project, a vault for them.

In this region the project must be one of the caller's. In another one it is the account of the configuration
that must have the right; that region is asked before a transaction begins, never in one.
"""

from collections.abc import Callable, Collection

import msgspec
from sqlalchemy import Connection

from holdfast.config import Config
from holdfast.db import vaults
from holdfast.model import clock
from holdfast.model.errors import (
    DestinationVaultNotFound,
    ProjectNotReplicable,
    RegionNotReplicable,
    VaultNotFound,
)
from holdfast.model.policy import Destination
from holdfast.model.project import Role
from holdfast.model.replication import check_destination
from holdfast.model.vault import ProtectType, Vault

from . import remote_regions
from .context import Context


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What another region told a moment ago: the vault, and which of our replicas are in it."""

    vault: Vault
    replicas: Collection[str] = frozenset()


def regions(config: Config) -> tuple[str, ...]:
    """The regions that take replicas from this one: this installation's own, and those it is told of."""
    return (config.region, *(region.name for region in config.remote_regions))


def is_elsewhere(config: Config, destination: Destination | None) -> bool:
    """Whether another installation takes the replicas."""
    return destination is not None and destination.region != config.region


def look(
    context: Context,
    destination: Destination | None,
    vault_id: str,
    made: Callable[[Connection], Collection[str]] = lambda _: (),
) -> Seen | None:
    """Ask another region for a vault, and which of the replicas that were `made` are in it still.

    None where the destination is in this region. No transaction may be open. Raises NotAllowed for a reader,
    RegionNotReplicable, ProjectNotReplicable, DestinationVaultNotFound, RegionUnavailable or RegionRefused.
    """
    if destination is None or not is_elsewhere(context.config, destination):
        return None
    context.check_may_change()
    _check_region(context, destination)
    with remote_regions.asking(context.config, destination) as elsewhere:
        vault = elsewhere.vault(vault_id)
        with context.db.reading() as tx:
            replicas = made(tx)
        return Seen(vault=vault, replicas=elsewhere.kept(vault_id, replicas))


def check(tx: Connection, context: Context, destination: Destination | None) -> None:
    """Refuse a place that no replica reaches; raises RegionNotReplicable or ProjectNotReplicable.

    Whether a project of another region takes replicas, that region says when it is asked for a vault.
    """
    if destination is None:
        return
    _check_region(context, destination)
    if is_elsewhere(context.config, destination):
        return
    if not _may_change(tx, context, destination.project_id):
        raise ProjectNotReplicable(destination.project_id)


def check_vault(
    tx: Connection,
    context: Context,
    source: Vault,
    destination: Destination | None,
    aim: "str | Seen",
) -> Vault:
    """The vault that takes replicas of what `source` holds, by its id, or as it was seen in another region.

    Raises what `check` does, DestinationVaultNotFound, or what the model's `check_destination` refuses.
    """
    check(tx, context, destination)
    vault = aim.vault if isinstance(aim, Seen) else _vault(tx, context, source, destination, aim)
    check_destination(vault, source)
    return vault


def _vault(
    tx: Connection, context: Context, source: Vault, destination: Destination | None, vault_id: str
) -> Vault:
    if destination is not None and is_elsewhere(context.config, destination):
        return _unseen(source, destination, vault_id)
    project_id = destination.project_id if destination else context.project_id
    try:
        return vaults.get(tx, project_id, vault_id)
    except VaultNotFound as error:
        raise DestinationVaultNotFound(vault_id) from error


def _unseen(source: Vault, destination: Destination, vault_id: str) -> Vault:
    """A vault of another region as it must be to take replicas: a schedule does not wait to find out, and
    its task learns of it."""
    return Vault(
        id=vault_id,
        project_id=destination.project_id,
        user_id="",
        name="",
        object_type=source.object_type,
        protect_type=ProtectType.REPLICATION,
        size_gb=1,
        created_at=clock.now(),
    )


def _check_region(context: Context, destination: Destination) -> None:
    if not is_elsewhere(context.config, destination):
        return
    region = remote_regions.named(context.config, destination.region)
    if not region.serves(context.project_id):
        raise RegionNotReplicable(destination.region)


def _may_change(tx: Connection, context: Context, project_id: str) -> bool:
    if context.caller.is_house:
        return True
    roles = {project.id: role for project, role in context.roles(tx)}
    return roles.get(project_id, Role.READER) is not Role.READER
