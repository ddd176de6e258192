"""What a share asks of its receiver, and of the vault that takes it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.model import clock
from holdfast.model.errors import (
    AlreadyShared,
    InvalidMemberStatus,
    InvalidParameter,
    InvalidReceiver,
    ReceivingVaultMismatch,
    ShareLimitReached,
    VaultCannotShare,
    VaultFull,
)
from holdfast.model.member import (
    MAX_MEMBERS,
    Answer,
    MemberStatus,
    answer_of,
    check_receivers,
    check_receiving,
)
from holdfast.model.resource import DISK_PROVIDER, GIB, SERVER_PROVIDER, ObjectType
from holdfast.model.vault import ProtectType, Vault, VaultState


def a_vault(**given_: Any) -> Vault:
    values: dict[str, Any] = {
        "id": "v",
        "project_id": "red",
        "user_id": "u",
        "name": "safe",
        "object_type": ObjectType.SERVER,
        "size_gb": 10,
        "created_at": clock.now(),
    }
    return Vault(**values | given_)


@given(
    st.lists(st.sampled_from([f"p{number}" for number in range(15)]), max_size=12),
    st.sets(st.sampled_from([f"p{number}" for number in range(15)]), max_size=10),
)
def test_receivers_are_new_others_and_at_most_ten_in_all(wanted: list[str], known: set[str]) -> None:
    fits = (
        "p0" not in wanted
        and len(set(wanted)) == len(wanted)
        and not set(wanted) & known
        and len(wanted) + len(known) <= MAX_MEMBERS
    )
    try:
        check_receivers("p0", wanted, known)
    except (InvalidReceiver, AlreadyShared, ShareLimitReached):
        assert not fits
    else:
        assert fits


def test_a_receiver_says_yes_with_a_vault_or_no() -> None:
    assert answer_of("accepted", "v") == Answer(MemberStatus.ACCEPTED, "v")
    assert answer_of("rejected", None).status is MemberStatus.REJECTED
    for word in ("pending", "accept", ""):
        with pytest.raises(InvalidMemberStatus):
            answer_of(word, "v")
    with pytest.raises(InvalidParameter, match="vault_id"):
        answer_of("accepted", None)


def test_a_vault_takes_what_is_of_its_kind_while_it_is_open_and_has_room() -> None:
    check_receiving(a_vault(used_bytes=4 * GIB), SERVER_PROVIDER, 6)
    check_receiving(a_vault(status=VaultState.LOCK), SERVER_PROVIDER, 10)
    check_receiving(a_vault(size_gb=1, auto_expand=True), SERVER_PROVIDER, 40)
    check_receiving(a_vault(size_gb=1, demand_billing=True), SERVER_PROVIDER, 40)
    for vault, provider_id, size_gb, refusal in (
        (a_vault(), DISK_PROVIDER, 1, ReceivingVaultMismatch),
        (a_vault(protect_type=ProtectType.REPLICATION), SERVER_PROVIDER, 1, ReceivingVaultMismatch),
        (a_vault(), SERVER_PROVIDER, 11, VaultFull),
        (a_vault(used_bytes=4 * GIB + 1), SERVER_PROVIDER, 6, VaultFull),
        (a_vault(status=VaultState.DELETING), SERVER_PROVIDER, 1, VaultCannotShare),
        (a_vault(status=VaultState.ERROR), SERVER_PROVIDER, 1, VaultCannotShare),
        (a_vault(status=VaultState.FROZEN), SERVER_PROVIDER, 1, VaultCannotShare),
    ):
        with pytest.raises(refusal):
            check_receiving(vault, provider_id, size_gb)
