"""Orders: done at once, recorded, and never billed."""

from typing import Any

import msgspec
import pytest
from tests.api.asking import House

from holdfast.db import orders, vaults
from holdfast.model.vault import VaultState

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BILLING = {
    "charging_mode": "pre_paid",
    "consistent_level": "crash_consistent",
    "object_type": "turbo",
    "protect_type": "backup",
    "size": 80,
    "period_type": "month",
    "period_num": 1,
    "is_auto_pay": True,
}


def order(house: House, billing: Any = BILLING, **said: Any) -> Any:
    asked = {"name": "mine", "resources": [], "billing": billing, **said}
    return house.ask("POST", "/vaults/order", {"vault": asked})


def shown(house: House, vault_id: str) -> Any:
    return house.ask("GET", f"/vaults/{vault_id}")["vault"]


def snake(vault_id: str, size: int, **more: Any) -> dict[str, Any]:
    product = {"product_id": "p-1", "resource_size": size, "resource_spec_code": "vault.backup.turbo.normal"}
    return {"resource_id": vault_id, "product_info": product | more}


def camel(vault_id: str, size: int, **more: Any) -> dict[str, Any]:
    product = {"productId": "p-2", "resourceSize": size, "resourceSpecCode": "vault.backup.turbo.normal"}
    return {"resourceId": vault_id, "productInfo": product | more}


def subscription(*vault_ids: str, **said: Any) -> dict[str, Any]:
    return {
        "charging_mode": "pre_paid",
        "period_type": "year",
        "period_num": 2,
        "is_auto_renew": True,
        "is_auto_pay": True,
        "vault_ids": list(vault_ids),
        **said,
    }


def test_an_ordered_vault_is_there(house: House) -> None:
    letters = house.world.directory()
    told = order(house, resources=[{"id": letters.id, "type": "OS::Sfs::Turbo"}])
    assert (told["retCode"], told["errText"], told["error_code"]) == (0, "success", "0")
    (placed,) = told["orders"]
    assert (placed["subscribeResult"], placed["cloudServiceId"]) == (1, "cbr")
    vault = shown(house, placed["resourceId"])
    assert (vault["name"], vault["billing"]["size"]) == ("mine", 80)
    assert (vault["billing"]["charging_mode"], vault["billing"]["order_id"]) == (
        "post_paid",
        placed["orderId"],
    )
    assert [one["id"] for one in vault["resources"]] == [letters.id]


def test_the_description_of_an_order_may_be_longer_than_that_of_a_vault(house: House) -> None:
    (placed,) = order(house, description="d" * 255)["orders"]
    assert shown(house, placed["resourceId"])["description"] == "d" * 255
    asked = {"name": "mine", "resources": [], "billing": BILLING, "description": "d" * 256}
    assert "vault.description" in house.refused("POST", "/vaults/order", {"vault": asked})[2]


def test_an_ordered_vault_needs_no_name(house: House) -> None:
    asked = {"resources": [], "billing": {**BILLING, "charging_mode": "post_paid"}}
    names = set()
    for _ in range(2):
        (placed,) = house.ask("POST", "/vaults/order", {"vault": asked})["orders"]
        names.add(shown(house, placed["resourceId"])["name"])
    assert len(names) == 2


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"billing": {**BILLING, "size": 0}}, "6101", ""),
        ({"billing": {**BILLING, "period_num": 10}}, "9900", "vault.billing.period_num"),
        ({"billing": {**BILLING, "period_type": "week"}}, "9900", "vault.billing.period_type"),
        ({"billing": {k: v for k, v in BILLING.items() if k != "period_num"}}, "9900", "period_num"),
        ({"resources": None}, "9900", "vault.resources"),
        ({"name": "a b"}, "9900", "vault.name"),
    ],
)
def test_a_wrong_order_is_named_and_makes_nothing(house: House, change: Any, code: str, field: str) -> None:
    asked = {"name": "mine", "resources": [], "billing": BILLING, **change}
    status, told, message = house.refused("POST", "/vaults/order", {"vault": asked})
    assert (status, told) == (400, code)
    assert field in message
    assert house.ask("GET", "/vaults")["count"] == 0


def test_a_subscription_is_kept_and_changes_nothing_but_the_order_of_its_vaults(house: House) -> None:
    before = [shown(house, house.world.vault(name=name).id) for name in ("one", "two")]
    asked = subscription(*(vault["id"] for vault in before))
    for _ in range(2):
        told = house.ask("POST", "/vaults/change-charge-mode", asked)
        assert (told["retCode"], told["retMsg"]) == (0, "success")
        for vault in before:
            ordered = {**vault, "billing": {**vault["billing"], "order_id": told["orderId"]}}
            assert shown(house, vault["id"]) == ordered
    with house.world.db.reading() as tx:
        kept = vaults.get(tx, house.world.blue.id, before[0]["id"]).subscription
        order = orders.get(tx, house.world.blue.id, told["orderId"])
    said = {name: value for name, value in asked.items() if name != "vault_ids"}
    assert kept == {**said, "order_id": told["orderId"]}
    assert (order.asked, list(order.vault_ids)) == (said, asked["vault_ids"])


