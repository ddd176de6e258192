"""Replication as a caller may ask for it: backups of one vault, brought into a vault for replicas."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups, checkpoints, projects, replications, vaults, work
from holdfast.model import clock, ids
from holdfast.model.backup import Backup
from holdfast.model.checkpoint import Checkpoint
from holdfast.model.errors import NothingToBackUp, ResourceBeingRemoved
from holdfast.model.policy import Destination
from holdfast.model.replication import (
    ALREADY,
    RecordStatus,
    ReplicationRecord,
    check_source,
    check_source_vault,
    is_copyable,
)
from holdfast.model.task import Operation, ReplicationDetail, Status, Task, TaskError, resource_of
from holdfast.model.vault import Attachment, Vault

from . import destinations
from .accepting import accept
from .context import Context
from .destinations import Seen

# A schedule that comes to a vault full of backups asks for so many replicas, and for the others when it comes
# again: all tasks are written in one transaction, for which the rest of the project waits.
MOST_AT_ONCE = 200


class WantedReplica(msgspec.Struct, frozen=True, kw_only=True):
    """Where a replica goes, and what it is called; as its backup, where nothing is said.

    `due_at` is the moment of the schedule that asks, `time_limit_seconds` how long each task may run.
    """

    destination: Destination
    vault_id: str
    name: str | None = None
    description: str | None = None
    auto_trigger: bool = False
    policy_id: str | None = None
    due_at: datetime | None = None
    time_limit_seconds: int | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request: the vault that is replicated from, and a record and a task for each backup."""

    source: Vault
    records: tuple[ReplicationRecord, ...]
    tasks: tuple[Task, ...]


def create(context: Context, backup_id: str, wanted: WantedReplica) -> Asked:
    """Ask for a replica of one backup; one that has its replica there already is skipped.

    Raises BackupNotFound, ReplicationNotAllowed, VaultBeingDeleted, ResourceBeingRemoved, NothingToBackUp
    (the backup is not there, or not for long), or what `destinations` refuses.
    """
    made = partial(replications.made, backup_ids=[backup_id], vault_id=wanted.vault_id)
    aim = _aim(context, wanted, made)
    with _changing(context, wanted.destination) as tx:
        backup = backups.get(tx, context.project_id, backup_id)
        source = vaults.get(tx, context.project_id, backup.vault_id)
        _check_source_vault(tx, source)
        check_source(backup)
        destination = destinations.check_vault(tx, context, source, wanted.destination, aim)
        there = replications.replicated(tx, [backup.id], destination.id, _elsewhere(aim))
        plan = _Plan(context, source, destination, wanted)
        asked = plan.over([backup], ALREADY if there else None)
        _keep(tx, context, plan, asked)
    context.wake()
    return asked


def create_all(context: Context, vault_id: str, wanted: WantedReplica) -> Asked:
    """Ask for replicas of the vault's backups: of all that have none there yet.

    Raises VaultNotFound, NothingToBackUp where there is none left, and what `create` does.
    """
    aim = _aim(context, wanted, partial(_made_of, vault_id, wanted.vault_id))
    with _changing(context, wanted.destination) as tx:
        source = vaults.get(tx, context.project_id, vault_id)
        _check_source_vault(tx, source)
        destination = destinations.check_vault(tx, context, source, wanted.destination, aim)
        sound = [one for one in backups.of_vault(tx, source.id) if is_copyable(one)]
        there = replications.replicated(tx, [one.id for one in sound], destination.id, _elsewhere(aim))
        lacking = [one for one in sound if one.id not in there]
        if not lacking:
            raise NothingToBackUp(f"{source.name} has no backup to replicate")
        plan = _Plan(context, source, destination, wanted)
        asked = plan.over(lacking, None)
        _keep(tx, context, plan, asked)
    context.wake()
    return asked


def add_missing(tx: Connection, context: Context, source: Vault, wanted: WantedReplica) -> Asked:
    """Ask, as a part of a change, for replicas of the vault's good backups: the newest of those that never
    had one there and that none is under way of. What was replicated once and let go there stays so.

    Both projects are locked already, and no other region is asked. Raises what `create_all` does, before
    anything is written.
    """
    _check_source_vault(tx, source)
    destination = destinations.check_vault(tx, context, source, wanted.destination, wanted.vault_id)
    handled = replications.handled(tx, source.id, destination.id)
    lacking = [one for one in backups.of_vault(tx, source.id) if is_copyable(one) and one.id not in handled]
    if not lacking:
        raise NothingToBackUp(f"{source.name} has no backup to replicate")
    plan = _Plan(context, source, destination, wanted)
    asked = plan.over(lacking[-MOST_AT_ONCE:], None)
    _keep(tx, context, plan, asked)
    return asked


def of_backups(context: Context, backup_ids: Collection[str]) -> dict[str, list[ReplicationRecord]]:
    """The records of these backups, oldest first, by the backups' ids; nothing for one that has none.

    Ask only for backups that the caller may see.
    """
    with context.db.reading() as tx:
        return replications.of_backups(tx, backup_ids)


def _aim(
    context: Context, wanted: WantedReplica, made: Callable[[Connection], Collection[str]]
) -> str | Seen:
    """The vault that replicas go to: its id, or what another region told of it."""
    return destinations.look(context, wanted.destination, wanted.vault_id, made) or wanted.vault_id


def _elsewhere(aim: str | Seen) -> Collection[str]:
    """The replicas that another region has."""
    return aim.replicas if isinstance(aim, Seen) else ()


def _made_of(vault_id: str, destination_vault_id: str, tx: Connection) -> set[str]:
    """The replicas that were made in one vault of what is in another."""
    return replications.made(tx, [one.id for one in backups.of_vault(tx, vault_id)], destination_vault_id)


