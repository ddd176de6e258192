"""Backup policies, as the Volume Backup Service has them made, told, changed and carried out."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.api.request import Call, Reply, Route
from holdfast.api.v3.vault_views import TagView
from holdfast.model import clock
from holdfast.model.errors import InvalidParameter
from holdfast.model.tag import Tag, check_all_plain
from holdfast.model.volume_backup_policy import PolicyChange
from holdfast.service import volume_backup_policies as policies
from holdfast.service.context import Context
from holdfast.service.volume_backup_policies import Followed

from .scheduled_policies import NewScheduledPolicyBody, ScheduledPolicyChangeBody, ScheduledPolicyView

NAME = "backup_policy_name"
RESERVED = "default"

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Zone = Annotated[str, Meta(max_length=255)]

_NAME = re.compile(r"[A-Za-z0-9_-]+")


class CreateBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyCreate."""

    backup_policy_name: Name
    scheduled_policy: NewScheduledPolicyBody
    tags: list[TagView] | None = None
    time_zone: Zone | None = None

    def hung(self) -> Sequence[Tag]:
        """The tags of the policy; raises InvalidParameter or TooManyTags."""
        return check_all_plain("tags", [Tag(one.key, one.value) for one in self.tags or ()])


class UpdateBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyUpdate; what is not said stays, and the policy is the one that the path names."""

    backup_policy_name: Name | None = None
    scheduled_policy: ScheduledPolicyChangeBody | None = None
    time_zone: Zone | None = None

    def asked(self) -> PolicyChange:
        """What is asked of the service; raises InvalidParameter."""
        name = self.backup_policy_name
        if name is not None:
            _check_name(name)
            if name.lower().startswith(RESERVED):
                raise InvalidParameter(NAME, f"must not begin with {RESERVED}")
        return (self.scheduled_policy or ScheduledPolicyChangeBody()).change(name, self.time_zone)


class PolicyIdReply(msgspec.Struct, frozen=True):
    """PolicyId."""

    backup_policy_id: str


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """Policy; without a time zone, that is left out."""

    backup_policy_id: str
    backup_policy_name: str
    scheduled_policy: ScheduledPolicyView
    policy_resource_count: int
    time_zone: str | UnsetType

    @classmethod
    def of(cls, followed: Followed, now: datetime) -> "PolicyView":
        """The wire's view of a policy."""
        policy = followed.policy
        return cls(
            backup_policy_id=policy.id,
            backup_policy_name=policy.terms.name,
            scheduled_policy=ScheduledPolicyView.of(policy.terms, now),
            policy_resource_count=followed.disks,
            time_zone=policy.terms.retention.timezone or UNSET,
        )


class PoliciesReply(msgspec.Struct, frozen=True):
    """PolicyList."""

    backup_policies: Sequence[PolicyView]


def create(context: Context, call: Call) -> Reply:
    """POST backuppolicy."""
    body = call.read(CreateBody)
    _check_name(body.backup_policy_name)
    terms = body.scheduled_policy.terms(body.backup_policy_name, body.time_zone)
    return Reply(PolicyIdReply(policies.create(context, terms, body.hung()).id))


def find(context: Context, call: Call) -> Reply:  # noqa: ARG001 - every endpoint's signature
    """GET backuppolicy."""
    now = clock.now()
    return Reply(PoliciesReply([PolicyView.of(one, now) for one in policies.find(context)]))


def update(context: Context, call: Call) -> Reply:
    """PUT backuppolicy/{policy_id}."""
    policy_id = call.path["policy_id"]
    policies.update(context, policy_id, call.read(UpdateBody).asked())
    return Reply(PolicyIdReply(policy_id))


def delete(context: Context, call: Call) -> Reply:
    """DELETE backuppolicy/{policy_id}."""
    policies.delete(context, call.path["policy_id"])
    return Reply(status=204)


def execute(context: Context, call: Call) -> Reply:
    """POST backuppolicy/{policy_id}/action, of which a body says nothing."""
    policies.execute(context, call.path["policy_id"])
    return Reply(status=204)


def _check_name(name: str) -> None:
    if "<" in name or ">" in name:
        raise InvalidParameter(NAME, "must be of other characters: < and > are not allowed")
    if not _NAME.fullmatch(name):
        raise InvalidParameter(NAME, "must be of the characters A-Z a-z 0-9 _ -")


ROUTES = (
    Route("POST", "/backuppolicy", create),
    Route("GET", "/backuppolicy", find),
    Route("PUT", "/backuppolicy/{policy_id}", update),
    Route("DELETE", "/backuppolicy/{policy_id}", delete),
    Route("POST", "/backuppolicy/{policy_id}/action", execute),
)
