"""Retention: what the rules of policies let go is weighed, and deleted by tasks like any other delete."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.config import Config
from holdfast.db import (
    backups,
    members,
    policies,
    projects,
    replications,
    schedules,
    tasks,
    under_way,
    vaults,
)
from holdfast.db.database import Database
from holdfast.model import keeping
from holdfast.model.audit import Asked, Method
from holdfast.model.backup import Backup, status_of
from holdfast.model.errors import BackupNotDeletable, PolicyNotFound, VaultNotFound
from holdfast.model.keeping import Rules, Verdict
from holdfast.model.policy import Policy
from holdfast.model.task import DeleteDetail, Operation, Page, Status, Task
from holdfast.model.task_filter import TaskFilter
from holdfast.model.vault import Vault

from .accepting import accept
from .backups import delete_task
from .context import Context, House

MOST_AT_ONCE = 100
# After so many deletes of a backup that failed in a row, this long passes before it is tried again.
PAUSES = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
_REMEMBERED = len(PAUSES) * PAUSES[-1]
_MOST_FAILURES = Page(limit=5000)


def weigh(
    tx: Connection,
    project_id: str,
    vault_ids: Sequence[str],
    *,
    resource_ids: Collection[str] | None = None,
    supposed: Policy | None = None,
) -> list[Verdict]:
    """What becomes of the backups in these vaults of the project, or of those of these resources there: by
    vault and resource, the newest first. By the database's clock.

    `supposed` is a policy that is weighed as if it were enabled, and followed in place of others where a
    vault does not follow it.
    """
    held = backups.held(tx, project_id, vault_ids, resource_ids)
    followed = policies.weighing(tx, vault_ids)
    locked = vaults.locked(tx, vault_ids)
    now = schedules.now(tx)
    return [
        verdict
        for vault_id in vault_ids
        for verdict in keeping.weigh(
            held.get(vault_id, ()),
            _rules(followed.get(vault_id, ()), supposed),
            now,
            locked=vault_id in locked,
        )
    ]


def verdicts(context: Context, found: Collection[Backup]) -> Mapping[str, Verdict]:
    """By id, what is to become of those of these backups that are the project's own and are weighed."""
    own = [backup for backup in found if backup.member is None]
    if not own:
        return {}
    vault_ids = sorted({backup.vault_id for backup in own})
    resource_ids = {backup.resource_id for backup in own}
    with context.db.reading() as tx:
        weighed = weigh(tx, context.project_id, vault_ids, resource_ids=resource_ids)
    return {verdict.id: verdict for verdict in weighed}


def goes(tx: Connection, task: Task) -> bool:
    """Whether the backup that a task of the rules deletes would go still, now that the task is being done.

    The rules may have changed, or what was newer may have been deleted by hand. Raises BackupNotFound.
    """
    this = backups.get(tx, task.project_id, task.backup_id or "")
    held = backups.held(tx, task.project_id, [this.vault_id], [this.resource_id])
    as_it_was = replace(this, status=status_of(this.state, []))
    others = [one for one in held.get(this.vault_id, ()) if one.id != this.id]
    rules = _rules(policies.weighing(tx, [this.vault_id]).get(this.vault_id, ()))
    locked = bool(vaults.locked(tx, [this.vault_id]))
    weighed = keeping.weigh([as_it_was, *others], rules, schedules.now(tx), locked=locked)
    return any(verdict.goes for verdict in weighed if verdict.id == this.id)


