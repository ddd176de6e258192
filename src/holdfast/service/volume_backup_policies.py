"""Backup policies as the Volume Backup Service knows them: disks follow them, in vaults that nobody names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from holdfast.db import policies, policy_tags, resources, vaults
from holdfast.db.vaults import VaultFilter
from holdfast.model import clock
from holdfast.model.errors import (
    NothingToBackUp,
    Refusal,
    ResourceBeingRemoved,
    ResourceNotFound,
    ResourceNotInVault,
    TooManyResources,
)
from holdfast.model.policy import Policy, PolicyKind, Terms
from holdfast.model.resource import ObjectType, Resource
from holdfast.model.tag import Tag
from holdfast.model.task import Page
from holdfast.model.vault import (
    MAX_RESOURCES,
    Attachment,
    ProtectStatus,
    ProtectType,
    Vault,
    check_named_once,
)
from holdfast.model.volume_backup_policy import PolicyChange

from . import attachments, disk_vaults, firings
from . import policies as offered
from .context import Context


class Followed(msgspec.Struct, frozen=True):
    """A backup policy, and how many disks are in vaults that follow it; those that are leaving are not."""

    policy: Policy
    disks: int


@dataclass(frozen=True)
class Outcome:
    """What was asked of each of some disks: it is done, or refused for a reason."""

    done: Sequence[str]
    refused: Mapping[str, Refusal]


def create(context: Context, terms: Terms, tags: Sequence[Tag] = ()) -> Policy:
    """Keep a policy with its tags; raises what `policies.create` raises."""
    with context.changing() as tx:
        policy = offered.make(tx, context, terms)
        policy_tags.put(tx, policy.id, tags)
    return policy


def find(context: Context) -> list[Followed]:
    """The project's backup policies, newest first."""
    with context.db.reading() as tx:
        found = policies.find(tx, context.project_id, kind=PolicyKind.BACKUP)
        followers = policies.followers_of_all(tx, [policy.id for policy in found])
        following = {
            policy_id: [one.vault_id for one in following] for policy_id, following in followers.items()
        }
        staying = _staying(tx, context, {one for ids in following.values() for one in ids})
    return [
        Followed(policy, sum(staying.get(one, 0) for one in following.get(policy.id, ()))) for policy in found
    ]


def show(context: Context, policy_id: str) -> Policy:
    """One backup policy; raises PolicyNotFound."""
    with context.db.reading() as tx:
        return offered.of_backups(tx, context, policy_id)


def update(context: Context, policy_id: str, change: PolicyChange) -> None:
    """Change a policy; raises PolicyNotFound, or what `policies.update` raises."""
    with context.changing() as tx:
        offered.of_backups(tx, context, policy_id)
        policy = offered.own(tx, context, policy_id)
        offered.alter(tx, context, policy, change.of(policy.terms, clock.now()))


def delete(context: Context, policy_id: str) -> None:
    """Forget a policy. Vaults that followed it, their disks and their backups stay.

    Raises NotAllowed (also where it is one of the organization) or PolicyNotFound.
    """
    with context.changing() as tx:
        offered.of_backups(tx, context, policy_id)
        offered.remove(tx, context, policy_id)


def execute(context: Context, policy_id: str) -> None:
    """Back up all that the policy is for as if it had come due, enabled or not.

    What cannot be backed up leaves a skipped task. Raises NotAllowed, PolicyNotFound, or NothingToBackUp
    where no vault that follows it holds anything.
    """
    with context.changing() as tx:
        policy = offered.of_backups(tx, context, policy_id)
        followers = policies.followers(tx, policy.id)
        found = [vaults.get(tx, context.project_id, one.vault_id) for one in followers]
        holding = [vault for vault in found if vault.attachments]
        if not holding:
            raise NothingToBackUp("nothing is associated with it")
        for vault in holding:
            firings.back_up(tx, context, policy, vault)
    context.wake()


