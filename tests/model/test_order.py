"""Orders, and what they make of vaults."""

from datetime import UTC, datetime
from typing import Any

import pytest

from holdfast.model.errors import InvalidParameter, VaultNotUpdatable
from holdfast.model.order import Order, changed, check_is_for, ordered, placed, subscribed
from holdfast.model.resource import ObjectType
from holdfast.model.vault import ChargingMode, Vault

NOW = datetime(2026, 1, 2, tzinfo=UTC)
VAULT = Vault(
    id="v1",
    project_id="p1",
    user_id="u1",
    name="mine",
    object_type=ObjectType.TURBO,
    size_gb=100,
    subscription={"product_id": "old", "period_num": 1},
    created_at=NOW,
)


def order(**asked: Any) -> Order:
    return placed("p1", ("v1",), asked, NOW)


def test_what_an_order_says_of_the_bill_is_kept_with_the_vault() -> None:
    new = order(product_id="new")
    told = ordered(VAULT, new).subscription
    assert told == {"product_id": "new", "period_num": 1, "order_id": new.id}


@pytest.mark.parametrize(
    ("asked", "mode"),
    [
        ({"is_auto_pay": True}, ChargingMode.PRE_PAID),
        ({"is_auto_pay": False}, ChargingMode.POST_PAID),
        ({}, ChargingMode.POST_PAID),
    ],
)
def test_a_vault_is_pre_paid_once_its_order_is_paid(asked: Any, mode: ChargingMode) -> None:
    assert subscribed(VAULT, order(**asked)).charging_mode is mode


def test_a_vault_has_one_subscription() -> None:
    with pytest.raises(VaultNotUpdatable):
        subscribed(subscribed(VAULT, order(is_auto_pay=True)), order(is_auto_pay=True))


def test_an_order_that_is_changed_keeps_its_id_and_what_was_not_said_again() -> None:
    first = order(product_id="a", is_auto_pay=True)
    second = changed(first, {"product_id": "b"})
    assert (second.id, second.asked) == (first.id, {"product_id": "b", "is_auto_pay": True})


def test_an_order_is_for_its_vaults() -> None:
    check_is_for(order(), "v1", "resourceId")
    with pytest.raises(InvalidParameter) as refused:
        check_is_for(order(), "v2", "resourceId")
    assert refused.value.field == "resourceId"
