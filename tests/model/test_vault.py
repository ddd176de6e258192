"""What a vault takes, and what it refuses."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from holdfast.model.errors import (
    DuplicateResources,
    InvalidCapacity,
    Refusal,
    ResourceAlreadyProtected,
    ResourceNotInVault,
    ResourceTypeNotSupported,
    TooManyResources,
    VaultBeingDeleted,
    VaultNotRestorable,
    VaultNotUpdatable,
    VaultTakesNoResources,
)
from holdfast.model.resource import GIB, ObjectType, Resource, ResourceType
from holdfast.model.vault import (
    MOST_SIZE_GB,
    Attachment,
    ProtectType,
    Vault,
    VaultChange,
    VaultState,
)

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


# ── status ──


@pytest.mark.parametrize(
    ("status", "change", "attach"),
    [
        (VaultState.AVAILABLE, None, None),
        (VaultState.LOCK, None, None),
        (VaultState.DELETING, VaultBeingDeleted, VaultBeingDeleted),
        (VaultState.ERROR, VaultNotUpdatable, VaultTakesNoResources),
        (VaultState.FROZEN, VaultNotUpdatable, VaultTakesNoResources),
    ],
)
def test_only_a_vault_at_work_is_changed_filled_or_restored_from(
    status: VaultState, change: type[Refusal] | None, attach: type[Refusal] | None
) -> None:
    vault = replace(a_vault(), status=status)
    assert vault.is_open is (change is None)
    for refusal, asked in (
        (change, lambda: vault.changed(VaultChange(name="other"))),
        (attach, lambda: vault.check_takes(["home"])),
        (change and VaultNotRestorable, vault.check_restorable),
    ):
        if refusal is None:
            asked()
        else:
            with pytest.raises(refusal):
                asked()


def test_a_vault_for_replicas_takes_no_resources_but_may_be_given_none() -> None:
    vault = replace(a_vault(), protect_type=ProtectType.REPLICATION)
    vault.check_takes([])
    with pytest.raises(VaultTakesNoResources):
        vault.check_takes(["home"])


def test_the_attachments_of_some_resources_are_told_if_all_are_there() -> None:
    vault = a_vault(held=2)
    assert [one.resource_id for one in vault.check_holds(["1", "0"])] == ["1", "0"]
    with pytest.raises(ResourceNotInVault, match="home"):
        vault.check_holds(["1", "home"])
    with pytest.raises(DuplicateResources, match="1"):
        vault.check_holds(["1", "1"])


# ── change ──


def test_what_a_change_does_not_name_stays() -> None:
    vault = replace(a_vault(held=1), threshold=5, auto_expand=True)
    assert vault.changed(VaultChange()) == vault
    changed = vault.changed(VaultChange(name="other", auto_expand=False, size_gb=7))
    assert changed == replace(vault, name="other", auto_expand=False, size_gb=7)


def test_a_locked_vault_stays_locked() -> None:
    locked = a_vault().changed(VaultChange(locked=True))
    assert locked.changed(VaultChange(locked=True, name="x")).locked
    with pytest.raises(VaultNotUpdatable):
        locked.changed(VaultChange(locked=False))


def test_while_a_vault_gets_another_size_it_gets_no_third_one() -> None:
    vault = replace(a_vault(), status=VaultState.LOCK)
    assert vault.changed(VaultChange(size_gb=10)) == vault
    with pytest.raises(VaultNotUpdatable):
        vault.changed(VaultChange(size_gb=11))


@pytest.mark.parametrize("size_gb", [0, -1, MOST_SIZE_GB + 1])
def test_a_size_that_no_vault_has_is_refused(size_gb: int) -> None:
    with pytest.raises(InvalidCapacity):
        a_vault().changed(VaultChange(size_gb=size_gb))


def test_a_vault_is_never_smaller_than_what_it_holds() -> None:
    vault = replace(a_vault(), used_bytes=5 * GIB)
    assert vault.changed(VaultChange(size_gb=5)).size_gb == 5
    with pytest.raises(InvalidCapacity):
        vault.changed(VaultChange(size_gb=4))


def test_a_vault_does_not_shrink_below_what_is_allocated_but_may_grow_towards_it() -> None:
    assert a_vault(held=3).changed(VaultChange(size_gb=6)).size_gb == 6
    with pytest.raises(InvalidCapacity):
        a_vault(held=3).changed(VaultChange(size_gb=5))
    tight = a_vault(held=20)
    assert tight.changed(VaultChange(size_gb=20)).size_gb == 20


# ── room ──


def test_a_vault_is_full_at_its_size() -> None:
    assert not replace(a_vault(), used_bytes=10 * GIB - 1).is_full
    assert replace(a_vault(), used_bytes=10 * GIB).is_full
    assert not replace(a_vault(), used_bytes=10 * GIB, auto_expand=True).is_full


@given(
    size_gb=some.integers(1, MOST_SIZE_GB), used=some.integers(0, 2 * MOST_SIZE_GB * GIB), rest=some.data()
)
def test_a_vault_that_grows_has_room_up_to_the_largest_size(size_gb: int, used: int, rest: Any) -> None:
    vault = replace(a_vault(), size_gb=size_gb, auto_expand=rest.draw(some.booleans()))
    size = vault.size_for(used)
    assert size_gb <= size <= MOST_SIZE_GB
    if used < size_gb * GIB or not vault.auto_expand:
        assert size == size_gb
    assert vault.has_room(used) is (used < (MOST_SIZE_GB if vault.auto_expand else size_gb) * GIB)


def test_a_vault_may_hold_more_than_its_size_on_demand() -> None:
    vault = replace(a_vault(), used_bytes=99 * GIB)
    assert vault.is_full
    on_demand = replace(vault, demand_billing=True)
    assert not on_demand.is_full
    assert on_demand.size_for(99 * GIB) == vault.size_gb


def test_a_threshold_is_per_cent_of_the_size() -> None:
    vault = replace(a_vault(), threshold=80)
    assert not vault.is_used_beyond_threshold(8 * GIB - 1)
    assert vault.is_used_beyond_threshold(8 * GIB)
