"""Orders: what a public cloud would write a bill for. What an order asks of a vault is done at once.

Nothing has a price here, so no order waits for a payment, and none makes a vault pre-paid. What was said of
the bill is kept in the vault's `subscription`, in the wire's words; the order is the record of what was asked
for, and when.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from . import ids
from .errors import InvalidParameter
from .vault import Vault


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


def check_is_for(order: Order, vault_id: str, field: str) -> None:
    """Raises InvalidParameter, naming the field, for a vault that the order does not name."""
    if vault_id not in order.vault_ids:
        raise InvalidParameter(field, "is not what the order is for")
