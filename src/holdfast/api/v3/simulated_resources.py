"""Simulated resources: ours, beyond CBR. Testers make up what there is to protect, in ephemeral houses."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api.request import Call, Reply, Route
from holdfast.model.resource import Resource, ResourceType
from holdfast.model.tag import Tag
from holdfast.service import simulated_resources
from holdfast.service.context import Context
from holdfast.service.simulated_resources import NewSimulated, NewVolume, Simulated

from .wording import TagKey, TagValue

Name = Annotated[str, Meta(min_length=1, max_length=255)]
# More than any cloud's disk, and less than any file system's file.
SizeGB = Annotated[int, Meta(ge=1, le=10_240)]


class Kind(StrEnum):
    """What can be made up, as people and as the wire call it."""

    SERVER = "server"
    DISK = "disk"
    VOLUME = "volume"
    TURBO = "turbo"
    DIRECTORY = "directory"
    NOVA_SERVER = "OS::Nova::Server"
    CINDER_VOLUME = "OS::Cinder::Volume"
    SFS_TURBO = "OS::Sfs::Turbo"


TYPES: Mapping[Kind, ResourceType] = MappingProxyType(
    {
        Kind.SERVER: ResourceType.SERVER,
        Kind.DISK: ResourceType.DISK,
        Kind.VOLUME: ResourceType.DISK,
        Kind.TURBO: ResourceType.FILE_SHARE,
        Kind.DIRECTORY: ResourceType.FILE_SHARE,
        Kind.NOVA_SERVER: ResourceType.SERVER,
        Kind.CINDER_VOLUME: ResourceType.DISK,
        Kind.SFS_TURBO: ResourceType.FILE_SHARE,
    }
)


class VolumeBody(msgspec.Struct, frozen=True, kw_only=True):
    """A volume of a server; `size` in GB."""

    size: SizeGB = 40
    name: Name | None = None


class CreateBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is made up. `volumes` are a server's, `size` in GB is a disk's, a file share has neither."""

    type: Kind
    name: Name
    size: SizeGB = 10
    volumes: Annotated[tuple[VolumeBody, ...], Meta(min_length=1, max_length=16)] = (VolumeBody(),)
    tags: dict[TagKey, TagValue] = {}

    def asked(self) -> NewSimulated:
        """The service's word for it."""
        return NewSimulated(
            type=TYPES[self.type],
            name=self.name,
            size_gb=self.size,
            volumes=tuple(NewVolume(size_gb=one.size, name=one.name) for one in self.volumes),
            tags=tuple(Tag(key, value) for key, value in self.tags.items()),
        )


class VolumeView(msgspec.Struct, frozen=True, kw_only=True):
    """A server's volume: `size` in GB, `path` is its image on the server's machine."""

    id: str
    name: str
    type: str
    size: int
    path: str

    @classmethod
    def of(cls, volume: Resource) -> "VolumeView":
        """The wire's view of a volume."""
        (path,) = simulated_resources.paths(volume)
        return cls(id=volume.id, name=volume.name, type=volume.type, size=volume.size_gb, path=path)


class SimulatedView(msgspec.Struct, frozen=True, kw_only=True):
    """A made-up resource: `size` in GB, `path` where it lies on the server's machine; a server has none."""

    id: str
    name: str
    type: str
    size: int
    path: str | None
    tags: dict[str, str]
    volumes: Sequence[VolumeView]

    @classmethod
    def of(cls, made: Simulated) -> "SimulatedView":
        """The wire's view of a made-up resource."""
        resource = made.resource
        is_server = resource.type is ResourceType.SERVER
        return cls(
            id=resource.id,
            name=resource.name,
            type=resource.type,
            size=resource.size_gb,
            path=None if is_server else simulated_resources.paths(resource)[0],
            tags={tag.key: tag.value for tag in resource.tags},
            volumes=[VolumeView.of(volume) for volume in made.volumes],
        )


class SimulatedReply(msgspec.Struct, frozen=True):
    """What was made up."""

    resource: SimulatedView


def create(context: Context, call: Call) -> Reply:
    """POST simulated-resources."""
    made = simulated_resources.create(context, call.read(CreateBody).asked())
    return Reply(SimulatedReply(SimulatedView.of(made)))


def delete(context: Context, call: Call) -> Reply:
    """DELETE simulated-resources/{resource_id}."""
    simulated_resources.delete(context, call.path["resource_id"])
    return Reply(status=204)


ROUTES = (
    Route("POST", "/simulated-resources", create),
    Route("DELETE", "/simulated-resources/{resource_id}", delete),
)
