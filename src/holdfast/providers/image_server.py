"""A server that is a set of raw disk images on this machine.

Settings: `disks`, a list of absolute paths or of `{"name", "path"}`. A server is never read itself: each of
its disks is a part that is.
"""

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import msgspec

from holdfast.model.entry import Entry, Unreadable
from holdfast.model.errors import InvalidParameter, NotAllowed, ResourceNotFound
from holdfast.model.resource import ResourceType

from .provider import Extent, Inspection, Part, Reading, Target, Written
from .ranges import allocated_bytes
from .settings import check, check_path

_DISK_PROVIDER = "disk_image"
_READ_BY_DISK = "a server is read and written disk by disk"


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """One disk of a server. Without a name it is called as its file is."""

    path: str
    name: str = ""


class ImageServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a server in the configuration."""

    disks: tuple[Disk | str, ...]

    def named(self) -> dict[str, str]:
        """Paths of the disks by name, in the order given; raises InvalidParameter."""
        paths: dict[str, str] = {}
        for disk in self.disks:
            path, name = (disk, "") if isinstance(disk, str) else (disk.path, disk.name)
            check_path("disks", path)
            name = name or os.path.basename(path)
            if name in paths:
                raise InvalidParameter("disks", f"two disks are called {name}: give each a name of its own")
            paths[name] = path
        if not paths:
            raise InvalidParameter("disks", "a server has at least one disk")
        return paths


class ImageServer:
    """Knows a server's disks."""

    resource_type = ResourceType.SERVER

    def inspect(self, settings: Mapping[str, Any]) -> Inspection:
        """Look at every disk; the size is their sum."""
        paths = check(settings, ImageServerSettings).named()
        sizes = {name: _status(path).st_size for name, path in paths.items()}
        disks = [{"name": name, "path": paths[name], "size_bytes": size} for name, size in sizes.items()]
        return Inspection(sum(sizes.values()), {"disks": disks})

    def parts(self, settings: Mapping[str, Any]) -> tuple[Part, ...]:
        """The disks."""
        return tuple(
            Part(name, ResourceType.DISK, _DISK_PROVIDER, {"path": path})
            for name, path in check(settings, ImageServerSettings).named().items()
        )

    def measure(self, settings: Mapping[str, Any]) -> Extent:
        """What the disks take, to the accuracy of the file system's own count."""
        statuses = [_status(path) for path in check(settings, ImageServerSettings).named().values()]
        return Extent(sum(min(one.st_size, allocated_bytes(one)) for one in statuses), len(statuses))

    def read(self, settings: Mapping[str, Any], bookmark: str | None) -> AbstractContextManager[Reading]:  # noqa: ARG002 - refused whatever is given
        """Refused with NotAllowed."""
        raise NotAllowed(_READ_BY_DISK)

    def write(self, target: Target, entries: Iterable[Entry | Unreadable]) -> Written:  # noqa: ARG002 - refused whatever is given
        """Refused with NotAllowed."""
        raise NotAllowed(_READ_BY_DISK)


def _status(path: str) -> os.stat_result:
    try:
        status = os.stat(check_path("disks", path))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ResourceNotFound(path) from error
    if not stat.S_ISREG(status.st_mode):
        raise InvalidParameter("disks", f"{path} is not an image file")
    return status
