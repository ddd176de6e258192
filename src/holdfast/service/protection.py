"""The protection of a project's resources, as a caller may ask for it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import overdue, policies, protection, tasks
from holdfast.db.protection import Holding
from holdfast.model import clock
from holdfast.model.backup import BackupState
from holdfast.model.errors import InvalidParameter
from holdfast.model.overdue import expected, judge
from holdfast.model.policy import Policy, PolicyKind
from holdfast.model.protection import (
    PROVEN_FOR,
    Followed,
    Protected,
    Protection,
    ProtectionState,
    ProtectionSummary,
)
from holdfast.model.resource import ResourceType
from holdfast.model.task import Page
from holdfast.providers.catalogue import UnknownTypeError, resource_type

from .context import Context


class ProtectionKey(StrEnum):
    """What the list is sorted by; those that are alike by name."""

    NAME = "name"
    TYPE = "type"
    STATE = "state"
    SIZE = "size_bytes"
    LAST_GOOD = "last_good_at"


class ProtectionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which resources of a project; every given condition must hold.

    `text` is a part of the name, in capitals or not, or the whole id.
    """

    state: ProtectionState | None = None
    unproven: bool | None = None
    type: str | None = None
    text: str | None = None
    resource_id: str | None = None
    sort: ProtectionKey = ProtectionKey.NAME
    descending: bool = False

    @property
    def needs_all(self) -> bool:
        """Whether all must be judged before a page can be cut."""
        return self.state is not None or self.unproven is not None or self.sort is not ProtectionKey.NAME


_KEYS: Mapping[ProtectionKey, Callable[[Protected], Any]] = MappingProxyType(
    {
        ProtectionKey.TYPE: lambda one: one.type,
        ProtectionKey.STATE: lambda one: list(ProtectionState).index(one.state),
        ProtectionKey.SIZE: lambda one: one.size_bytes,
        ProtectionKey.LAST_GOOD: lambda one: one.last_good and one.last_good.created_at,
    }
)

_FEW = 100  # resources whose restores are looked for one by one


def find(context: Context, wanted: ProtectionFilter, page: Page) -> tuple[list[Protection], int]:
    """A page of the project's resources and how they are protected, and how many match in all.

    Raises InvalidParameter for a type that there is not.
    """
    now = clock.now()
    with context.db.reading() as tx:
        some = _named(tx, context.project_id, wanted)
        if wanted.needs_all:
            found = _sorted(_matching(_judged(tx, context.project_id, some, now), wanted, now), wanted)
            cut, count = found[page.offset :][: page.limit], len(found)
        else:
            some = some[::-1] if wanted.descending else some
            cut, count = _judged(tx, context.project_id, some[page.offset :][: page.limit], now), len(some)
            cut = cut[::-1] if wanted.descending else cut
        return _told(tx, context.project_id, cut, now), count


def summary(context: Context) -> ProtectionSummary:
    """How many of the project's resources are protected, and how."""
    now = clock.now()
    with context.db.reading() as tx:
        found = _judged(tx, context.project_id, None, now)
    states = [one.state for one in found]
    return ProtectionSummary(
        resources=len(found),
        by_state={state: states.count(state) for state in ProtectionState},
        unproven=sum(one.is_unproven(now) for one in found),
    )


def _named(tx: Connection, project_id: str, wanted: ProtectionFilter) -> list[str]:
    """The ids of those that match as far as that is told by themselves, by name."""
    kind = None if wanted.type is None else _kind(wanted.type)
    found = protection.names(tx, project_id, type=kind, resource_id=wanted.resource_id)
    part = "" if wanted.text is None else wanted.text.casefold()
    return [id for id, name in found if part in name.casefold() or id == wanted.text]


def _kind(word: str) -> ResourceType:
    try:
        return resource_type(word)
    except UnknownTypeError as error:
        raise InvalidParameter("type", str(error)) from error


def _matching(found: Iterable[Protected], wanted: ProtectionFilter, now: datetime) -> list[Protected]:
    return [
        one
        for one in found
        if wanted.state in (None, one.state) and wanted.unproven in (None, one.is_unproven(now))
    ]


def _sorted(found: Sequence[Protected], wanted: ProtectionFilter) -> list[Protected]:
    """They come by name; what has no moment comes last, whichever way."""
    key = _KEYS.get(wanted.sort)
    if key is None:
        return list(reversed(found)) if wanted.descending else list(found)
    known = [one for one in found if key(one) is not None]
    unknown = [one for one in found if key(one) is None]
    return [*sorted(known, key=key, reverse=wanted.descending), *unknown]


