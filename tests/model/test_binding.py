"""Automatic binding: which vault takes a resource by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdfast.model.binding import Binding, matches, plan
from holdfast.model.resource import ObjectType, Resource, ResourceType
from holdfast.model.tag import Tag
from holdfast.model.vault import MAX_RESOURCES, Attachment, ProtectType, Vault, VaultState

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def vault(name: str = "v", hours: int = 0, **given: Any) -> Vault:
    values: dict[str, Any] = {
        "id": name,
        "project_id": "blue",
        "user_id": "u",
        "name": name,
        "object_type": ObjectType.TURBO,
        "size_gb": 1,
        "auto_bind": True,
        "created_at": NOON + timedelta(hours=hours),
    }
    return Vault(**values | given)


def resource(name: str = "letters", **given: Any) -> Resource:
    values: dict[str, Any] = {
        "id": name,
        "project_id": "blue",
        "name": name,
        "type": ResourceType.FILE_SHARE,
        "provider": "directory",
        "created_at": NOON,
    }
    return Resource(**values | given)


def attached(count: int) -> tuple[Attachment, ...]:
    return tuple(Attachment(resource_id=f"r{number}", name="r", type="t") for number in range(count))


def test_a_resource_goes_into_the_oldest_vault_that_takes_it() -> None:
    one = resource()
    assert plan([vault("young", 2), vault("old", 1)], [one]) == [Binding("old", one)]


def test_a_vault_that_is_full_leaves_the_rest_to_the_next_one() -> None:
    old, young = vault("old", attachments=attached(MAX_RESOURCES - 1)), vault("young", 1)
    first, second = resource("first"), resource("second")
    assert plan([old, young], [first, second]) == [Binding("old", first), Binding("young", second)]


@pytest.mark.parametrize(
    "given",
    [
        {"auto_bind": False},
        {"status": VaultState.DELETING},
        {"status": VaultState.ERROR},
        {"protect_type": ProtectType.REPLICATION},
        {"object_type": ObjectType.DISK},
        {"bind_rules": (Tag("backup", "yes"),)},
        {"attachments": attached(MAX_RESOURCES)},
    ],
)
def test_a_vault_that_does_not_take_it_is_passed_by(given: dict[str, Any]) -> None:
    assert plan([vault(**given)], [resource()]) == []


def test_a_servers_disk_is_backed_up_with_its_server() -> None:
    disk = resource(type=ResourceType.DISK, parent_id="web")
    assert plan([vault(object_type=ObjectType.DISK)], [disk]) == []


@pytest.mark.parametrize(
    ("rules", "tags", "fulfilled"),
    [
        ([], [], True),
        ([Tag("a", "1")], [Tag("a", "1"), Tag("b", "2")], True),
        ([Tag("a", "1")], [Tag("a", "2")], False),
        ([Tag("a", "1"), Tag("b", "2")], [Tag("a", "1")], False),
        ([Tag("a", "1"), Tag("a", "2")], [Tag("a", "2")], True),
        ([Tag("a", "")], [Tag("a", "")], True),
        ([Tag("a", "")], [], False),
    ],
)
def test_of_every_key_of_the_rules_one_value_must_be_there(
    rules: list[Tag], tags: list[Tag], fulfilled: object
) -> None:
    assert matches(rules, tags) is fulfilled
