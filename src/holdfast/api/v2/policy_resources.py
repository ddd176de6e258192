"""Disks that follow a backup policy, as the Volume Backup Service has them begin and end that."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from holdfast.api.request import Call, Reply, Route
from holdfast.model.errors import Refusal
from holdfast.service import volume_backup_policies as policies
from holdfast.service.context import Context
from holdfast.service.volume_backup_policies import Outcome

from .errors import answer_of_policies

Id = Annotated[str, Meta(min_length=1, max_length=255)]


class AssociatedBody(msgspec.Struct, frozen=True):
    """AssocResource."""

    resource_id: Id
    resource_type: Literal["volume"]


class AssociateBody(msgspec.Struct, frozen=True, kw_only=True):
    """Associate."""

    backup_policy_id: Id
    resources: Annotated[list[AssociatedBody], Meta(min_length=1)]


class DisassociatedBody(msgspec.Struct, frozen=True):
    """DisassocResource; of what type it is, nobody needs to know."""

    resource_id: Id


class DisassociateBody(msgspec.Struct, frozen=True):
    """Disassociate."""

    resources: Annotated[list[DisassociatedBody], Meta(min_length=1)]


class DisassociatedView(msgspec.Struct, frozen=True, kw_only=True):
    """DisassocResult."""

    resource_id: str


class NotDisassociatedView(DisassociatedView, frozen=True, kw_only=True):
    """The same of a disk that stays, and why."""

    code: str
    message: str

    @classmethod
    def of(cls, disk_id: str, refusal: Refusal) -> "NotDisassociatedView":
        """The wire's view of a refused disk."""
        told = answer_of_policies(refusal)
        return cls(resource_id=disk_id, code=told.code, message=told.message)


class AssociatedView(DisassociatedView, frozen=True, kw_only=True):
    """AssocResult. Here a disk is in no zone and no pool that anybody would have to know."""

    resource_type: str = "volume"
    availability_zone: str = ""
    os_vol_host_attr: str = ""


class NotAssociatedView(AssociatedView, frozen=True, kw_only=True):
    """The same of a disk that does not come, and why."""

    code: str
    message: str

    @classmethod
    def of(cls, disk_id: str, refusal: Refusal) -> "NotAssociatedView":
        """The wire's view of a refused disk."""
        told = answer_of_policies(refusal)
        return cls(resource_id=disk_id, code=told.code, message=told.message)


class AssociateReply(msgspec.Struct, frozen=True):
    """AssociateResp."""

    success_resources: Sequence[AssociatedView]
    fail_resources: Sequence[NotAssociatedView]

    @classmethod
    def of(cls, outcome: Outcome) -> "AssociateReply":
        """The wire's view of what was done."""
        return cls(
            success_resources=[AssociatedView(resource_id=one) for one in outcome.done],
            fail_resources=[NotAssociatedView.of(one, refusal) for one, refusal in outcome.refused.items()],
        )


class DisassociateReply(msgspec.Struct, frozen=True):
    """DisassociateResp."""

    success_resources: Sequence[DisassociatedView]
    fail_resources: Sequence[NotDisassociatedView]

    @classmethod
    def of(cls, outcome: Outcome) -> "DisassociateReply":
        """The wire's view of what was done."""
        return cls(
            success_resources=[DisassociatedView(resource_id=one) for one in outcome.done],
            fail_resources=[
                NotDisassociatedView.of(one, refusal) for one, refusal in outcome.refused.items()
            ],
        )


def associate(context: Context, call: Call) -> Reply:
    """POST backuppolicyresources."""
    body = call.read(AssociateBody)
    disk_ids = [one.resource_id for one in body.resources]
    return Reply(AssociateReply.of(policies.associate(context, body.backup_policy_id, disk_ids)))


def disassociate(context: Context, call: Call) -> Reply:
    """POST backuppolicyresources/{policy_id}/deleted_resources."""
    disk_ids = [one.resource_id for one in call.read(DisassociateBody).resources]
    return Reply(DisassociateReply.of(policies.disassociate(context, call.path["policy_id"], disk_ids)))


ROUTES = (
    Route("POST", "/backuppolicyresources", associate),
    Route("POST", "/backuppolicyresources/{policy_id}/deleted_resources", disassociate),
)
