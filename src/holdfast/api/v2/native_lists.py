"""What OpenStack's lists of backups are asked for, in their two versions."""

from enum import StrEnum
from types import MappingProxyType

import msgspec

from holdfast.api.paging import MAX_LIMIT, clamped_page
from holdfast.api.query import Query
from holdfast.api.request import Call
from holdfast.model.backup import BackupStatus
from holdfast.model.errors import InvalidParameter
from holdfast.model.task import Page
from holdfast.service.context import Context
from holdfast.service.disk_backups import BackupFilter, Sort, SortKey

from . import microversions
from .native_backup_views import STATUSES, NativeStatus

PARTS_SINCE = (3, 31)
COUNT_SINCE = (3, 45)


class SortedBy(StrEnum):
    """sort_key of a list."""

    NAME = "name"
    STATUS = "status"
    CONTAINER_FORMAT = "container_format"
    DISK_FORMAT = "disk_format"
    SIZE = "size"
    ID = "id"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


class Direction(StrEnum):
    """sort_dir of a list."""

    ASCENDING = "asc"
    DESCENDING = "desc"


# Not here: formats, which no backup has. In the order of what all have alike, the newest come first.
_KEYS = MappingProxyType(
    {
        SortedBy.NAME: SortKey.NAME,
        SortedBy.STATUS: SortKey.STAGE,
        SortedBy.SIZE: SortKey.SIZE,
        SortedBy.ID: SortKey.ID,
        SortedBy.CREATED_AT: SortKey.CREATED_AT,
        SortedBy.UPDATED_AT: SortKey.UPDATED_AT,
    }
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a list, and whether all that match are counted."""

    wanted: BackupFilter
    page: Page
    with_count: bool = False


def of_v2(context: Context, call: Call) -> Asked:
    """What a list of version 2 is asked for; raises InvalidParameter naming the parameter."""
    query = call.query
    status = query.choice("status", NativeStatus)
    wanted = BackupFilter(
        project_id=context.project_id,
        whole_name=query.text("name"),
        statuses=None if status is None else STATUSES[status],
        resource_id=query.text("volume_id"),
        sort=_sort(query),
    )
    return Asked(wanted=wanted, page=clamped_page(query, MAX_LIMIT))


def of_v3(context: Context, call: Call) -> Asked:
    """The same for version 3, where some parameters are known since a microversion only."""
    plain, query, version = of_v2(context, call), call.query, microversions.asked(call)
    if version < PARTS_SINCE:
        return plain
    status = query.text("status~")
    wanted = msgspec.structs.replace(
        plain.wanted,
        name=query.text("name~"),
        statuses=_both(plain.wanted.statuses, None if status is None else _holding(status)),
        resource_part=query.text("volume_id~"),
    )
    with_count = version >= COUNT_SINCE and query.truth("with_count") is True
    return Asked(wanted=wanted, page=plain.page, with_count=with_count)


def _holding(text: str) -> tuple[BackupStatus, ...]:
    return tuple(status for word, some in STATUSES.items() if text in word for status in some)


def _both(
    some: tuple[BackupStatus, ...] | None, others: tuple[BackupStatus, ...] | None
) -> tuple[BackupStatus, ...] | None:
    if some is None or others is None:
        return some if others is None else others
    return tuple(status for status in some if status in others)


def _sort(query: Query) -> tuple[Sort, ...]:
    asked = query.order("sort", SortedBy)
    key, direction = query.choice("sort_key", SortedBy), query.choice("sort_dir", Direction)
    if asked and (key or direction):
        raise InvalidParameter("sort", "cannot be given with sort_key or sort_dir")
    descending = direction is not Direction.ASCENDING
    order = asked or ((key or SortedBy.CREATED_AT, descending),)
    return tuple(Sort(_KEYS[key], descending) for key, descending in order if key in _KEYS)
