"""Tags of vaults as a caller may ask for them."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from holdfast.db import tags, vaults
from holdfast.db.tags import TaggedFilter as TaggedFilter  # handed on: the floor above never imports db
from holdfast.db.vaults import VaultFilter
from holdfast.model.errors import NotAllowed, TagNotFound, VaultBeingDeleted
from holdfast.model.tag import Doomed, Tag, with_tags, without_tags
from holdfast.model.task import Page
from holdfast.model.vault import Vault, VaultState

from .context import Context

DEFAULT_ENTERPRISE_PROJECT = "0"


def of_project(context: Context) -> dict[str, list[str]]:
    """Every key that a vault of the project has a tag of, with all the values that there are."""
    with context.db.reading() as tx:
        return tags.of_project(tx, context.project_id)


def of_vault(context: Context, vault_id: str) -> Sequence[Tag]:
    """The tags of one vault; raises VaultNotFound."""
    with context.db.reading() as tx:
        return vaults.get(tx, context.project_id, vault_id).tags


def add(
    context: Context, vault_id: str, new: Sequence[Tag], enterprise_project_id: str | None = None
) -> None:
    """Hang tags on a vault; one whose key is known gets its new value.

    `enterprise_project_id` moves the vault to that enterprise project, which only an administrator may.
    Raises NotAllowed, VaultNotFound, VaultBeingDeleted or TooManyTags.
    """
    _check_system(context, enterprise_project_id)
    with context.changing() as tx:
        vault = _changeable(tx, context, vault_id)
        _write(tx, vault, with_tags(vault.tags, new), enterprise_project_id)


def remove(
    context: Context, vault_id: str, doomed: Sequence[Doomed], enterprise_project_id: str | None = None
) -> None:
    """Take tags off a vault; those that it does not have are off already.

    A vault that is in the enterprise project `enterprise_project_id` goes back to the default one, which
    only an administrator may ask. Raises NotAllowed, VaultNotFound or VaultBeingDeleted.
    """
    _check_system(context, enterprise_project_id)
    with context.changing() as tx:
        vault = _changeable(tx, context, vault_id)
        leaves = enterprise_project_id is not None and enterprise_project_id == vault.enterprise_project_id
        home = DEFAULT_ENTERPRISE_PROJECT if leaves else None
        _write(tx, vault, without_tags(vault.tags, doomed), home)


def remove_one(context: Context, vault_id: str, key: str) -> None:
    """Take one tag off a vault; raises VaultNotFound, VaultBeingDeleted or TagNotFound."""
    doomed = Doomed(key.strip())
    with context.changing() as tx:
        vault = _changeable(tx, context, vault_id)
        if not any(doomed.means(tag) for tag in vault.tags):
            raise TagNotFound(key)
        _write(tx, vault, without_tags(vault.tags, [doomed]), None)


def count(context: Context, wanted: TaggedFilter) -> int:
    """How many vaults of the project match; raises NotAllowed where only an administrator may ask so."""
    with context.db.reading() as tx:
        return tags.count(tx, _ours(context, wanted))


def find(context: Context, wanted: TaggedFilter, page: Page) -> tuple[list[Vault], int]:
    """A page of the project's vaults that match, newest first, and how many match in all.

    Raises NotAllowed where only an administrator may ask so.
    """
    ours = _ours(context, wanted)
    with context.db.reading() as tx:
        ids = tags.find(tx, ours, page)
        chosen = VaultFilter(project_id=context.project_id, ids=tuple(ids))
        return vaults.find(tx, chosen, Page(limit=page.limit)), tags.count(tx, ours)


def _ours(context: Context, wanted: TaggedFilter) -> TaggedFilter:
    if wanted.enterprise_project_ids is not None:
        _check_system(context, "")
    return msgspec.structs.replace(wanted, project_id=context.project_id)


def _check_system(context: Context, enterprise_project_id: str | None) -> None:
    if enterprise_project_id is not None and not context.caller.is_admin:
        raise NotAllowed("system tags are for administrators")


def _changeable(tx: Connection, context: Context, vault_id: str) -> Vault:
    vault = vaults.get(tx, context.project_id, vault_id)
    if vault.status is VaultState.DELETING:
        raise VaultBeingDeleted(vault.name)
    return vault


def _write(tx: Connection, vault: Vault, new: tuple[Tag, ...], enterprise_project_id: str | None) -> None:
    vaults.set_tags(tx, vault.id, new)
    if enterprise_project_id is not None:
        moved = msgspec.structs.replace(vault, tags=new, enterprise_project_id=enterprise_project_id)
        vaults.replace(tx, moved)