@pytest.mark.parametrize("said", [{"is_auto_pay": True}, {"is_auto_pay": False}, {"is_auto_pay": None}])
def test_nobody_is_billed_in_advance_whoever_pays(house: House, said: Any) -> None:
    (placed,) = order(house, {**BILLING, **said})["orders"]
    assert shown(house, placed["resourceId"])["billing"]["charging_mode"] == "post_paid"
    with house.world.db.reading() as tx:
        kept = vaults.get(tx, house.world.blue.id, placed["resourceId"]).subscription
    assert (kept["charging_mode"], kept["period_type"], kept["period_num"]) == ("pre_paid", "month", 1)


def test_a_subscription_is_for_all_vaults_or_for_none(house: House) -> None:
    one, two = (house.world.vault(name=name) for name in ("one", "two"))
    with house.world.db.transaction() as tx:
        vaults.replace(tx, msgspec.structs.replace(two, status=VaultState.FROZEN))
    for others, status, code in (
        ((two.id,), 400, "6110"),
        (("none",), 404, "6105"),
        ((one.id,), 400, "6104"),
    ):
        refused = house.refused("POST", "/vaults/change-charge-mode", subscription(one.id, *others))
        assert refused[:2] == (status, code)
    assert shown(house, one.id)["billing"]["order_id"] is None


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"charging_mode": "post_paid"}, "charging_mode"),
        ({"period_type": "week"}, "period_type"),
        ({"period_num": 0}, "period_num"),
        ({"vault_ids": []}, "vault_ids"),
        ({"vault_ids": [str(n) for n in range(61)]}, "vault_ids"),
    ],
)
def test_a_wrong_subscription_is_named(house: House, said: Any, field: str) -> None:
    refused = house.refused("POST", "/vaults/change-charge-mode", subscription("v", **said))
    assert refused[:2] == (400, "9900")
    assert f" {field}: " in refused[2]


@pytest.mark.parametrize("spelled", [snake, camel])
def test_an_order_for_another_size_is_done_at_once(house: House, spelled: Any) -> None:
    vault = house.world.vault()
    told = house.ask("POST", "/orders/change", spelled(vault.id, 250))
    assert (told["retCode"], told["retMsg"]) == (0, "success")
    billing = shown(house, vault.id)["billing"]
    assert (billing["size"], billing["order_id"]) == (250, told["orderId"])
    assert billing["product_id"] in ("p-1", "p-2")
    assert billing["charging_mode"] == "post_paid"


def test_an_order_is_changed_under_its_id(house: House) -> None:
    vault = house.world.vault()
    placed = house.ask("POST", "/orders/change", snake(vault.id, 250))["orderId"]
    told = house.ask("PUT", f"/orders/{placed}", camel(vault.id, 300))
    assert told == {"orderId": placed, "retCode": "0", "retMsg": "success"}
    assert shown(house, vault.id)["billing"]["size"] == 300
    (first,) = order(house)["orders"]
    house.ask("PUT", f"/orders/{first['orderId']}", camel(first["resourceId"], 90))
    assert shown(house, first["resourceId"])["billing"]["size"] == 90


def test_an_order_that_nobody_placed_is_not_changed(house: House) -> None:
    vault = house.world.vault()
    refused = house.refused("PUT", "/orders/none", camel(vault.id, 300))
    assert refused == (400, "6109", "The bill does not exist.")
    placed = house.ask("POST", "/orders/change", snake(vault.id, 250))["orderId"]
    elsewhere = house.refused(
        "PUT", f"/orders/{placed}", camel(vault.id, 300), who="stranger", project=house.world.red
    )
    assert elsewhere[:2] == (400, "6109")
    other = house.refused("PUT", f"/orders/{placed}", camel("another", 300))
    assert other[:2] == (400, "9900")
    assert "resourceId" in other[2]
    assert shown(house, vault.id)["billing"]["size"] == 250


def test_a_size_that_no_vault_has_is_refused(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    for size in (0, 10_485_761):
        refused = house.refused("POST", "/orders/change", snake(vault.id, size))
        assert refused[:2] == (400, "9900")
        assert "product_info.resource_size" in refused[2]
    wrong = house.refused("POST", "/orders/change", snake(vault.id, 50, resource_spec_code="vault.tape"))
    assert "product_info.resource_spec_code" in wrong[2]
    assert house.refused("POST", "/orders/change", snake("none", 50))[:2] == (404, "6105")
    assert "product_info" in house.refused("POST", "/orders/change", {"resource_id": vault.id})[2]
    assert shown(house, vault.id)["billing"]["size"] == 100


def test_a_reader_orders_nothing(house: House) -> None:
    vault = house.world.vault()
    asked = {"vault": {"name": "mine", "resources": [], "billing": BILLING}}
    for method, path, body in (
        ("POST", "/vaults/order", asked),
        ("POST", "/vaults/change-charge-mode", subscription(vault.id)),
        ("POST", "/orders/change", snake(vault.id, 250)),
        ("PUT", "/orders/none", camel(vault.id, 250)),
    ):
        assert house.refused(method, path, body, who="reader")[:2] == (403, "8600")
