"""Storage usage: what the backups of each resource take."""

from collections.abc import Sequence

import msgspec

from holdfast.api import paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.resource import ResourceType
from holdfast.model.storage_usage import StorageUsage
from holdfast.service import storage_usage
from holdfast.service.context import Context

from .vault_views import megabytes


class UsageView(msgspec.Struct, frozen=True, kw_only=True):
    """StorageUsage: sizes in MB, rounded up."""

    resource_id: str
    resource_name: str
    resource_type: str
    backup_count: int
    backup_size: int
    backup_size_multiaz: int

    @classmethod
    def of(cls, usage: StorageUsage) -> "UsageView":
        """The wire's view of what a resource takes."""
        return cls(
            resource_id=usage.resource_id,
            resource_name=usage.resource_name,
            resource_type=usage.resource_type,
            backup_count=usage.backup_count,
            backup_size=megabytes(usage.backup_bytes),
            backup_size_multiaz=megabytes(usage.multi_az_bytes),
        )


class UsageReply(msgspec.Struct, frozen=True):
    """StorageUsageResp; count, limit and offset as in every list."""

    resource_count: int
    storage_usage: Sequence[UsageView]
    count: int
    limit: int
    offset: int


def find(context: Context, call: Call) -> Reply:
    """GET storage_usage."""
    page = paging.page(call.query)
    found = storage_usage.find(
        context,
        resource_id=call.query.text("resource_id"),
        resource_type=call.query.choice("resource_type", ResourceType),
    )
    views = [UsageView.of(usage) for usage in paging.cut(found, page)]
    return Reply(UsageReply(len(found), views, len(found), page.limit, page.offset))


ROUTES = (Route("GET", "/storage_usage", find),)
