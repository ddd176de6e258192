"""Which providers there are, and what people call the resources that these open."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from holdfast.model.resource import ResourceType

from .directory import Directory
from .disk_image import DiskImage
from .image_server import ImageServer
from .provider import Provider

_BUILT_IN: Mapping[str, Callable[[Sequence[str]], Provider]] = MappingProxyType(
    {
        "directory": Directory,
        "disk_image": lambda _without: DiskImage(),
        "image_server": lambda _without: ImageServer(),
    }
)
_OF_TYPE: Mapping[ResourceType, str] = MappingProxyType(
    {
        ResourceType.FILE_SHARE: "directory",
        ResourceType.DISK: "disk_image",
        ResourceType.SERVER: "image_server",
    }
)
_WORDS: Mapping[str, ResourceType] = MappingProxyType(
    {
        "directory": ResourceType.FILE_SHARE,
        "disk": ResourceType.DISK,
        "server": ResourceType.SERVER,
        **{str(one): one for one in ResourceType},
    }
)


class UnknownProviderError(ValueError):
    """No provider of this name, or something by this name that is none."""


class UnknownTypeError(ValueError):
    """A word that means no kind of resource."""


def names() -> tuple[str, ...]:
    """The built-in providers."""
    return tuple(sorted(_BUILT_IN))


def open_provider(name: str, without: Sequence[str] = ()) -> Provider:
    """A built-in provider, or one of a foreign package, named `package.module:Class`.

    `without` are folders of this machine that a built-in one never reads into a backup. Raises
    UnknownProviderError saying why.
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name](without)
    module, colon, class_name = name.partition(":")
    if not colon:
        raise UnknownProviderError(f"{name!r} is none of {', '.join(names())}, nor package.module:Class")
    try:
        found = getattr(importlib.import_module(module), class_name)
        provider = found()
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise UnknownProviderError(f"{name!r}: {error}") from error
    if not isinstance(provider, Provider):
        raise UnknownProviderError(f"{name!r} does not fit: see holdfast.providers.provider.Provider")
    return provider


def provider_of(kind: ResourceType) -> str | None:
    """The built-in provider for what is of this kind, if there is one."""
    return _OF_TYPE.get(kind)


def resource_type(word: str) -> ResourceType:
    """The resource type that a word in the configuration means: `directory`, `disk`, `server`, or a CBR
    resource type itself. Raises UnknownTypeError."""
    try:
        return _WORDS[word]
    except KeyError:
        known = ", ".join(_WORDS)
        raise UnknownTypeError(f"{word!r} is no type of resource; there are {known}") from None
