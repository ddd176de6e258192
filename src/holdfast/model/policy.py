"""Policies: when a vault is backed up or replicated, and what is kept. Their execution is the engine's."""

from datetime import date, datetime
from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from . import schedule, zone
from .due import Schedule
from .errors import InvalidParameter, PolicyNotApplicable, VaultIsHybrid
from .resource import ObjectType
from .retention import Retention
from .vault import ProtectType, Vault

MAX_OF_A_KIND = 32
MAX_OF_A_VAULT = 16
MOST_JITTER_MINUTES = 59
MOST_TIMEOUT_MINUTES = 30 * 24 * 60


class PolicyKind(StrEnum):
    """What a policy makes (operation_type on the wire)."""

    BACKUP = "backup"
    REPLICATION = "replication"


class PolicyOrigin(StrEnum):
    """Whose a policy is (policy_type on the wire): the project's own, one of the organization, or one that
    the organization has given up and that vaults still follow."""

    OWN = "custom_policy"
    ORGANIZATION = "organization_policy_v2"
    GIVEN_UP = "organization_policy_removed"


class Destination(msgspec.Struct, frozen=True):
    """Where a replication goes: a project of a region."""

    project_id: str
    region: str


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """How a schedule is carried out, beyond the reference.

    `timezone` is an IANA name: the hours of the patterns are hours there, those of the reference UTC. A vault
    comes up to `jitter_minutes` late, so that not all come at once. A task that has run for `timeout_minutes`
    ends with the status `timeout`.
    """

    timezone: str = "UTC"
    jitter_minutes: int = 0
    timeout_minutes: int | None = None

    def check(self) -> None:
        """Refuse what could not be carried out; raises InvalidParameter naming the wire field."""
        zone.check("holdfast.timezone", self.timezone)
        if not 0 <= self.jitter_minutes <= MOST_JITTER_MINUTES:
            raise InvalidParameter("holdfast.jitter_minutes", f"must be 0 to {MOST_JITTER_MINUTES}")
        if self.timeout_minutes is not None and not 1 <= self.timeout_minutes <= MOST_TIMEOUT_MINUTES:
            reason = f"must be 1 to {MOST_TIMEOUT_MINUTES}, or null"
            raise InvalidParameter("holdfast.timeout_minutes", reason)

    def changed(self, change: "ExecutionChange") -> "Execution":
        """How it is carried out after a change; it may be such as `check` refuses."""
        timeout = change.timeout_minutes
        return Execution(
            timezone=self.timezone if change.timezone is None else change.timezone,
            jitter_minutes=self.jitter_minutes if change.jitter_minutes is None else change.jitter_minutes,
            timeout_minutes=self.timeout_minutes if timeout is UNSET else timeout,
        )


class ExecutionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of it shall be other; None, or UNSET where None says something, leaves it as it is."""

    timezone: str | None = None
    jitter_minutes: int | None = None
    timeout_minutes: int | UnsetType | None = UNSET


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy does. `patterns` are iCalendar rules, kept as the caller wrote them.

    `accelerated` and `cross_account_urn` are what a public cloud asks besides: kept and told.
    """

    name: str
    kind: PolicyKind
    enabled: bool = True
    patterns: tuple[str, ...]
    start_window_minutes: int | None = None
    retention: Retention = Retention()
    destination_project_id: str | None = None
    destination_region: str | None = None
    accelerated: bool | None = None
    cross_account_urn: str | None = None
    execution: Execution = Execution()

    @property
    def destination(self) -> Destination | None:
        """Where a replication goes, if that is said in full."""
        if self.destination_project_id and self.destination_region:
            return Destination(self.destination_project_id, self.destination_region)
        return None

    def check(self, first: date, before: "Terms | None" = None) -> None:
        """Refuse what could not be carried out; `first` is the day from which intervals are counted.

        What is as it was `before` passes: it may have been said when less was refused, and somebody must
        be able to switch such a policy off. Raises InvalidParameter naming the wire field.
        """
        if before is None or self.retention != before.retention:
            self.retention.check()
        if before is None or self.patterns != before.patterns:
            schedule.check(self.patterns, first)
        if before is None or self.execution != before.execution:
            self.execution.check()
        if self.kind is PolicyKind.REPLICATION:
            for field in ("destination_region", "destination_project_id"):
                if not getattr(self, field):
                    raise InvalidParameter(f"operation_definition.{field}", "is needed for replication")

    def changed(self, change: "TermsChange") -> "Terms":
        """The terms after a change; they may be such as `check` refuses."""
        given = {
            "name": change.name,
            "enabled": change.enabled,
            "patterns": change.patterns,
            "retention": self._retention(change),
            "destination_project_id": change.destination_project_id,
            "destination_region": change.destination_region,
            "accelerated": change.accelerated,
            "cross_account_urn": change.cross_account_urn,
            "execution": self.execution.changed(change.execution),
        }
        terms = msgspec.structs.replace(
            self, **{field: value for field, value in given.items() if value is not None}
        )
        if change.start_window_minutes is UNSET:
            return terms
        return msgspec.structs.replace(terms, start_window_minutes=change.start_window_minutes)

    def _retention(self, change: "TermsChange") -> Retention:
        retention, first = change.retention or self.retention, change.keep_first_of_month
        if first is UNSET:
            return retention
        kept = self.retention.keep_first_of_month if first is None else first
        return msgspec.structs.replace(retention, keep_first_of_month=kept)


class TermsChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a policy shall be other; None, or UNSET where None says something, leaves it as it is.

    What is kept changes as a whole: `retention` says all of it, but for `keep_first_of_month` where that is
    not UNSET. There None is as it was, for those who speak of `retention` and have no word for the month.
    """

    name: str | None = None
    enabled: bool | None = None
    patterns: tuple[str, ...] | None = None
    start_window_minutes: int | UnsetType | None = UNSET
    retention: Retention | None = None
    keep_first_of_month: bool | UnsetType | None = UNSET
    destination_project_id: str | None = None
    destination_region: str | None = None
    accelerated: bool | None = None
    cross_account_urn: str | None = None
    execution: ExecutionChange = ExecutionChange()


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a project. Those that come from the organization say from which policy of it;
    `given_up` then tells that this one is no more."""

    id: str
    project_id: str
    terms: Terms
    trigger_id: str
    organization_policy_id: str | None = None
    given_up: bool = False
    created_at: datetime

    @property
    def kind(self) -> PolicyKind:
        """What it makes."""
        return self.terms.kind

    @property
    def schedule(self) -> Schedule:
        """When it comes due, enabled or not. Raises ZoneInfoNotFoundError."""
        terms = self.terms
        return Schedule(terms.patterns, self.created_at.date(), terms.execution.timezone)

    @property
    def origin(self) -> PolicyOrigin:
        """Whose it is."""
        if self.organization_policy_id is None:
            return PolicyOrigin.OWN
        return PolicyOrigin.GIVEN_UP if self.given_up else PolicyOrigin.ORGANIZATION

    def check_applicable(self, vault: Vault) -> None:
        """Refuse a vault that cannot follow this policy; raises PolicyNotApplicable or VaultIsHybrid.

        Replicas are made of backups, not of replicas; what a hybrid vault holds comes from elsewhere.
        """
        if self.given_up:
            raise PolicyNotApplicable("the organization has given it up")
        if vault.protect_type is ProtectType.REPLICATION:
            raise PolicyNotApplicable("the vault holds replicas")
        if self.kind is PolicyKind.BACKUP and vault.object_type is ObjectType.VMWARE:
            raise VaultIsHybrid(vault.name)


class Follower(msgspec.Struct, frozen=True):
    """A vault that follows a policy, and where its replicas go.

    It follows the policy as it is now `since` then, comes due next at `due_at`, and begins at `fires_at`, not
    before. Without a `due_at` it never comes due, or nobody has looked yet.
    """

    vault_id: str
    destination_vault_id: str | None = None
    since: datetime | None = None
    due_at: datetime | None = None
    fires_at: datetime | None = None
