"""The audit trail: what a caller may see of it, and the entries of changes that no project has."""

from collections.abc import Sequence

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import audits
from holdfast.db.database import Database
from holdfast.model import clock
from holdfast.model.audit import Asked, AuditEntry, AuditFilter

from .context import Context
from .sessions import Session


def find(
    context: Context, wanted: AuditFilter, limit: int, marker: str | None = None
) -> tuple[Sequence[AuditEntry], bool]:
    """The newest entries of the project, or those behind the one that the marker names, with the tasks that
    each made; and whether there are more. An administrator sees those of the domain's accounts among them.

    Raises InvalidParameter for a marker that names none of them.
    """
    caller = context.caller
    owners = (caller.project_id, caller.domain_id) if caller.is_admin else (caller.project_id,)
    with context.db.reading() as tx:
        found = audits.find(tx, owners, wanted, limit + 1, marker)
        shown = found[:limit]
        made = audits.task_ids(tx, caller.project_id, [entry.request_id for entry in shown])
    told = [replace(entry, task_ids=made.get(entry.request_id, ())) for entry in shown]
    return told, len(found) > limit


def recorded(db: Database, session: Session, request_id: str, asked: Asked) -> Database:
    """The database for a change of accounts: its transaction leaves an entry of the session's domain."""

    def record(tx: Connection) -> None:
        entry = AuditEntry(
            at=clock.now(),
            project_id=session.domain_id,
            request_id=request_id,
            user_id=session.user.id,
            user_name=session.user.name,
            asked=asked,
        )
        audits.add(tx, entry)

    return db.recording(record)
