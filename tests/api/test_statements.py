"""A page of a list takes as many statements however long it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.api.asking import House
from tests.api.test_organization_policies import body as laid_down
from tests.api.test_policies import body as policy_body
from tests.api.test_replication import replicate
from tests.statements import noted

from holdfast.model.resource import ObjectType
from holdfast.model.tag import Tag
from holdfast.model.vault import ProtectType, Vault

# What is asked of the database does not depend on which one it is.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def counting(house: House) -> Iterator[list[str]]:
    """What the database is asked while the context is open."""
    with noted(house.world.db) as statements:
        yield statements


def statements(house: House, path: str, **parameters: Any) -> list[str]:
    with counting(house) as told:
        house.ask("GET", path, **parameters)
    return told


LISTS: list[tuple[str, dict[str, Any]]] = [
    ("/vaults", {}),
    ("/backups", {}),
    ("/backups", {"show_replication": "true"}),
    ("/backups", {"own_type": "all_granted"}),
    ("/protectables/server/instances", {}),
    ("/protectables/disk/instances", {}),
    ("/operation-logs", {}),
    ("/policies", {}),
    ("/organization-policies", {"operation_type": "backup"}),
    ("/resources", {}),
    ("/storage_usage", {}),
    ("/vault/tags", {}),
    ("/agents", {}),
]


def fill(house: House, to: Vault, *numbers: int) -> None:
    """One more of everything for each of the numbers."""
    world = house.world
    for number in numbers:
        web = world.server(f"web-{number}", disks=1)
        tags = (Tag(f"k{number}", "v"), Tag("k", "v"))
        vault = world.vault(web, name=f"v{number}", object_type=ObjectType.SERVER, tags=tags)
        backup = world.back_up_server(vault, web)
        replicate(house, backup, to)
        house.ask("POST", f"/backups/{backup.id}/members", {"members": [world.red.id]})
        made = house.ask("POST", "/policies", policy_body(name=f"p{number}"))["policy"]
        house.ask("POST", f"/vaults/{vault.id}/associatepolicy", {"policy_id": made["id"]})
        house.ask("POST", "/organization-policies", laid_down(effective_scope="all"))
        house.ask("POST", f"/vaults/{vault.id}/removeresources", {"resource_ids": [web.id]})


def test_a_list_takes_as_many_statements_however_long_it_is(house: House) -> None:
    to = house.world.vault(
        name="replicas", object_type=ObjectType.SERVER, protect_type=ProtectType.REPLICATION
    )
    fill(house, to, 1, 2)
    few = [statements(house, path, **parameters) for path, parameters in LISTS]
    fill(house, to, 3, 4, 5, 6)
    many = [statements(house, path, **parameters) for path, parameters in LISTS]
    found = {
        (path, *parameters): (len(one), len(other), other[-1])
        for (path, parameters), one, other in zip(LISTS, few, many, strict=True)
        if len(other) > len(one)
    }
    assert found == {}