def carry_out(
    db: Database, config: Config, project_id: str, vault_id: str, resource_id: str | None = None
) -> int:
    """Ask for the deletes of what is to go in a vault, or of one resource there; how many tasks that made.

    Not more than `MOST_AT_ONCE`: ask again. What cannot be deleted now (it is being restored or replicated,
    say) waits for a later time, and so does what could not be deleted a while ago. However many servers do
    this at once, no backup gets two tasks. A vault that is gone, or on its way out, has nothing to go.
    """
    resource_ids = None if resource_id is None else [resource_id]
    with db.reading() as tx:
        weighed = weigh(tx, project_id, [vault_id], resource_ids=resource_ids)
        if not any(verdict.goes for verdict in weighed):
            return 0  # as nearly always: nobody has to wait for us
        project = projects.get(tx, project_id)
    path = f"/v3/{project_id}/vaults/{vault_id}"
    asked = Asked(Method.EXPIRE, "/v3/{project_id}/vaults/{vault_id}", path)
    context = Context.of_house(House(db, config, wake=lambda: None), project, asked)
    with context.bookkeeping() as tx:
        try:
            vault = vaults.get(tx, project_id, vault_id)
        except VaultNotFound:
            return 0
        going = weigh(tx, project_id, [vault_id], resource_ids=resource_ids)
        made = list(_tasks(tx, context, vault, [verdict for verdict in going if verdict.goes]))
        for task in made:
            accept(tx, context, task)
        if made:
            context.record(tx)
    return len(made)


def expires_at(tx: Connection, project_id: str, policy_id: str | None, made_at: datetime) -> datetime | None:
    """When what a policy of the project made then expires; None: never, or there is no such policy."""
    if policy_id is None:
        return None
    try:
        days = policies.get(tx, project_id, policy_id).terms.retention.duration_days
    except PolicyNotFound:
        return None
    return made_at + timedelta(days=days) if days > 0 else None


def _rules(followed: Sequence[Policy], supposed: Policy | None = None) -> list[Rules]:
    if supposed is None:
        return [Rules.of(policy) for policy in followed]
    is_followed = any(policy.id == supposed.id for policy in followed)
    others = [Rules.of(policy) for policy in followed if is_followed and policy.id != supposed.id]
    return [*others, Rules(supposed.id, supposed.terms.retention)]


def _tasks(tx: Connection, context: Context, vault: Vault, going: Sequence[Verdict]) -> Iterator[Task]:
    """The tasks of what can be deleted now, the oldest backups first."""
    if _is_being_rearranged(tx, vault.id):
        return
    resting = _resting(tx, vault, schedules.now(tx))
    lent = members.restored(tx, vault.project_id, vault.id)
    made = 0
    for verdict in sorted(going, key=lambda one: (one.backup.created_at, one.id)):
        if made == MOST_AT_ONCE:
            return
        if verdict.id in resting or verdict.id in lent or not _is_free(tx, verdict.backup):
            continue
        made += 1
        yield _task(context, vault, verdict)


def _task(context: Context, vault: Vault, verdict: Verdict) -> Task:
    task = delete_task(context, vault, verdict.backup)
    detail = DeleteDetail(
        backup_id=verdict.id,
        backup_name=verdict.backup.name,
        because=tuple(str(reason) for reason in verdict.goes_because),
    )
    return replace(task, policy_id=verdict.backup.policy_id, detail=detail)


def _is_being_rearranged(tx: Connection, vault_id: str) -> bool:
    """Whether resources are leaving the vault with their backups, or it is being deleted."""
    away = (Operation.MIGRATE_RESOURCES, Operation.VAULT_DELETE)
    return any(task.operation in away for task in under_way.of_vaults(tx, [vault_id]))


def _is_free(tx: Connection, backup: Backup) -> bool:
    try:
        backup.check_deletable()
    except BackupNotDeletable:
        return False
    return not replications.is_source(tx, backup.id)


def _resting(tx: Connection, vault: Vault, now: datetime) -> set[str]:
    """The backups in the vault whose last deletes failed not long enough ago to try again."""
    failures: dict[str, list[datetime]] = {}
    for status in (Status.FAILED, Status.TIMEOUT):
        wanted = TaskFilter(
            project_id=vault.project_id,
            vault_ids=(vault.id,),
            operations=(Operation.DELETE,),
            statuses=(status,),
            begin=now - _REMEMBERED,
        )
        for task in tasks.find(tx, wanted, _MOST_FAILURES):
            failures.setdefault(task.backup_id or "", []).append(task.ended_at or task.created_at)
    return {
        backup_id
        for backup_id, ends in failures.items()
        if now < max(ends) + PAUSES[min(len(ends), len(PAUSES)) - 1]
    }
