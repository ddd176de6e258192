"""Checkpoints: backing up a vault's resources now, and looking at such a run."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups, checkpoints, resources, vaults, work
from holdfast.model.checkpoint import Checkpoint, Plan, Wanted, plan_checkpoint
from holdfast.model.resource import Resource
from holdfast.model.task import Task
from holdfast.model.vault import Vault

from .accepting import accept
from .context import Context


def create(context: Context, vault_id: str, wanted: Wanted) -> tuple[Checkpoint, tuple[Task, ...]]:
    """Write the run, its backups and its tasks, those that are skipped included; the run and the tasks.

    Raises VaultNotFound, or what `plan_checkpoint` refuses.
    """
    with context.changing() as tx:
        vault = vaults.get(tx, context.project_id, vault_id)
        plan = add(tx, context, vault, wanted)
        made = (
            checkpoints.get(tx, context.project_id, plan.checkpoint.id) if plan.backups else plan.checkpoint
        )
    context.wake()
    return _counted(made, vault), plan.tasks


def add(tx: Connection, context: Context, vault: Vault, wanted: Wanted) -> Plan:
    """Write a run as a part of a change; raises what `plan_checkpoint` refuses, before it writes anything."""
    existing, unfinished = _existing(tx, vault), _unfinished(tx, vault, wanted)
    plan = plan_checkpoint(vault, existing, unfinished, wanted, context.made())
    checkpoints.add(tx, plan.checkpoint)
    for backup in plan.backups:
        backups.add(tx, backup)
    for task in plan.tasks:
        accept(tx, context, task)
    return plan


def show(context: Context, checkpoint_id: str) -> Checkpoint:
    """A run and what became of it; raises CheckpointNotFound."""
    with context.db.reading() as tx:
        checkpoint = checkpoints.get(tx, context.project_id, checkpoint_id)
        return _counted(checkpoint, vaults.get(tx, context.project_id, checkpoint.vault_id))


def _counted(checkpoint: Checkpoint, vault: Vault) -> Checkpoint:
    """The run, with what its resources have in the vault by now."""
    now = {one.resource_id: one for one in vault.attachments}
    counted = [
        replace(one, backup_count=known.backup_count, backup_bytes=known.backup_bytes)
        if (known := now.get(one.resource_id))
        else one
        for one in checkpoint.attachments
    ]
    return replace(checkpoint, attachments=tuple(counted))


def _existing(tx: Connection, vault: Vault) -> Mapping[str, Resource]:
    attached = [one.resource_id for one in vault.attachments]
    return {one.id: one for one in resources.find(tx, vault.project_id, ids=attached)} if attached else {}


def _unfinished(tx: Connection, vault: Vault, wanted: Wanted) -> Sequence[Task]:
    """What goes on in the vault, and what else goes on with the resources: a restore from another vault."""
    chosen = wanted.resource_ids or [one.resource_id for one in vault.attachments]
    found = list(work.unfinished(tx, vault.project_id, vault_id=vault.id))
    for resource_id in chosen:
        found += work.unfinished(tx, vault.project_id, resource_id=resource_id)
    return found