@contextmanager
def _changing(context: Context, destination: Destination) -> Iterator[Connection]:
    """The transaction of a change in two projects, which are locked in the same order by everybody; in one,
    where the other is in another region.

    Raises NotAllowed for a reader.
    """
    context.check_may_change()
    with context.db.transaction() as tx:
        elsewhere = destinations.is_elsewhere(context.config, destination)
        others = set() if elsewhere else {destination.project_id}
        for project_id in sorted({context.project_id, *others}):
            projects.lock(tx, project_id)
        yield tx
        context.record(tx)


def _check_source_vault(tx: Connection, vault: Vault) -> None:
    """Raises what the model's `check_source_vault` does, or ResourceBeingRemoved while backups leave."""
    check_source_vault(vault)
    for task in work.unfinished(tx, vault.project_id, vault_id=vault.id):
        if task.operation is Operation.MIGRATE_RESOURCES:
            raise ResourceBeingRemoved(vault.name)


def _keep(tx: Connection, context: Context, plan: "_Plan", asked: Asked) -> None:
    for checkpoint in plan.checkpoints:
        checkpoints.add(tx, checkpoint)
    for record in asked.records:
        replications.add(tx, record)
    for task in asked.tasks:
        accept(tx, context, task)


class _Plan:
    """What all replicas of one request have in common. Replicas of one run are one run again."""

    def __init__(self, context: Context, source: Vault, destination: Vault, wanted: WantedReplica) -> None:
        self._context = context
        self._source = source
        self._destination = destination
        self._wanted = wanted
        self._checkpoints: dict[str, Checkpoint] = {}

    @property
    def checkpoints(self) -> Sequence[Checkpoint]:
        """The runs that the replicas belong to; another region keeps its own."""
        if destinations.is_elsewhere(self._context.config, self._wanted.destination):
            return []
        return list(self._checkpoints.values())

    def over(self, chosen: Sequence[Backup], skipped: TaskError | None) -> Asked:
        """The records and tasks of these backups, which are all skipped where it is said why."""
        now = clock.now()
        records = tuple(self._record(one, now, skipped) for one in chosen)
        pairs = zip(chosen, records, strict=True)
        made = tuple(self._task(one, record) for one, record in pairs)
        return Asked(source=self._source, records=records, tasks=made)

    def _record(self, backup: Backup, now: datetime, skipped: TaskError | None) -> ReplicationRecord:
        region = self._context.config.region
        return ReplicationRecord(
            id=ids.new(),
            status=RecordStatus.WAITING if skipped is None else RecordStatus.SKIP,
            task_id=ids.new(),
            source_region=region,
            source_project_id=backup.project_id,
            source_vault_id=backup.vault_id,
            source_checkpoint_id=backup.checkpoint_id,
            source_backup_id=backup.id,
            destination_region=self._wanted.destination.region,
            destination_project_id=self._destination.project_id,
            destination_vault_id=self._destination.id,
            destination_checkpoint_id="" if skipped else self._checkpoint(backup, now),
            destination_backup_id="" if skipped else ids.new(),
            auto_trigger=self._wanted.auto_trigger,
            error=skipped or TaskError(),
            created_at=now,
        )

    def _checkpoint(self, backup: Backup, now: datetime) -> str:
        """The id of the run that the backup's replica belongs to."""
        known = self._checkpoints.get(backup.checkpoint_id)
        resource = Attachment(
            resource_id=backup.resource_id,
            name=backup.resource_name,
            type=backup.resource_type,
            size_gb=backup.resource_size_gb,
        )
        if known is None:
            known = Checkpoint(
                id=ids.new(),
                project_id=self._destination.project_id,
                vault_id=self._destination.id,
                vault_name=self._destination.name,
                provider_id=backup.provider_id,
                name=self._wanted.name or backup.name,
                description=self._wanted.description or backup.description or "",
                created_at=now,
            )
        self._checkpoints[backup.checkpoint_id] = replace(known, attachments=(*known.attachments, resource))
        return known.id

    def _task(self, backup: Backup, record: ReplicationRecord) -> Task:
        skipped = record.status is RecordStatus.SKIP
        ended = record.created_at if skipped else None
        return Task(
            id=record.task_id,
            project_id=backup.project_id,
            operation=Operation.REPLICATION,
            status=Status.SKIPPED if skipped else Status.WAITING,
            provider_id=backup.provider_id,
            resource=resource_of(backup.resource_id, backup.resource_name, backup.resource_type),
            vault_id=self._source.id,
            vault_name=self._source.name,
            checkpoint_id=backup.checkpoint_id,
            policy_id=self._wanted.policy_id,
            due_at=self._wanted.due_at,
            time_limit_seconds=self._wanted.time_limit_seconds,
            backup_id=backup.id,
            enterprise_project_id=backup.enterprise_project_id,
            request_id=self._context.request_id,
            created_at=record.created_at,
            started_at=ended,
            ended_at=ended,
            updated_at=record.created_at,
            error=record.error,
            detail=self._detail(backup, record),
        )

    def _detail(self, backup: Backup, record: ReplicationRecord) -> ReplicationDetail:
        return ReplicationDetail(
            record_id=record.id,
            destination_vault_id=record.destination_vault_id,
            description=self._wanted.description,
            auto_trigger=record.auto_trigger,
            source_region=record.source_region,
            source_project_id=record.source_project_id,
            source_checkpoint_id=record.source_checkpoint_id,
            source_backup_id=backup.id,
            source_backup_name=backup.name,
            destination_region=record.destination_region,
            destination_project_id=record.destination_project_id,
            destination_checkpoint_id=record.destination_checkpoint_id,
            destination_backup_id=record.destination_backup_id,
            destination_backup_name=self._wanted.name or backup.name,
        )
