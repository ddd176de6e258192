"""Things that are protected, and the words by which the wire knows their kinds."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import msgspec

from .errors import InvalidParameter
from .tag import Tag

GIB = 1 << 30
MIB = 1 << 20


class ResourceType(StrEnum):
    """Resource types of the CBR reference (OperationLog.extra_info.resource.type)."""

    SERVER = "OS::Nova::Server"
    DISK = "OS::Cinder::Volume"
    BARE_METAL = "OS::Ironic::BareMetalServer"
    NATIVE_SERVER = "OS::Native::Server"
    FILE_SHARE = "OS::Sfs::Turbo"
    WORKSPACE = "OS::Workspace::DesktopV2"


class ObjectType(StrEnum):
    """What a vault may hold (billing.object_type)."""

    SERVER = "server"
    DISK = "disk"
    TURBO = "turbo"
    WORKSPACE = "workspace"
    VMWARE = "vmware"
    RDS = "rds"
    FILE = "file"


SERVER_PROVIDER = "0daac4c5-6707-4851-97ba-169e36266b66"
DISK_PROVIDER = "d1603440-187d-4516-af25-121250c7cc97"
TURBO_PROVIDER = "3f3c3220-245c-4805-b811-758870015881"
VMWARE_PROVIDER = "a13639de-00be-4e94-af30-26912d75e4a2"
WORKSPACE_PROVIDER = "86a80900-71bf-4961-956a-d52df944f84a"

# A vault's object type decides its provider id; bare metal and native servers live in server vaults.
PROVIDER_OF_OBJECT: Mapping[ObjectType, str] = MappingProxyType(
    {
        ObjectType.SERVER: SERVER_PROVIDER,
        ObjectType.DISK: DISK_PROVIDER,
        ObjectType.TURBO: TURBO_PROVIDER,
        ObjectType.FILE: TURBO_PROVIDER,
        ObjectType.WORKSPACE: WORKSPACE_PROVIDER,
        ObjectType.VMWARE: VMWARE_PROVIDER,
        ObjectType.RDS: SERVER_PROVIDER,
    }
)

OBJECT_OF_RESOURCE: Mapping[ResourceType, ObjectType] = MappingProxyType(
    {
        ResourceType.SERVER: ObjectType.SERVER,
        ResourceType.BARE_METAL: ObjectType.SERVER,
        ResourceType.NATIVE_SERVER: ObjectType.SERVER,
        ResourceType.DISK: ObjectType.DISK,
        ResourceType.FILE_SHARE: ObjectType.TURBO,
        ResourceType.WORKSPACE: ObjectType.WORKSPACE,
    }
)


_SITE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def check_site(field: str, site: str | None) -> None:
    """Raises InvalidParameter, naming the wire field, for what is no name of a site; none at all is well."""
    if site is not None and not _SITE.fullmatch(site):
        raise InvalidParameter(field, "must be 1 to 64 letters, digits, dots, dashes and underlines")


def provider_of(resource_type: ResourceType) -> str:
    """The CBR provider id that a task or backup of this kind of resource carries."""
    return PROVIDER_OF_OBJECT[OBJECT_OF_RESOURCE[resource_type]]


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be protected, as one project knows it.

    `provider` names the file in `providers/` that reads and writes it; `settings` are that provider's own
    keys (`{"path": "/srv/data"}`).
    Only workers of its `site` can reach it, any if it has none. A server's disks are resources of their own
    that name it in `parent_id`.
    """

    id: str
    project_id: str
    name: str
    type: ResourceType
    provider: str
    settings: dict[str, Any] = {}
    size_bytes: int = 0
    parent_id: str | None = None
    configured: bool = False
    tags: tuple[Tag, ...] = ()
    site: str | None = None
    created_at: datetime

    @property
    def size_gb(self) -> int:
        """Size in whole GB, rounded up, never 0: the unit of the wire and of vault capacity."""
        return max(1, -(-self.size_bytes // GIB))
