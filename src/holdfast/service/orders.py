"""Orders as a caller may ask for them: done at once, recorded, and never billed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from holdfast.db import orders, vaults
from holdfast.model import clock
from holdfast.model import order as rules
from holdfast.model.order import Order
from holdfast.model.vault import Vault, VaultChange, check_named_once

from . import vaults as making
from .context import Context
from .vaults import NewVault


def create(context: Context, asked: NewVault) -> Order:
    """Order a vault, which is there when this returns; raises what `vaults.create` raises."""
    with context.changing() as tx:
        vault = making.make(tx, context, asked)
        order = rules.placed(context.project_id, (vault.id,), asked.subscription, clock.now())
        vaults.replace(tx, rules.ordered(vault, order))
        orders.add(tx, order)
    return order


def subscribe(context: Context, vault_ids: Sequence[str], asked: Mapping[str, Any]) -> Order:
    """Order a subscription for vaults, all or none. It is kept, and nothing is billed in another way.

    Raises NotAllowed, DuplicateResources, VaultNotFound, VaultBeingDeleted or VaultNotUpdatable.
    """
    check_named_once(vault_ids)
    with context.changing() as tx:
        order = rules.placed(context.project_id, tuple(vault_ids), asked, clock.now())
        for vault_id in vault_ids:
            vault = vaults.get(tx, context.project_id, vault_id)
            vault.check_open()
            vaults.replace(tx, rules.ordered(vault, order))
        orders.add(tx, order)
    return order


def resize(context: Context, vault_id: str, size_gb: int, asked: Mapping[str, Any]) -> Order:
    """Order another size for a vault, which has it when this returns.

    Raises NotAllowed, VaultNotFound, or what `Vault.changed` refuses.
    """
    with context.changing() as tx:
        order = rules.placed(context.project_id, (vault_id,), asked, clock.now())
        _resize(tx, vaults.get(tx, context.project_id, vault_id), size_gb, order)
        orders.add(tx, order)
    return order


def change(context: Context, order_id: str, vault_id: str, size_gb: int, asked: Mapping[str, Any]) -> Order:
    """Change an order: the vault that it is for has the new size when this returns.

    Raises NotAllowed, OrderNotFound, InvalidParameter for another vault, VaultNotFound, or what
    `Vault.changed` refuses.
    """
    with context.changing() as tx:
        order = rules.changed(orders.get(tx, context.project_id, order_id), asked)
        rules.check_is_for(order, vault_id, "resourceId")
        _resize(tx, vaults.get(tx, context.project_id, vault_id), size_gb, order)
        orders.replace(tx, order)
    return order


def _resize(tx: Connection, vault: Vault, size_gb: int, order: Order) -> None:
    vaults.replace(tx, rules.ordered(vault.changed(VaultChange(size_gb=size_gb)), order))
