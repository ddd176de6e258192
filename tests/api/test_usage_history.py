"""How vaults fill, on the wire."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.api.asking import House
from tests.statements import noted

from holdfast.db import vaults
from holdfast.db.usage_tables import vault_usage
from holdfast.model import clock
from holdfast.model.vault import Vault

GIB = 1 << 30
DAY = timedelta(days=1)


def filled(house: House, vault: Vault, *held: int) -> None:
    """The vault held so many GiB on the last days, the last of them today."""
    today = clock.now().date()
    with house.world.db.transaction() as tx:
        tx.execute(sa.delete(vault_usage).where(vault_usage.c.vault_id == vault.id))
        vaults.set_used(tx, vault.id, held[-1] * GIB)
        for ago, one in enumerate(reversed(held[:-1]), 1):
            row = {"vault_id": vault.id, "day": today - ago * DAY, "used_bytes": one * GIB}
            tx.execute(sa.insert(vault_usage).values(row))


def told(house: House, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.ask("GET", "/holdfast/usage-history", **parameters)["usage_history"]
    return found


def test_a_vault_that_fills_says_when_it_is_full(house: House) -> None:
    vault = house.world.vault(name="letters", size_gb=100)
    filled(house, vault, 10, 20, 30, 40)
    today = clock.now().date()
    assert told(house) == [
        {
            "vault_id": vault.id,
            "vault_name": "letters",
            "capacity_bytes": 100 * GIB,
            "days": [
                {"day": f"{today - (3 - n) * DAY}", "used_bytes": held * GIB}
                for n, held in enumerate((10, 20, 30, 40))
            ],
            "bytes_per_day": 10 * GIB,
            "full_at": f"{today + 6 * DAY}T00:00:00.000000",
        }
    ]
    (short,) = told(house, days=1)
    assert short["days"] == [{"day": f"{today}", "used_bytes": 40 * GIB}]
    assert (short["bytes_per_day"], short["full_at"]) == (10 * GIB, f"{today + 6 * DAY}T00:00:00.000000")


def test_a_new_vault_has_one_day_and_no_growth(house: House) -> None:
    house.world.vault(name="new")
    (new,) = told(house)
    assert new["days"] == [{"day": f"{clock.now().date()}", "used_bytes": 0}]
    assert new["bytes_per_day"] is new["full_at"] is None


@pytest.mark.parametrize(
    "endless", [{"auto_expand": True}, {"demand_billing": True}, {"size_gb": 10_485_760}]
)
def test_what_never_gets_full_says_so(house: House, endless: dict[str, Any]) -> None:
    vault = house.world.vault(name="grows", **endless)
    filled(house, vault, 10, 20, 30)
    (grows,) = told(house)
    assert grows["capacity_bytes"] is grows["full_at"] is None
    assert grows["bytes_per_day"] == 10 * GIB


def test_some_vaults_are_asked_for_and_the_others_are_in_pages(house: House) -> None:
    made = [house.world.vault(name=f"v{number}") for number in range(3)]
    listed = [one["id"] for one in house.ask("GET", "/vaults")["vaults"]]
    assert [one["vault_id"] for one in told(house)] == listed
    assert [one["vault_id"] for one in told(house, limit=1, offset=1)] == listed[1:2]
    two = told(house, vault_id=f"{made[0].id},{made[2].id},none")
    assert {one["vault_id"] for one in two} == {made[0].id, made[2].id}
    assert told(house, vault_id="none") == []
    assert house.ask("GET", "/holdfast/usage-history", limit=2)["count"] == 3


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"days": 3661}, {"days": "x"}, {"vault_id": ""}, {"limit": 0}, {"marker": "none"}]
)
def test_what_is_malformed_is_refused_by_name(house: House, wrong: dict[str, Any]) -> None:
    status, code, message = house.refused("GET", "/holdfast/usage-history", **wrong)
    assert (status, code) == (400, "9900")
    assert next(iter(wrong)) in message


def test_other_projects_see_nothing_of_it(house: House) -> None:
    vault = house.world.vault(name="mine")
    asked = {"who": "stranger", "project": house.world.red}
    assert told(house, **asked) == told(house, vault_id=vault.id, **asked) == []


def test_many_vaults_take_as_many_statements_as_one(house: House) -> None:
    counts = []
    for _ in range(2):
        house.world.vault(name="another")
        with noted(house.world.db) as statements:
            told(house)
        counts.append(len(statements))
    assert counts[0] == counts[1]