def _judged(
    tx: Connection, project_id: str, resource_ids: Sequence[str] | None, now: datetime
) -> list[Protected]:
    """These resources, or all, by name, with all that their states follow from: by a few statements, however
    many they are."""
    found = protection.find(tx, project_id, resource_ids) if resource_ids != [] else []
    if not found:
        return []
    held = [one.resource_id for one in found if one.vault_id is not None]
    ended = protection.newest(tx, project_id, held)
    failed = [one for one, last in ended.items() if last.state is not BackupState.AVAILABLE]
    good = ended | dict.fromkeys(failed) | protection.newest(tx, project_id, failed, good=True)
    late = _late(tx, project_id, None if resource_ids is None else held, now)
    if resource_ids is None or len(resource_ids) > _FEW:
        proven = protection.proven(tx, project_id, now - PROVEN_FOR)
    else:
        proven = {id: one.ended_at for id, one in protection.restored(tx, project_id, resource_ids).items()}
    return [
        replace(
            one,
            last=ended.get(one.resource_id),
            last_good=good.get(one.resource_id),
            overdue_since=late.get(one.resource_id),
            proven_at=proven.get(one.resource_id),
        )
        for one in found
    ]


def _late(
    tx: Connection, project_id: str, resource_ids: Sequence[str] | None, now: datetime
) -> dict[str, datetime]:
    """Since when a backup is overdue, by resource: of all, or of these."""
    late: dict[str, datetime] = {}
    for policy in policies.find(tx, project_id, kind=PolicyKind.BACKUP):
        due_at = expected(policy, now)
        if due_at is not None:
            for one in judge(policy, due_at, overdue.backups(tx, policy.id, due_at, resource_ids)):
                late[one.resource_id] = min(one.since, late.get(one.resource_id, one.since))
    return late


def _told(tx: Connection, project_id: str, found: Sequence[Protected], now: datetime) -> list[Protection]:
    """All that is told of a page of them."""
    if not found:
        return []
    some = [one.resource_id for one in found]
    held = protection.holdings(tx, project_id, some)
    proven = protection.restored(tx, project_id, some)
    proofs = tasks.kept(tx, [one.seq for one in proven.values()])
    ended = {one.last.id for one in found if one.last is not None}
    took = protection.tasks_of_backups(tx, project_id, ended)
    names = protection.vault_names(tx, project_id)
    followed = _followed(tx, project_id, now)
    return [
        Protection(
            of=one,
            unproven=one.is_unproven(now),
            vault_name=names.get(one.vault_id or ""),
            policies=followed.get(one.vault_id or "", ()),
            last_task=took.get(one.last.id) if one.last is not None else None,
            proven_by=proofs.get(proven[one.resource_id].seq) if one.resource_id in proven else None,
            **_kept(one, held.get(one.resource_id, ())),
        )
        for one in found
    ]


def _kept(one: Protected, held: Sequence[Holding]) -> dict[str, Any]:
    """The good backups in the vault of a resource; of one that is in none, those in all vaults."""
    here = [some for some in held if one.vault_id in (None, some.vault_id)]
    last = max((some.last for some in here), key=lambda last: last.created_at, default=None)
    return {"last_good": last, "backup_count": sum(some.count for some in here)}


def _followed(tx: Connection, project_id: str, now: datetime) -> dict[str, tuple[Followed, ...]]:
    """The policies that each vault follows, and when they come due there next."""
    found: dict[str, tuple[Followed, ...]] = {}
    known = policies.find(tx, project_id)
    following = policies.followers_of_all(tx, [policy.id for policy in known])
    for policy in sorted(known, key=lambda policy: policy.terms.name):
        due = _next(policy, now)
        for one in following.get(policy.id, ()):
            due_at = due and (one.due_at or due)
            found[one.vault_id] = (
                *found.get(one.vault_id, ()),
                Followed(policy.id, policy.terms.name, due_at),
            )
    return found


def _next(policy: Policy, now: datetime) -> datetime | None:
    """When a policy takes backups next."""
    takes = policy.kind is PolicyKind.BACKUP and policy.terms.enabled
    return policy.schedule.next_after(now) if takes else None
