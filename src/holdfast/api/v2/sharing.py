"""Sharing backups of disks: what the Volume Backup Service calls a share is a member of the backup."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.api import moments
from holdfast.api.paging import MAX_LIMIT, MAX_OFFSET
from holdfast.api.query import Query
from holdfast.api.request import Call, Reply, Route
from holdfast.api.v3.wording import Id
from holdfast.model.backup import Backup
from holdfast.model.member import Member
from holdfast.model.share import Share, Side
from holdfast.model.task import Page
from holdfast.service import members, shares
from holdfast.service.context import Context
from holdfast.service.members import Receivers
from holdfast.service.shares import ShareFilter, ShareKey

from .links import LinkView, to_next
from .native_backup_views import STATUSES, BackupFacts, NativeStatus, facts_of
from .native_lists import Direction, SortedBy

MAX_NAMED = 256


# Not here: formats, which no backup has. In the order of what all have alike, the newest come first.
_KEYS = MappingProxyType({SortedBy(key): key for key in ShareKey})


class BackupView(BackupFacts, frozen=True, kw_only=True):
    """The backup that is shared, without what only its owner can use."""

    service_metadata: str | None

    @classmethod
    def of(cls, backup: Backup) -> "BackupView":
        """The wire's view of a backup, as far as OpenStack's own calls tell it too."""
        told = msgspec.structs.replace(facts_of(backup), snapshot_id=None)
        return cls(**msgspec.structs.asdict(told), service_metadata=None)


class NewShareView(msgspec.Struct, frozen=True, kw_only=True):
    """A share that was just made. What is cancelled is gone: `deleted` is never set."""

    id: str
    backup_id: str
    to_project_id: str
    from_project_id: str
    created_at: str | None
    updated_at: str | None
    deleted: str | None = None
    deleted_at: str | None = None

    @classmethod
    def of(cls, member: Member, owner_id: str) -> "NewShareView":
        """The view of a member of a backup of this owner."""
        return cls(
            id=member.id,
            backup_id=member.backup_id,
            to_project_id=member.project_id,
            from_project_id=owner_id,
            created_at=moments.of_resource(member.created_at),
            updated_at=moments.of_resource(member.updated_at),
        )


class AnswerView(msgspec.Struct, frozen=True):
    """Ours, beyond the reference: what the receiver said."""

    status: str


class ShareView(msgspec.Struct, frozen=True, kw_only=True):
    """A share, with its backup."""

    id: str
    backup_id: str
    to_project_id: str
    from_project_id: str
    created_at: str | None
    updated_at: str | None
    backup: BackupView
    holdfast: AnswerView

    @classmethod
    def of(cls, share: Share) -> "ShareView":
        """The wire's view of a share."""
        member, backup = share.member, share.backup
        return cls(
            id=member.id,
            backup_id=backup.id,
            to_project_id=member.project_id,
            from_project_id=backup.project_id,
            created_at=moments.of_resource(member.created_at),
            updated_at=moments.of_resource(member.updated_at),
            backup=BackupView.of(backup),
            holdfast=AnswerView(member.status),
        )


class AddedReply(msgspec.Struct, frozen=True):
    """One share for each receiver."""

    shared: Sequence[NewShareView]


class ShareReply(msgspec.Struct, frozen=True):
    """One share."""

    shared: ShareView


class SharesReply(msgspec.Struct, frozen=True):
    """A page of shares, and where the next one is, if there is one."""

    shared: Sequence[ShareView]
    shared_links: Sequence[LinkView] | UnsetType = UNSET


class CountReply(msgspec.Struct, frozen=True):
    """How many shares there are."""

    count: int


class AddBody(msgspec.Struct, frozen=True, kw_only=True):
    """Which backup is shared with which projects."""

    backup_id: Id
    to_project_ids: Annotated[list[Id], Meta(min_length=1, max_length=MAX_NAMED)]


class AddRequest(msgspec.Struct, frozen=True):
    """The body that shares a backup."""

    shared: AddBody


def add(context: Context, call: Call) -> Reply:
    """POST os-vendor-backup-sharing."""
    asked = call.read(AddRequest).shared
    added = members.add_of_disk(context, asked.backup_id, Receivers(tuple(asked.to_project_ids)))
    return Reply(AddedReply([NewShareView.of(member, context.project_id) for member in added]))


def find(context: Context, call: Call) -> Reply:
    """GET os-vendor-backup-sharing/detail."""
    wanted, page = _sorted(_wanted(context, call.query), call.query), _page(call.query)
    one_more = Page(limit=page.limit + 1, offset=page.offset)
    found = [] if _is_elsewhere(call.query) else shares.find(context, wanted, one_more)
    views = [ShareView.of(share) for share in found[: page.limit]]
    after = page.offset + page.limit
    links = to_next(context, call, limit=page.limit, offset=after) if len(found) > page.limit else UNSET
    return Reply(SharesReply(views, links))


def count(context: Context, call: Call) -> Reply:
    """GET os-vendor-backup-sharing/count."""
    wanted = _wanted(context, call.query)
    return Reply(CountReply(0 if _is_elsewhere(call.query) else shares.count(context, wanted)))


def show(context: Context, call: Call) -> Reply:
    """GET os-vendor-backup-sharing/{id}."""
    return Reply(ShareReply(ShareView.of(shares.show(context, call.path["id"]))))


def remove(context: Context, call: Call) -> Reply:
    """DELETE os-vendor-backup-sharing/{id}, where the id may be the backup's, whose shares all go then."""
    removed = shares.remove_all if call.query.truth("is_backup_id") else shares.remove
    removed(context, call.path["id"])
    return Reply()


def _wanted(context: Context, query: Query) -> ShareFilter:
    status = query.choice("status", NativeStatus)
    return ShareFilter(
        project_id=context.project_id,
        side=Side.RECEIVED if query.truth("share_to_me") else Side.GIVEN,
        volume_id=query.text("volume_id"),
        name=query.text("name"),
        statuses=None if status is None else STATUSES[status],
        backup_id=query.text("backup_id"),
        from_project_id=query.text("from_project_id"),
        to_project_id=query.text("to_project_id"),
    )


def _sorted(wanted: ShareFilter, query: Query) -> ShareFilter:
    key, direction = query.choice("sort_key", SortedBy), query.choice("sort_dir", Direction)
    return msgspec.structs.replace(
        wanted,
        key=_KEYS.get(key or SortedBy.CREATED_AT, ShareKey.CREATED_AT),
        descending=direction is not Direction.ASCENDING,
    )


def _is_elsewhere(query: Query) -> bool:
    """Whether only what is in some zone is asked for: nothing here stands in any. (The wire misspells it.)"""
    return query.text("avalilability_zone") is not None


def _page(query: Query) -> Page:
    return Page(
        limit=min(query.number("limit", MAX_LIMIT, 1, MAX_OFFSET), MAX_LIMIT),
        offset=query.number("offset", 0, 0, MAX_OFFSET),
    )


ROUTES = (
    Route("POST", "/os-vendor-backup-sharing", add),
    Route("GET", "/os-vendor-backup-sharing/detail", find),
    Route("GET", "/os-vendor-backup-sharing/count", count),
    Route("GET", "/os-vendor-backup-sharing/{id}", show),
    Route("DELETE", "/os-vendor-backup-sharing/{id}", remove),
)
