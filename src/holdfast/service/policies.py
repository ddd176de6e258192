"""Policies as a caller may ask for them. They are kept; the schedules they describe are not run yet."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from holdfast.db import policies
from holdfast.model import clock, ids
from holdfast.model.errors import InvalidParameter
from holdfast.model.policy import MAX_PATTERNS, Policy, PolicyKind, Retention

from .context import Context


class NewPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of a policy to be made."""

    name: str
    kind: PolicyKind
    enabled: bool = True
    patterns: tuple[str, ...]
    start_window_minutes: int | None = None
    retention: Retention = Retention()
    destination_project_id: str | None = None
    destination_region: str | None = None


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A policy with the ids of the vaults that follow it."""

    policy: Policy
    vault_ids: tuple[str, ...] = ()


def create(context: Context, asked: NewPolicy) -> Bound:
    """Keep a policy; raises NotAllowed or InvalidParameter."""
    policy = Policy(
        id=ids.new(),
        project_id=context.project_id,
        name=asked.name,
        kind=asked.kind,
        enabled=asked.enabled,
        patterns=asked.patterns,
        start_window_minutes=asked.start_window_minutes,
        retention=asked.retention,
        destination_project_id=asked.destination_project_id,
        destination_region=asked.destination_region,
        trigger_id=ids.new(),
        created_at=clock.now(),
    )
    _check(policy)
    with context.changing() as tx:
        policies.add(tx, policy)
    return Bound(policy=policy)


def find(context: Context, *, kind: PolicyKind | None = None, vault_id: str | None = None) -> list[Bound]:
    """The project's policies, or those of a kind, or those that a vault follows; newest first."""
    with context.db.reading() as tx:
        found = policies.find(tx, context.project_id, kind=kind, vault_id=vault_id)
        return [Bound(policy=policy, vault_ids=tuple(policies.vaults_of(tx, policy.id))) for policy in found]


def show(context: Context, policy_id: str) -> Bound:
    """One policy; raises PolicyNotFound."""
    with context.db.reading() as tx:
        policy = policies.get(tx, context.project_id, policy_id)
        return Bound(policy=policy, vault_ids=tuple(policies.vaults_of(tx, policy_id)))


def delete(context: Context, policy_id: str) -> None:
    """Forget a policy. Vaults that followed it, and their backups, stay. Raises PolicyNotFound."""
    with context.changing() as tx:
        policies.remove(tx, context.project_id, policy_id)


def _check(policy: Policy) -> None:
    policy.retention.check()
    if not 1 <= len(policy.patterns) <= MAX_PATTERNS:
        raise InvalidParameter("trigger.properties.pattern", f"must be 1 to {MAX_PATTERNS} rules")
    for pattern in policy.patterns:
        _check_pattern(pattern)
    if policy.kind is PolicyKind.REPLICATION and not policy.destination_region:
        raise InvalidParameter("operation_definition.destination_region", "is needed for replication")
    if policy.kind is PolicyKind.REPLICATION and not policy.destination_project_id:
        raise InvalidParameter("operation_definition.destination_project_id", "is needed for replication")


_DAY = r"(?:MO|TU|WE|TH|FR|SA|SU)"
_HOUR = r"(?:[01]?\d|2[0-3])"
_MINUTE = r"[0-5]?\d"
_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "FREQ": r"DAILY|WEEKLY",
        "INTERVAL": r"[1-9]\d{0,2}",
        "BYDAY": rf"{_DAY}(?:,{_DAY})*",
        "BYHOUR": rf"{_HOUR}(?:,{_HOUR})*",
        "BYMINUTE": rf"{_MINUTE}(?:,{_MINUTE})*",
    }
)


def _check_pattern(pattern: str) -> None:
    """Raises InvalidParameter unless this is a rule of the subset of iCalendar that the reference names."""
    parts: Sequence[tuple[str, str, str]] = [part.partition("=") for part in pattern.split(";")]
    names = [name for name, _, _ in parts]
    fits = all(name in _PARTS and re.fullmatch(_PARTS[name], value, re.ASCII) for name, _, value in parts)
    if not fits or len(set(names)) != len(names) or "FREQ" not in names:
        raise InvalidParameter(
            "trigger.properties.pattern",
            "must be rules such as FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=14;BYMINUTE=00",
        )