def associate(context: Context, policy_id: str, disk_ids: Sequence[str]) -> Outcome:
    """Let disks follow a policy: they come into its own vault, made if it has none and a disk comes.

    One that follows it already is done. A disk that cannot come is refused, and the others come. Raises
    NotAllowed, PolicyNotFound, PolicyNotApplicable, DuplicateResources or TooManyResources.
    """
    _check_named(disk_ids)
    with context.changing() as tx:
        policy = offered.of_backups(tx, context, policy_id)
        standing = {vault.id for vault in disk_vaults.of_policy(tx, policy)}
        vault = disk_vaults.made_for(tx, context, policy)
        found = {disk.id: disk for disk in resources.find(tx, context.project_id, ids=disk_ids)}
        held = disk_vaults.holding(tx, context.project_id, disk_ids)

        def come(disk_id: str) -> None:
            nonlocal vault
            known = held.get(disk_id)
            if disk_id not in found:
                raise ResourceNotFound(disk_id)
            if known is not None and known.id in standing:
                _check_stays(known, disk_id)
            else:
                disk_vaults.take_in(tx, context, vault, found[disk_id])
                vault = _holding(vault, found[disk_id])

        outcome = _tried(disk_ids, come)
        if not outcome.done and vault.id not in standing:
            vaults.remove(tx, vault.id)
    return outcome


def disassociate(context: Context, policy_id: str, disk_ids: Sequence[str]) -> Outcome:
    """Let disks leave the vaults that follow a policy; their backups stay there.

    They have left when this returns: clients that change the disks of a policy take out those that it had,
    and right after that associate those that it shall have, among them the same. One that cannot leave is
    refused, and the others go, with a task for each vault. Raises NotAllowed, PolicyNotFound,
    DuplicateResources or TooManyResources.
    """
    _check_named(disk_ids)
    with context.changing() as tx:
        policy = offered.of_backups(tx, context, policy_id)
        refused: dict[str, Refusal | None] = {one: ResourceNotInVault(one) for one in disk_ids}
        for vault in disk_vaults.of_policy(tx, policy):
            here = [one.resource_id for one in vault.attachments if one.resource_id in refused]
            if here:
                left = _leave(tx, context, vault, here)
                refused |= {**dict.fromkeys(left.done), **left.refused}
    return Outcome(
        [one for one, refusal in refused.items() if refusal is None],
        {one: refusal for one, refusal in refused.items() if refusal is not None},
    )


def _staying(tx: Connection, context: Context, vault_ids: set[str]) -> Mapping[str, int]:
    """How many disks these vaults hold that are not leaving, by vault; nothing for vaults of other things."""
    wanted = VaultFilter(
        project_id=context.project_id,
        ids=tuple(vault_ids),
        object_type=ObjectType.DISK,
        protect_type=ProtectType.BACKUP,
    )
    found = vaults.find(tx, wanted, Page(limit=len(vault_ids))) if vault_ids else []
    return {
        vault.id: sum(one.protect_status is not ProtectStatus.REMOVING for one in vault.attachments)
        for vault in found
    }


def _check_named(disk_ids: Sequence[str]) -> None:
    if len(disk_ids) > MAX_RESOURCES:
        raise TooManyResources(f"at most {MAX_RESOURCES}")
    check_named_once(disk_ids)


def _leave(tx: Connection, context: Context, vault: Vault, disk_ids: Sequence[str]) -> Outcome:
    """Let disks of a vault leave it, those that may."""
    unfinished = attachments.going_on(tx, context, vault.id, disk_ids)
    outcome = _tried(disk_ids, lambda disk_id: attachments.check_leave(vault, unfinished, [disk_id]))
    if outcome.done:
        disk_vaults.let_go(tx, context, vault, vault.check_holds(outcome.done))
    return outcome


def _check_stays(vault: Vault, disk_id: str) -> None:
    vault.check_stays()
    if vault.attachment(disk_id).protect_status is ProtectStatus.REMOVING:
        raise ResourceBeingRemoved(disk_id)


def _holding(vault: Vault, disk: Resource) -> Vault:
    """The vault as it is when it has taken the disk in."""
    taken = Attachment(resource_id=disk.id, name=disk.name, type=disk.type)
    return msgspec.structs.replace(vault, attachments=(*vault.attachments, taken))


def _tried(disk_ids: Sequence[str], attempt: Callable[[str], object]) -> Outcome:
    done: list[str] = []
    refused: dict[str, Refusal] = {}
    for disk_id in disk_ids:
        try:
            attempt(disk_id)
        except Refusal as refusal:
            refused[disk_id] = refusal
        else:
            done.append(disk_id)
    return Outcome(done, refused)
