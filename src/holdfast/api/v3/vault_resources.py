"""The resources in a vault: attached, taken out, moved, suspended."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api.request import Call, Reply, Route
from holdfast.model.errors import UnsupportedResourceType
from holdfast.model.resource import ResourceType
from holdfast.model.vault import IncludedVolume
from holdfast.service import attachments
from holdfast.service.attachments import NewAttachment
from holdfast.service.context import Context

from .jobs import JobsView
from .wording import Id, Label

ResourceIds = Annotated[list[Id], Meta(min_length=1, max_length=256)]


class VolumeBody(msgspec.Struct, frozen=True):
    """ResourceExtraInfoIncludeVolumes."""

    id: Id
    os_version: Label | None = None


class ExtraInfoBody(msgspec.Struct, frozen=True):
    """ResourceExtraInfo."""

    exclude_volumes: list[Id] | None = None
    include_volumes: list[VolumeBody | None] | None = None


class ResourceBody(msgspec.Struct, frozen=True, kw_only=True):
    """ResourceCreate. `name` is accepted and not used: a resource is shown by the name it has."""

    id: Id
    type: Label
    name: Label | None = None
    extra_info: ExtraInfoBody | None = None

    def asked(self) -> NewAttachment:
        """What is asked of the service; raises UnsupportedResourceType."""
        if self.type not in list(ResourceType):
            raise UnsupportedResourceType(self.type)
        extra = self.extra_info or ExtraInfoBody()
        included = [volume for volume in extra.include_volumes or [] if volume is not None]
        return NewAttachment(
            resource_id=self.id,
            exclude_volumes=tuple(extra.exclude_volumes or ()),
            include_volumes=tuple(IncludedVolume(volume.id, volume.os_version) for volume in included),
        )


class AddBody(msgspec.Struct, frozen=True):
    """VaultAddResourceReq."""

    resources: Annotated[list[ResourceBody], Meta(min_length=1)]


class RemoveBody(msgspec.Struct, frozen=True):
    """VaultRemoveResourceReq."""

    resource_ids: ResourceIds


class MigrateBody(msgspec.Struct, frozen=True):
    """VaultMigrateResourceReq."""

    resource_ids: ResourceIds
    destination_vault_id: Id


class Action(StrEnum):
    """What set-resources does."""

    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"


class SetBody(msgspec.Struct, frozen=True):
    """VaultSetResourceReq."""

    resource_ids: ResourceIds
    action: Action


class AddedReply(msgspec.Struct, frozen=True):
    """VaultAddResourceResp. Attaching is done when the reply comes: there is no task to name."""

    add_resource_ids: list[str]


class RemovedReply(JobsView, frozen=True, kw_only=True):
    """VaultRemoveResourceResp, and the task that removes."""

    remove_resource_ids: list[str]


class MigratedReply(JobsView, frozen=True, kw_only=True):
    """VaultMigrateResourceResp, and the task that moves."""

    migrated_resources: list[str]


class SetReply(msgspec.Struct, frozen=True):
    """VaultSetResourceResp. It is done when the reply comes."""

    set_resource_ids: list[str]


def add(context: Context, call: Call) -> Reply:
    """POST vaults/{vault_id}/addresources."""
    asked = [resource.asked() for resource in call.read(AddBody).resources]
    attachments.add(context, call.path["vault_id"], asked)
    return Reply(AddedReply([attachment.resource_id for attachment in asked]))


def remove(context: Context, call: Call) -> Reply:
    """POST vaults/{vault_id}/removeresources."""
    resource_ids = call.read(RemoveBody).resource_ids
    task = attachments.remove(context, call.path["vault_id"], resource_ids)
    return Reply(
        RemovedReply(
            remove_resource_ids=resource_ids,
            job_id=task.id,
            operation_log_id=task.id,
            operation_log_ids=[task.id],
        )
    )


def migrate(context: Context, call: Call) -> Reply:
    """POST vaults/{vault_id}/migrateresources."""
    asked = call.read(MigrateBody)
    task = attachments.migrate(context, call.path["vault_id"], asked.resource_ids, asked.destination_vault_id)
    return Reply(
        MigratedReply(
            migrated_resources=asked.resource_ids,
            job_id=task.id,
            operation_log_id=task.id,
            operation_log_ids=[task.id],
        )
    )


_ACTIONS: Mapping[Action, Callable[[Context, str, Sequence[str]], None]] = MappingProxyType(
    {Action.SUSPEND: attachments.suspend, Action.UNSUSPEND: attachments.resume}
)


def set_resources(context: Context, call: Call) -> Reply:
    """PUT vaults/{vault_id}/set-resources."""
    asked = call.read(SetBody)
    _ACTIONS[asked.action](context, call.path["vault_id"], asked.resource_ids)
    return Reply(SetReply(asked.resource_ids))


ROUTES: tuple[Route, ...] = (
    Route("POST", "/vaults/{vault_id}/addresources", add),
    Route("POST", "/vaults/{vault_id}/removeresources", remove),
    Route("POST", "/vaults/{vault_id}/migrateresources", migrate),
    Route("PUT", "/vaults/{vault_id}/set-resources", set_resources),
)
