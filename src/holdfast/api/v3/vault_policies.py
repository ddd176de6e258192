"""The policies that a vault follows."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.api.request import Call, Reply, Route
from holdfast.model.errors import InvalidParameter
from holdfast.model.policy import Follower
from holdfast.service import vault_policies
from holdfast.service.context import Context

from .wording import Id


class BesidesBody(msgspec.Struct, frozen=True):
    """Ours: whether the policies come besides those that the vault follows, or take their place."""

    keep_others: bool | None = None


class BindBody(msgspec.Struct, frozen=True, kw_only=True):
    """VaultAssociate: one policy, or one of each kind."""

    policy_id: Id | None = None
    add_policy_ids: Annotated[list[Id], Meta(min_length=1, max_length=10)] | None = None
    destination_vault_id: Id | None = None
    holdfast: BesidesBody | None = None

    @property
    def keeps_others(self) -> bool:
        """Whether the vault goes on following what it follows."""
        return self.holdfast is not None and self.holdfast.keep_others is True

    def policy_ids(self) -> list[str]:
        """The policies to follow; raises InvalidParameter."""
        if (self.policy_id is None) == (self.add_policy_ids is None):
            raise InvalidParameter("policy_id", "or add_policy_ids must be given, and not both")
        return self.add_policy_ids or [self.policy_id or ""]


class UnbindBody(msgspec.Struct, frozen=True):
    """VaultDissociate."""

    policy_id: Id


class FollowerView(msgspec.Struct, frozen=True, kw_only=True):
    """VaultPolicyResp."""

    vault_id: str
    policy_id: str
    destination_vault_id: str | UnsetType = UNSET

    @classmethod
    def of(cls, follower: Follower, policy_id: str) -> "FollowerView":
        """A vault and the policy that it follows, or did."""
        return cls(
            vault_id=follower.vault_id,
            policy_id=policy_id,
            destination_vault_id=follower.destination_vault_id or UNSET,
        )


class BindReply(msgspec.Struct, frozen=True):
    """VaultAssociateResp."""

    associate_policy: FollowerView


class UnbindReply(msgspec.Struct, frozen=True):
    """VaultDissociateResp."""

    dissociate_policy: FollowerView


def bind(context: Context, call: Call) -> Reply:
    """POST vaults/{vault_id}/associatepolicy. Of several policies the first is told."""
    asked = call.read(BindBody)
    ids = asked.policy_ids()
    bind_them = vault_policies.bind_besides if asked.keeps_others else vault_policies.bind
    follower = bind_them(context, call.path["vault_id"], ids, asked.destination_vault_id)
    return Reply(BindReply(FollowerView.of(follower, ids[0])))


def unbind(context: Context, call: Call) -> Reply:
    """POST vaults/{vault_id}/dissociatepolicy."""
    policy_id = call.read(UnbindBody).policy_id
    follower = vault_policies.unbind(context, call.path["vault_id"], policy_id)
    return Reply(UnbindReply(FollowerView.of(follower, policy_id)))


ROUTES = (
    Route("POST", "/vaults/{vault_id}/associatepolicy", bind),
    Route("POST", "/vaults/{vault_id}/dissociatepolicy", unbind),
)
