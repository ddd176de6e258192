"""The status of backups: what is stored of each, together with the unfinished tasks that concern it.

`model.backup.status_of` is the rule. `Situation.expression` is the same rule for the database, for lists that
are filtered or sorted by status; a test holds the two together.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from holdfast.model.backup import BackupState, BackupStatus, status_of
from holdfast.model.task import Operation, Status

from . import under_way
from .statements import Record
from .tables import backup as table
from .under_way import UnderWay

_DELETING = (BackupStatus.DELETING, BackupStatus.WAITING_DELETE)


class Situation:
    """What is under way with some backups, oldest first, and with the vaults that hold them."""

    def __init__(self, tasks: Sequence[UnderWay]) -> None:
        self._by_backup: dict[str, list[tuple[Operation, Status]]] = {}
        self._by_vault: dict[str, list[tuple[Operation, Status]]] = {}
        for task in tasks:
            if task.operation is Operation.VAULT_DELETE and task.vault_id is not None:
                self._by_vault.setdefault(task.vault_id, []).append(task.pair)
            elif task.backup_id is not None:
                self._by_backup.setdefault(task.backup_id, []).append(task.pair)

    def status_of(self, row: Record) -> BackupStatus:
        """The status of the backup in a row; a disk shares what happens to its server's backup."""
        return status_of(
            BackupState(row.state),
            [
                *self._by_backup.get(row.id, ()),
                *self._by_backup.get(row.parent_id or "", ()),
                *self._by_vault.get(row.vault_id, ()),
            ],
        )

    def expression(self) -> ColumnElement[str]:
        """The status of each backup of the project that this is the situation of."""
        backups, vaults = _statuses(self._by_backup), _statuses(self._by_vault)
        whens = []
        for status in (*_DELETING, *(one for one in backups if one not in _DELETING)):
            some = backups.get(status, [])
            with_status = sa.or_(
                table.c.id.in_(some),
                table.c.parent_id.in_(some),
                table.c.vault_id.in_(vaults.get(status, [])),
            )
            whens.append((with_status, sa.literal(status.value, sa.Text)))
        whens.append(
            (table.c.state == BackupState.AVAILABLE, sa.literal(BackupStatus.AVAILABLE.value, sa.Text))
        )
        return sa.case(*whens, else_=sa.literal(BackupStatus.ERROR.value, sa.Text))


def of_rows(tx: Connection, rows: Sequence[Record], viewer: str | None = None) -> Situation:
    """What is under way with the backups in these rows, as a project sees it: their own, unless one is named.

    What others restore from a shared backup is no business of this one.
    """
    backup_ids = {row.id for row in rows} | {row.parent_id for row in rows if row.parent_id}
    viewers = {row.project_id for row in rows} if viewer is None else {viewer}
    tasks = under_way.of_backups(tx, backup_ids, {row.vault_id for row in rows})
    return Situation(
        [task for task in tasks if task.operation is not Operation.RESTORE or task.project_id in viewers]
    )


def of_project(tx: Connection, project_id: str) -> Situation:
    """What is under way with all backups of a project, and with those that are shared with it."""
    return Situation([*under_way.ends_shares(tx, project_id), *under_way.of_project(tx, project_id)])


def _statuses(
    tasks: dict[str, list[tuple[Operation, Status]]],
) -> dict[BackupStatus, list[str]]:
    """The ids of what has each status because something is under way, whatever is stored of it."""
    found: dict[BackupStatus, list[str]] = {}
    for id, pairs in tasks.items():
        status = status_of(BackupState.AVAILABLE, pairs)
        if status is status_of(BackupState.ERROR, pairs):
            found.setdefault(status, []).append(id)
    return found
