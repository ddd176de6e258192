"""The protection of a project's resources, as a caller may ask for it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import overdue, policies, protection, restored, tasks
from holdfast.db.columns import microseconds_of
from holdfast.db.protection import Holding, Named, Some
from holdfast.db.restored import Restored
from holdfast.model import clock
from holdfast.model.backup import BackupState
from holdfast.model.errors import InvalidParameter
from holdfast.model.overdue import expected, judge
from holdfast.model.policy import Policy, PolicyKind
from holdfast.model.protection import (
    Followed,
    Protected,
    Protection,
    ProtectionState,
    ProtectionSummary,
    is_proven,
    state_of,
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
    def needs_judgement(self) -> bool:
        """Whether all must be judged before a page can be cut."""
        return self.state is not None or self.unproven is not None or self.sort is not ProtectionKey.NAME


@dataclass(frozen=True)
class _Asking:
    """One view of the database, for whom and when, and what was restored there last."""

    tx: Connection
    project_id: str
    now: datetime
    proofs: Mapping[str, Restored]

    @classmethod
    def of(cls, tx: Connection, project_id: str) -> "_Asking":
        """As things are now."""
        return cls(tx, project_id, clock.now(), restored.newest(tx, project_id))


class _Judgement(NamedTuple):
    """What the lists and the numbers need to know of each resource; `good` is when its last good backup was
    begun, in microseconds since 1970."""

    state: ProtectionState
    unproven: bool
    good: int | None


_NOWHERE = _Judgement(ProtectionState.UNPROTECTED, unproven=False, good=None)
_ORDER: Mapping[ProtectionState, int] = MappingProxyType(
    {state: place for place, state in enumerate(ProtectionState)}
)
_KEYS: Mapping[ProtectionKey, Callable[[Named, _Judgement], Any]] = MappingProxyType(
    {
        ProtectionKey.TYPE: lambda one, _: one.type,
        ProtectionKey.STATE: lambda _, judged: _ORDER[judged.state],
        ProtectionKey.SIZE: lambda one, _: one.size_bytes,
        ProtectionKey.LAST_GOOD: lambda _, judged: judged.good,
    }
)


def find(context: Context, wanted: ProtectionFilter, page: Page) -> tuple[list[Protection], int]:
    """A page of the project's resources and how they are protected, and how many match in all.

    Raises InvalidParameter for a type that there is not.
    """
    with context.db.reading() as tx:
        asking = _Asking.of(tx, context.project_id)
        cut, count = _cut(asking, wanted, page)
        return _told(asking, _judged(asking, cut)), count


def summary(context: Context) -> ProtectionSummary:
    """How many of the project's resources are protected, and how."""
    with context.db.reading() as tx:
        resources = protection.count(tx, Some(context.project_id))
        judged = _judge_all(_Asking.of(tx, context.project_id)).values()
    counted = Counter(one.state for one in judged)
    counted[ProtectionState.UNPROTECTED] = resources - len(judged)
    return ProtectionSummary(
        resources=resources,
        by_state={state: counted[state] for state in ProtectionState},
        unproven=sum(one.unproven for one in judged),
    )


def _cut(asking: _Asking, wanted: ProtectionFilter, page: Page) -> tuple[list[str], int]:
    """The ids on a page of those that match, and how many match in all."""
    some = Some(
        asking.project_id,
        type=None if wanted.type is None else _kind(wanted.type),
        resource_id=wanted.resource_id,
    )
    if wanted.text is None and not wanted.needs_judgement:
        part = (page.limit, page.offset)
        found = protection.names(asking.tx, some, part=part, descending=wanted.descending)
        return [one.id for one in found], protection.count(asking.tx, some)
    found = protection.names(asking.tx, some)
    if wanted.text is not None:
        part_of_name = wanted.text.casefold()
        found = [one for one in found if part_of_name in one.name.casefold() or one.id == wanted.text]
    judged = _judge_all(asking) if wanted.needs_judgement else {}
    found = _sorted(_matching(found, judged, wanted), judged, wanted)
    return [one.id for one in found[page.offset :][: page.limit]], len(found)


def _kind(word: str) -> ResourceType:
    try:
        return resource_type(word)
    except UnknownTypeError as error:
        raise InvalidParameter("type", str(error)) from error


def _matching(
    found: Iterable[Named], judged: Mapping[str, _Judgement], wanted: ProtectionFilter
) -> list[Named]:
    if wanted.state is None and wanted.unproven is None:
        return list(found)
    matching = {
        id
        for id, one in judged.items()
        if wanted.state in (None, one.state) and wanted.unproven in (None, one.unproven)
    }
    nowhere = wanted.state in (None, _NOWHERE.state) and not wanted.unproven
    return [one for one in found if (one.id in matching if one.id in judged else nowhere)]


