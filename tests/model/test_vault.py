"""What a vault takes, and what it refuses."""

from datetime import UTC, datetime

import pytest

from holdfast.model.errors import (
    DuplicateResources,
    ResourceAlreadyProtected,
    ResourceTypeNotSupported,
    TooManyResources,
)
from holdfast.model.resource import GIB, ObjectType, Resource, ResourceType
from holdfast.model.vault import Attachment, Vault

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def a_resource(name: str, kind: ResourceType = ResourceType.FILE_SHARE, size: int = 0) -> Resource:
    return Resource(
        id=name, project_id="p1", name=name, type=kind, provider="x", size_bytes=size, created_at=NOON
    )


def a_vault(held: int = 0, object_type: ObjectType = ObjectType.TURBO) -> Vault:
    return Vault(
        id="v1",
        project_id="p1",
        user_id="u1",
        name="letters",
        object_type=object_type,
        size_gb=10,
        attachments=tuple(
            Attachment(resource_id=str(n), name=str(n), type="OS::Sfs::Turbo", size_gb=2) for n in range(held)
        ),
        created_at=NOON,
    )


def test_a_vault_takes_resources_of_its_kind() -> None:
    a_vault().check_new([a_resource("home"), a_resource("mail")], taken=[])
    a_vault(object_type=ObjectType.SERVER).check_new([a_resource("iron", ResourceType.BARE_METAL)], taken=[])


def test_a_vault_refuses_another_kind() -> None:
    with pytest.raises(ResourceTypeNotSupported):
        a_vault().check_new([a_resource("disk", ResourceType.DISK)], taken=[])


def test_a_resource_is_in_at_most_one_vault() -> None:
    with pytest.raises(ResourceAlreadyProtected, match="home"):
        a_vault().check_new([a_resource("home")], taken=["home"])


def test_a_resource_is_named_once() -> None:
    with pytest.raises(DuplicateResources):
        a_vault().check_new([a_resource("home"), a_resource("home")], taken=[])


def test_a_vault_holds_256_resources() -> None:
    a_vault(held=255).check_new([a_resource("home")], taken=[])
    with pytest.raises(TooManyResources):
        a_vault(held=256).check_new([a_resource("home")], taken=[])


def test_what_is_allocated_is_the_sum_of_the_attached_sizes() -> None:
    assert a_vault(held=3).allocated_gb == 6


@pytest.mark.parametrize(("size", "expected"), [(0, 1), (1, 1), (GIB, 1), (GIB + 1, 2)])
def test_sizes_on_the_wire_are_whole_gigabytes_rounded_up(size: int, expected: int) -> None:
    assert a_resource("home", size=size).size_gb == expected
