"""Orders: what a public cloud would write a bill for. What an order asks of a vault is done at once.

Nothing has a price here. An order that pays itself is paid; for any other one nobody can pay, so vaults stay
what they were, but no order is kept waiting for that. How a vault would be billed is kept in its
`subscription`, in the wire's words; the order is the record of who asked for what, and when.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from . import ids
from .errors import InvalidParameter, VaultNotUpdatable
from .vault import ChargingMode, Vault


class PeriodType(StrEnum):
    """The unit in which a subscription runs."""

    YEAR = "year"
    MONTH = "month"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was ordered for vaults; `asked` is what was said, in the wire's words."""

    id: str
    project_id: str
    vault_ids: tuple[str, ...]
    asked: dict[str, Any]
    created_at: datetime

    @property
    def is_paid(self) -> bool:
        """Whether whoever placed it said that it pays itself."""
        return self.asked.get("is_auto_pay") is True


def placed(project_id: str, vault_ids: tuple[str, ...], asked: Mapping[str, Any], now: datetime) -> Order:
    """A new order for these vaults."""
    return Order(id=ids.new(), project_id=project_id, vault_ids=vault_ids, asked=dict(asked), created_at=now)


def changed(order: Order, asked: Mapping[str, Any]) -> Order:
    """The order after somebody asked for something else under it; what is said no more stays."""
    return msgspec.structs.replace(order, asked={**order.asked, **asked})


def ordered(vault: Vault, order: Order) -> Vault:
    """The vault as this order leaves it: what is said of the bill is kept, the rest of it stays."""
    return msgspec.structs.replace(
        vault, subscription={**vault.subscription, **order.asked, "order_id": order.id}
    )


def subscribed(vault: Vault, order: Order) -> Vault:
    """The vault after an order for a subscription: pre-paid once the order is paid.

    Raises VaultNotUpdatable for a vault that has a subscription already.
    """
    if vault.charging_mode is ChargingMode.PRE_PAID:
        raise VaultNotUpdatable(f"{vault.name} has a subscription")
    mode = ChargingMode.PRE_PAID if order.is_paid else vault.charging_mode
    return msgspec.structs.replace(ordered(vault, order), charging_mode=mode)


def check_is_for(order: Order, vault_id: str, field: str) -> None:
    """Raises InvalidParameter, naming the field, for a vault that the order does not name."""
    if vault_id not in order.vault_ids:
        raise InvalidParameter(field, "is not what the order is for")