def _sorted(
    found: Sequence[Named], judged: Mapping[str, _Judgement], wanted: ProtectionFilter
) -> list[Named]:
    """They come by name; what has no moment comes last, whichever way."""
    key = _KEYS.get(wanted.sort)
    if key is None:
        return list(reversed(found)) if wanted.descending else list(found)
    keyed = [(key(one, judged.get(one.id, _NOWHERE)), one) for one in found]
    known = sorted(
        (pair for pair in keyed if pair[0] is not None), key=itemgetter(0), reverse=wanted.descending
    )
    return [one for _, one in known] + [one for value, one in keyed if value is None]


def _judge_all(asking: _Asking) -> dict[str, _Judgement]:
    """Of every resource in a vault what its place in lists follows from."""
    found = protection.standings(asking.tx, asking.project_id)
    failed = [id for id, one in found.items() if one.good is False]
    good = {
        id: microseconds_of(last.created_at)
        for id, last in protection.newest(asking.tx, asking.project_id, failed, good=True).items()
    }
    late = _late_ids(asking)
    proven = {id for id, one in asking.proofs.items() if is_proven(one.ended_at, asking.now)}
    judged = {}
    for id, one in found.items():
        state = state_of(in_vault=True, auto_protect=one.auto_protect, last_good=one.good, overdue=id in late)
        last = one.created if one.good else good.get(id)
        judged[id] = _Judgement(state, last is not None and id not in proven, last)
    return judged


def _judged(asking: _Asking, resource_ids: Sequence[str]) -> list[Protected]:
    """These resources, in this order, with all that their states follow from: by a few statements, however
    many they are."""
    if not resource_ids:
        return []
    found = {one.resource_id: one for one in protection.find(asking.tx, asking.project_id, resource_ids)}
    held = [one.resource_id for one in found.values() if one.vault_id is not None]
    ended = protection.newest(asking.tx, asking.project_id, held)
    failed = [one for one, last in ended.items() if last.state is not BackupState.AVAILABLE]
    good = ended | dict.fromkeys(failed) | protection.newest(asking.tx, asking.project_id, failed, good=True)
    late = _late(asking, held)
    return [
        replace(
            found[id],
            last=ended.get(id),
            last_good=good.get(id),
            overdue_since=late.get(id),
            proven_at=asking.proofs[id].ended_at if id in asking.proofs else None,
        )
        for id in resource_ids
        if id in found
    ]


def _late_ids(asking: _Asking) -> set[str]:
    """Of which resources a backup is overdue."""
    found = [overdue.resources(asking.tx, policy.id, due_at) for policy, due_at in _due(asking)]
    return set().union(*found)


def _late(asking: _Asking, resource_ids: Sequence[str]) -> dict[str, datetime]:
    """Since when a backup is overdue, of these resources."""
    late: dict[str, datetime] = {}
    for policy, due_at in _due(asking):
        for one in judge(policy, due_at, overdue.backups(asking.tx, policy.id, due_at, resource_ids)):
            late[one.resource_id] = min(one.since, late.get(one.resource_id, one.since))
    return late


def _due(asking: _Asking) -> Iterator[tuple[Policy, datetime]]:
    """The backup policies of which something should be there by now, and since when."""
    for policy in policies.find(asking.tx, asking.project_id, kind=PolicyKind.BACKUP):
        due_at = expected(policy, asking.now)
        if due_at is not None:
            yield policy, due_at


def _told(asking: _Asking, found: Sequence[Protected]) -> list[Protection]:
    """All that is told of a page of them."""
    if not found:
        return []
    tx, project_id, proofs = asking.tx, asking.project_id, asking.proofs
    some = [one.resource_id for one in found]
    held = protection.holdings(tx, project_id, some)
    restores = tasks.kept(tx, [proofs[id].seq for id in some if id in proofs])
    ended = {one.last.id for one in found if one.last is not None}
    took = protection.tasks_of_backups(tx, project_id, ended)
    names = protection.vault_names(tx, project_id)
    followed = _followed(tx, project_id, asking.now)
    return [
        Protection(
            of=one,
            unproven=one.is_unproven(asking.now),
            vault_name=names.get(one.vault_id or ""),
            policies=followed.get(one.vault_id or "", ()),
            last_task=took.get(one.last.id) if one.last is not None else None,
            proven_by=restores.get(proofs[one.resource_id].seq) if one.resource_id in proofs else None,
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
                Followed(policy.id, policy.terms.name, policy.kind, policy.terms.enabled, due_at),
            )
    return found


def _next(policy: Policy, now: datetime) -> datetime | None:
    """When a policy takes backups next."""
    takes = policy.kind is PolicyKind.BACKUP and policy.terms.enabled
    return policy.schedule.next_after(now) if takes else None
