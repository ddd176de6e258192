"""The audit trail: who asked for what, one entry for each call that changed something."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Method(StrEnum):
    """How something was asked for: by a method of HTTP, or by the house itself.

    `FIRE`: a policy came due. `EXPIRE`: the rules of policies let backups go.
    """

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"
    FIRE = "FIRE"
    EXPIRE = "EXPIRE"


class Asked(msgspec.Struct, frozen=True):
    """A call: its method, its route with names in braces, and its path as it was asked, without the query."""

    method: str = ""
    route: str = ""
    path: str = ""


UNTOLD = Asked()


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A call that changed something, and who made it; `user_id` is empty for the house itself.

    `id` is given when it is written. `project_id` is a domain's for a change of its accounts. `task_ids` are
    the tasks that the call made and that are still known, oldest first: told by who shows the entry.
    """

    id: str = ""
    at: datetime
    project_id: str
    request_id: str
    user_id: str
    user_name: str
    asked: Asked
    task_ids: tuple[str, ...] = ()


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries; every given condition must hold. `user` is an id or a name.

    `since` ≤ the moment of an entry < `before`.
    """

    request_id: str | None = None
    user: str | None = None
    method: Method | None = None
    since: datetime | None = None
    before: datetime | None = None
