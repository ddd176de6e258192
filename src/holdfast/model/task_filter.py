"""Which tasks a caller asks for, and in what order."""

from datetime import datetime
from enum import StrEnum

import msgspec

from .task import Operation, Status


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Moments from `after` on and before `before`; None: without that end."""

    after: datetime | None = None
    before: datetime | None = None

    @property
    def is_all(self) -> bool:
        """Whether every moment, and none at all, is in it."""
        return self.after is None and self.before is None


EVER = Span()


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks of a project; every given condition must hold, one with several values for any of them.

    Names match as substrings, case included; `text` is one of a resource's name, a vault's name or the
    sentence that says why a task did not end well. `begin` and `end` bound the creation time as CBR has it:
    `begin` ≤ created < `end` + 1 s, because the wire writes whole seconds. A task that has not started or
    ended is in no span of those. `parent_ids` are of tasks that it does once more, or does for another
    region.
    """

    project_id: str
    operations: tuple[Operation, ...] = ()
    statuses: tuple[Status, ...] = ()
    provider_ids: tuple[str, ...] = ()
    resource_ids: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    resource_types: tuple[str, ...] = ()
    vault_ids: tuple[str, ...] = ()
    vault_names: tuple[str, ...] = ()
    enterprise_project_ids: tuple[str, ...] = ()
    policy_ids: tuple[str, ...] = ()
    checkpoint_ids: tuple[str, ...] = ()
    backup_ids: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()
    parent_ids: tuple[str, ...] = ()
    error_codes: tuple[str, ...] = ()
    text: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    created: Span = EVER
    started: Span = EVER
    ended: Span = EVER


class SortKey(StrEnum):
    """What a list of tasks is sorted by; those that are alike, or have none, by their creation time."""

    CREATED_AT = "created_at"
    STARTED_AT = "started_at"
    ENDED_AT = "ended_at"
    STATUS = "status"
    OPERATION_TYPE = "operation_type"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The order of a list: the highest first unless said otherwise. What has no moment comes last."""

    key: SortKey = SortKey.CREATED_AT
    descending: bool = True


NEWEST_FIRST = Order()
