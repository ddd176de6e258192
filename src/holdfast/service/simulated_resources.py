"""Simulated resources: made-up servers, volumes and file shares, whose backups and restores are real.

Only a house that is gone afterwards has them. They are sparse files and small folders, and the providers of
disk images, servers and directories open them like any other.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from holdfast.config import Config, ConfigError, Ephemeral
from holdfast.model import ids
from holdfast.model.errors import InvalidParameter, Refusal, ResourceNotFound
from holdfast.model.resource import Resource, ResourceType
from holdfast.model.tag import Tag

from . import resources
from .context import Context
from .resources import NewResource, ResourceFilter
from .simulated_content import make_disk, make_share


class NewVolume(msgspec.Struct, frozen=True, kw_only=True):
    """A volume of a server; without a name it is called after the server."""

    size_gb: int
    name: str | None = None


class NewSimulated(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be made up: `volumes` of a server, `size_gb` of a disk; a file share is small."""

    type: ResourceType
    name: str
    size_gb: int = 10
    volumes: tuple[NewVolume, ...] = (NewVolume(size_gb=40),)
    tags: tuple[Tag, ...] = ()


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """A made-up resource and its volumes."""

    resource: Resource
    volumes: tuple[Resource, ...] = ()


# What a new house has, and every new project of it.
FURNITURE: tuple[NewSimulated, ...] = (
    NewSimulated(
        type=ResourceType.SERVER, name="web", volumes=(NewVolume(size_gb=40), NewVolume(size_gb=100))
    ),
    NewSimulated(
        type=ResourceType.SERVER, name="database", volumes=(NewVolume(size_gb=40), NewVolume(size_gb=200))
    ),
    *(NewSimulated(type=ResourceType.DISK, name=f"volume-{number}") for number in range(3)),
    *(NewSimulated(type=ResourceType.FILE_SHARE, name=f"share-{number}") for number in range(2)),
)


def furnish(context: Context) -> list[Simulated]:
    """What a new project has from the start."""
    return [create(context, asked) for asked in FURNITURE]


def create(context: Context, asked: NewSimulated) -> Simulated:
    """Make something up, and make it known to the project; vaults bind it as they do any new resource.

    Raises NotAllowed, InvalidParameter and TooManyTags.
    """
    context.check_may_name_paths()
    folder = _home(context) / ids.new()
    try:
        made = resources.register(context, _MAKERS[asked.type](folder, asked))
    except Refusal:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Simulated(resource=made, volumes=_volumes(context, made))


def delete(context: Context, resource_id: str) -> None:
    """Take a made-up resource off the project and off the disk.

    Raises NotAllowed, ResourceNotFound, InvalidParameter for a server's volume, and ResourceAlreadyProtected
    while it is in a vault or has backups.
    """
    context.check_may_name_paths()
    made = resources.show(context, resource_id)
    folder = Path(next(iter(paths(made)), "/")).resolve().parent
    if folder.parent != _home(context):
        raise ResourceNotFound(resource_id)
    if made.parent_id is not None:
        raise InvalidParameter("resource_id", "is a volume of a server: delete the server")
    resources.forget(context, resource_id)
    shutil.rmtree(folder, ignore_errors=True)


def paths(made: Resource) -> tuple[str, ...]:
    """Where a made-up resource lies on this machine: a folder, an image, or the images of a server."""
    if made.type is ResourceType.SERVER:
        return tuple(disk["path"] for disk in made.settings["disks"] if isinstance(disk, dict))
    return (made.settings["path"],) if made.provider in ("disk_image", "directory") else ()


def _home(context: Context) -> Path:
    """Where the made-up resources of the project lie, each in a folder of its own."""
    return _simulated(context.config).resolve() / context.project_id


def _simulated(config: Config) -> Path:
    if not isinstance(config, Ephemeral):
        raise ConfigError("only an ephemeral house has simulated resources")
    return config.simulated


def _volumes(context: Context, made: Resource) -> tuple[Resource, ...]:
    """A server's volumes in the order of its settings."""
    if made.type is not ResourceType.SERVER:
        return ()
    known = {one.settings["path"]: one for one in resources.find(context, ResourceFilter(parent_id=made.id))}
    return tuple(known[path] for path in paths(made))


def _server(folder: Path, asked: NewSimulated) -> NewResource:
    named = _named(asked)
    folder.mkdir(parents=True)
    disks = []
    for number, (name, size_gb) in enumerate(named):
        path = folder / f"{number}.img"
        make_disk(path, name, size_gb)
        disks.append({"name": name, "path": str(path)})
    return _new(asked, "image_server", {"disks": disks})


def _named(asked: NewSimulated) -> Sequence[tuple[str, int]]:
    names = [one.name or f"{asked.name}-volume-{number}" for number, one in enumerate(asked.volumes)]
    if len(set(names)) != len(names):
        raise InvalidParameter("volumes", "two of them have the same name")
    return list(zip(names, [one.size_gb for one in asked.volumes], strict=True))


def _disk(folder: Path, asked: NewSimulated) -> NewResource:
    folder.mkdir(parents=True)
    make_disk(folder / "0.img", asked.name, asked.size_gb)
    return _new(asked, "disk_image", {"path": str(folder / "0.img")})


def _share(folder: Path, asked: NewSimulated) -> NewResource:
    make_share(folder / "share", asked.name)
    return _new(asked, "directory", {"path": str(folder / "share")})


def _new(asked: NewSimulated, provider: str, settings: Mapping[str, Any]) -> NewResource:
    return NewResource(
        type=asked.type, name=asked.name, provider=provider, settings=settings, tags=asked.tags
    )


_MAKERS: Mapping[ResourceType, Callable[[Path, NewSimulated], NewResource]] = MappingProxyType(
    {ResourceType.SERVER: _server, ResourceType.DISK: _disk, ResourceType.FILE_SHARE: _share}
)
