"""Firings: a policy has come due, and a vault that follows it comes to that.

What is to be done is written together with when the vault comes next, so that both are there or neither. What
cannot be done leaves a skipped task that says why: no firing goes without its row.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec
from sqlalchemy import Connection

from holdfast.db import policies, projects, schedules, tasks, vaults
from holdfast.db.schedules import Turn
from holdfast.model import errors, ids
from holdfast.model.audit import Asked, Method
from holdfast.model.checkpoint import Obstacle, Wanted, plan_skipped
from holdfast.model.errors import PolicyNotFound, Refusal
from holdfast.model.firing import FULL_APART, first_after, is_full_due, is_missed, ripe
from holdfast.model.policy import Destination, Policy, PolicyKind
from holdfast.model.task import BackupDetail, Operation, Page, ReplicationDetail, Status, Task, TaskError
from holdfast.model.task_filter import TaskFilter
from holdfast.model.vault import Attachment, Vault

from . import checkpoints, destinations, replications, vault_tasks
from .accepting import accept
from .context import Context, House
from .replications import WantedReplica

log = logging.getLogger(__name__)

MISSED = Obstacle("Holdfast.0005", "The policy came due, and its start window passed before anything began.")
NO_PLACE = Obstacle("BackupService.6120", "The destination vault does not exist.")
# Why a vault cannot do what its policy asks of it. What concerns one resource, the plan of the run says.
REASONS: Mapping[type[Refusal], Obstacle] = MappingProxyType(
    {
        errors.NothingToBackUp: Obstacle("BackupService.0001", "No resource is available for backup."),
        errors.VaultNotAvailable: Obstacle(
            "BackupService.6113", "Backup is not allowed in the current vault status."
        ),
        errors.VaultBeingDeleted: Obstacle("BackupService.6112", "Invalid vault status."),
        errors.VaultFull: Obstacle(
            "BackupService.6114", "The used capacity of the vault exceeds the maximum capacity."
        ),
        errors.VaultIsForReplicas: Obstacle(
            "BackupService.6124", "Backup is not allowed for the current type of vaults."
        ),
        errors.ResourceBeingRemoved: Obstacle(
            "BackupService.6134", "Resources are being removed from the vault."
        ),
        errors.RegionNotReplicable: Obstacle(
            "BackupService.1005", "The destination region does not support replication."
        ),
        errors.DestinationVaultNotFound: NO_PLACE,
        errors.DestinationNotReplication: Obstacle(
            "BackupService.6119", "The destination vault does not support replication."
        ),
        errors.DestinationFull: Obstacle(
            "BackupService.6129", "The maximum capacity of the destination vault has been reached."
        ),
        errors.ResourceTypeNotSupported: Obstacle(
            "BackupService.6102", "The vault does not support this resource type."
        ),
        errors.ReplicationNotAllowed: Obstacle(
            "BackupService.6128", "Replication is not allowed for the current type of vaults."
        ),
    }
)


class _Due(msgspec.Struct, frozen=True, kw_only=True):
    """What a vault does now: what it has come to, which is the moment `at` of a policy, or what somebody asks
    for besides. Replicas go to the vault `destination_vault_id`."""

    policy: Policy
    vault: Vault
    at: datetime | None = None
    now: datetime
    destination_vault_id: str | None = None

    @property
    def missed(self) -> bool:
        """Whether it is too late for it."""
        return self.at is not None and is_missed(self.policy.terms, self.at, self.now)

    @property
    def time_limit_seconds(self) -> int | None:
        """How long each task may run."""
        minutes = self.policy.terms.execution.timeout_minutes
        return None if minutes is None else minutes * 60


def fire(house: House, seen: Turn) -> bool:
    """Carry out what a vault has come to; False where there is nothing to do, or not any more. One at which
    nobody has looked since it follows the policy, as older versions did not, is only planned.

    However many servers see it, one does it; what is due is due by the clock that they share, the database's.
    Raises what a database does, and whatever is wrong with rows that cannot be read.
    """
    with house.db.transaction() as tx:
        _lock(tx, house, seen)
        turn = schedules.get(tx, seen.vault_id, seen.policy_id)
        now = schedules.now(tx)
        if turn is None or turn.due_at != seen.due_at or turn.comes_at > now:
            return False
        policy = policies.get(tx, turn.project_id, turn.policy_id)
        if turn.due_at is None:
            schedules.plan(tx, turn, first_after(policy, turn.vault_id, turn.since))
            return False
        at = ripe(policy, turn.vault_id, turn.due_at, now)
        schedules.plan(tx, turn, first_after(policy, turn.vault_id, at))
        if not policy.terms.enabled:
            return False
        vault = vaults.get(tx, turn.project_id, turn.vault_id)
        context = Context.of_house(house, projects.get(tx, turn.project_id), _asked(turn))
        into = turn.destination_vault_id
        due = _Due(policy=policy, vault=vault, at=at, now=now, destination_vault_id=into)
        _KINDS[policy.kind](tx, context, due)
        context.record(tx)
    if at != turn.due_at:
        log.warning("vault %s missed what was due from %s to before %s", vault.id, turn.due_at, at)
    house.wake()
    return True


def back_up(tx: Connection, context: Context, policy: Policy, vault: Vault) -> None:
    """Back a vault up as its policy asks, though nothing is due; what cannot be leaves a skipped task."""
    _back_up(tx, context, _Due(policy=policy, vault=vault, now=schedules.now(tx)))


def put_off(house: House, turn: Turn, seconds: float) -> None:
    """Let a turn that cannot be taken wait: it must not keep others from theirs."""
    with house.db.transaction() as tx:
        known = schedules.get(tx, turn.vault_id, turn.policy_id)
        if known == turn:
            schedules.put_off(tx, known, schedules.now(tx) + timedelta(seconds=seconds))


def _asked(turn: Turn) -> Asked:
    """What the house asks for, as the audit trail has it: the policy is named as a caller would."""
    path = f"/v3/{turn.project_id}/policies/{turn.policy_id}"
    return Asked(Method.FIRE, "/v3/{project_id}/policies/{policy_id}", path)


def _lock(tx: Connection, house: House, turn: Turn) -> None:
    """Lock the projects that are touched, in the order in which everybody does."""
    try:
        destination = policies.get(tx, turn.project_id, turn.policy_id).terms.destination
    except PolicyNotFound:
        return
    concerned = {turn.project_id}
    if destination is not None and not destinations.is_elsewhere(house.config, destination):
        concerned.add(destination.project_id)
    for project_id in sorted(concerned):
        projects.lock(tx, project_id)


def _back_up(tx: Connection, context: Context, due: _Due) -> None:
    terms = due.policy.terms
    wanted = Wanted(
        auto_trigger=True,
        policy_id=due.policy.id,
        due_at=due.at,
        time_limit_seconds=due.time_limit_seconds,
        retention_days=terms.retention.duration_days,
    )
    obstacle = MISSED if due.missed else None
    if obstacle is None:
        try:
            full = _full(tx, due)
            checkpoints.add(tx, context, due.vault, msgspec.structs.replace(wanted, full_resource_ids=full))
        except tuple(REASONS) as refusal:
            obstacle = _obstacle(refusal)
    if obstacle is not None:
        left_out = due.vault.attachments or (_stand_in(due.vault),)
        for task in plan_skipped(due.vault, left_out, wanted, context.made(), obstacle):
            accept(tx, context, task)


def _replicate(tx: Connection, context: Context, due: _Due) -> None:
    destination = due.policy.terms.destination
    vault_id = due.destination_vault_id
    obstacle = MISSED if due.missed else None
    if destination is None or vault_id is None:
        obstacle = NO_PLACE
    elif obstacle is None:
        wanted = WantedReplica(
            destination=destination,
            vault_id=vault_id,
            auto_trigger=True,
            policy_id=due.policy.id,
            due_at=due.at,
            time_limit_seconds=due.time_limit_seconds,
        )
        try:
            replications.add_missing(tx, context, due.vault, wanted)
        except tuple(REASONS) as refusal:
            obstacle = _obstacle(refusal)
    if obstacle is not None:
        accept(tx, context, _not_replicated(context, due, obstacle))


_KINDS: Mapping[PolicyKind, Callable[[Connection, Context, _Due], None]] = MappingProxyType(
    {PolicyKind.BACKUP: _back_up, PolicyKind.REPLICATION: _replicate}
)


def _obstacle(refusal: Refusal) -> Obstacle:
    known = REASONS[type(refusal)]
    return Obstacle(known.code, f"{known.reason} {refusal}".strip())


def _stand_in(vault: Vault) -> Attachment:
    """A vault that holds nothing, in the place of what it would hold."""
    itself = vault_tasks.itself(vault)
    return Attachment(resource_id=itself.id, name=itself.name, type=itself.type)


def _full(tx: Connection, due: _Due) -> frozenset[str]:
    """The resources of the vault whose turn it is to be backed up in full."""
    interval = due.policy.terms.retention.full_backup_interval
    held = [one.resource_id for one in due.vault.attachments] if interval >= 0 else []
    return frozenset(one for one in held if _is_full_due(tx, due, one, interval))


def _is_full_due(tx: Connection, due: _Due, resource_id: str, interval: int) -> bool:
    wanted = TaskFilter(
        project_id=due.vault.project_id,
        vault_ids=(due.vault.id,),
        resource_ids=(resource_id,),
        operations=(Operation.BACKUP,),
        statuses=(Status.SUCCESS,),
    )
    newest = tasks.find(tx, wanted, Page(limit=interval)) if interval else []
    return is_full_due(interval, _were_incremental(newest), _lately(tx, due, wanted))


def _lately(tx: Connection, due: _Due, wanted: TaskFilter) -> Iterator[bool]:
    """Whether the backups of the last day were incremental; looked up only when somebody wants to know."""
    since = msgspec.structs.replace(wanted, begin=due.now - FULL_APART)
    yield from _were_incremental(tasks.find(tx, since, Page()))


def _were_incremental(found: Sequence[Task]) -> list[bool]:
    return [isinstance(task.detail, BackupDetail) and task.detail.incremental for task in found]


def _not_replicated(context: Context, due: _Due, obstacle: Obstacle) -> Task:
    """The task of a replication that does not take place; it names the vault."""
    vault, terms, now = due.vault, due.policy.terms, context.made().at
    destination = terms.destination or Destination(project_id="", region="")
    return Task(
        id=ids.new(),
        project_id=vault.project_id,
        operation=Operation.REPLICATION,
        status=Status.SKIPPED,
        provider_id=vault.provider_id,
        resource=vault_tasks.itself(vault),
        vault_id=vault.id,
        vault_name=vault.name,
        policy_id=due.policy.id,
        due_at=due.at,
        enterprise_project_id=vault.enterprise_project_id,
        request_id=context.request_id,
        created_at=now,
        started_at=now,
        ended_at=now,
        updated_at=now,
        error=TaskError(obstacle.code, obstacle.reason),
        detail=ReplicationDetail(
            destination_vault_id=due.destination_vault_id or "",
            auto_trigger=True,
            source_region=context.config.region,
            source_project_id=vault.project_id,
            source_checkpoint_id="",
            source_backup_id="",
            source_backup_name="",
            destination_region=destination.region,
            destination_project_id=destination.project_id,
        ),
    )
