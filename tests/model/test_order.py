"""Orders, and what they make of vaults."""

from datetime import UTC, datetime
from typing import Any

import pytest

from holdfast.model.errors import InvalidParameter
from holdfast.model.order import Order, changed, check_is_for, ordered, placed
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


def test_no_order_makes_a_vault_pre_paid() -> None:
    subscribed = ordered(VAULT, order(charging_mode="pre_paid", is_auto_pay=True))
    assert subscribed.charging_mode is ChargingMode.POST_PAID
    assert subscribed.subscription["charging_mode"] == "pre_paid"


def test_an_order_that_is_changed_keeps_its_id_and_what_was_not_said_again() -> None:
    first = order(product_id="a", is_auto_pay=True)
    second = changed(first, {"product_id": "b"})
    assert (second.id, second.asked) == (first.id, {"product_id": "b", "is_auto_pay": True})


def test_an_order_is_for_its_vaults() -> None:
    check_is_for(order(), "v1", "resourceId")
    with pytest.raises(InvalidParameter) as refused:
        check_is_for(order(), "v2", "resourceId")
    assert refused.value.field == "resourceId"
