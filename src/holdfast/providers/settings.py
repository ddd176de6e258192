"""A provider's own keys in a resource's settings, checked against the provider's shape."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from holdfast.model.errors import InvalidParameter

Shape = TypeVar("Shape", bound=msgspec.Struct)


def check(settings: Mapping[str, Any], shape: type[Shape]) -> Shape:
    """The settings as a value of `shape`; raises InvalidParameter naming the key."""
    unknown = sorted(set(settings) - set(shape.__struct_fields__))
    if unknown:
        raise InvalidParameter(unknown[0], "no such setting")
    for name in (info.name for info in msgspec.structs.fields(shape) if info.required):
        if name not in settings:
            raise InvalidParameter(name, "missing")
    try:
        return msgspec.convert(dict(settings), shape)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        raise InvalidParameter(place.strip("`").removeprefix("$.") or "settings", reason) from error


def check_path(name: str, path: str) -> bytes:
    """The bytes of an absolute path; raises InvalidParameter naming the setting."""
    if not path.startswith("/"):
        raise InvalidParameter(name, f"{path!r} is not an absolute path")
    if "\0" in path:
        raise InvalidParameter(name, "a path has no zero byte")
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise InvalidParameter(name, str(error)) from error
