"""Figures of the whole house for a monitoring system, each by one statement."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.backup import BackupState
from holdfast.model.metric import TaskCount, VaultFigures
from holdfast.model.resource import GIB
from holdfast.model.task import Operation, Status

from .codes import OPERATION_OF_CODE, STATUS_OF_CODE
from .columns import moment_of
from .sequences import PLACES
from .tables import backup, vault
from .task_tables import task_total, task_word, work


def unfinished(tx: Connection) -> list[TaskCount]:
    """The tasks that wait or run, by project and type."""
    runs = sa.case((work.c.epoch > 0, 1), else_=0)
    counted = sa.select(work.c.project_id, work.c.operation, runs.label("runs"), sa.func.count().label("n"))
    grouped = counted.group_by(work.c.project_id, work.c.operation, runs)
    return [
        TaskCount(
            project_id=row.project_id,
            operation=Operation(row.operation),
            status=Status.RUNNING if row.runs else Status.WAITING,
            count=row.n,
        )
        for row in tx.execute(grouped)
    ]


def ended(tx: Connection) -> list[TaskCount]:
    """The tasks that have ended, ever, by project, type and status, those included that are trimmed away."""
    wanted = sa.select(task_total, task_word.c.text.label("project_id")).join(
        task_word, task_word.c.key == task_total.c.project_key
    )
    return [
        TaskCount(
            project_id=row.project_id,
            operation=OPERATION_OF_CODE[row.operation],
            status=STATUS_OF_CODE[row.status],
            count=row.n,
        )
        for row in tx.execute(wanted)
    ]


def oldest_waiting(tx: Connection) -> dict[str | None, datetime]:
    """When the oldest task that waits was made, by the site that it waits for; None: for any."""
    oldest = sa.func.min(work.c.seq).label("oldest")
    grouped = sa.select(work.c.site, oldest).where(work.c.epoch == 0).group_by(work.c.site)
    return {row.site: moment_of(row.oldest // PLACES) for row in tx.execute(grouped)}


def vaults(tx: Connection) -> list[VaultFigures]:
    """Every vault, by project and id."""
    last = (
        sa.select(backup.c.vault_id, sa.func.max(backup.c.created_at).label("last"))
        .where(backup.c.state == BackupState.AVAILABLE, backup.c.parent_id.is_(None))
        .group_by(backup.c.vault_id)
        .subquery()
    )
    wanted = (
        sa.select(vault.c.project_id, vault.c.id, vault.c.name, vault.c.used_bytes, vault.c.size_gb)
        .add_columns(last.c.last)
        .outerjoin(last, last.c.vault_id == vault.c.id)
        .order_by(vault.c.project_id, vault.c.id)
    )
    return [
        VaultFigures(
            project_id=row.project_id,
            vault_id=row.id,
            name=row.name,
            used_bytes=row.used_bytes,
            size_bytes=row.size_gb * GIB,
            last_good_at=row.last,
        )
        for row in tx.execute(wanted)
    ]
