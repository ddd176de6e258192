"""Automatic binding, in the transaction of what gives rise to it.

A vault looks for resources when it is made and when its rules change, a resource looks for a vault when it is
made known and when its tags change. Nothing else binds: what somebody takes out of a vault stays out.
"""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Connection

from holdfast.db import bindings, resources, vaults
from holdfast.db.vaults import VaultFilter
from holdfast.model.binding import Binding, plan
from holdfast.model.resource import Resource
from holdfast.model.task import Page
from holdfast.model.vault import Vault

from . import attachments
from .attachments import NewAttachment

AT_ONCE = 1000  # ids in one statement


def of_vault(tx: Connection, vault: Vault) -> None:
    """The vault as it is now takes what it may of all that is in no vault."""
    if not vault.auto_bind:
        return
    ids = bindings.unbound(tx, vault.project_id)
    pieces = [ids[begin : begin + AT_ONCE] for begin in range(0, len(ids), AT_ONCE)]
    free = [one for piece in pieces for one in resources.find(tx, vault.project_id, ids=piece)]
    _attach(tx, [vault], plan([vault], free))


def of_changed_vault(tx: Connection, before: Vault, after: Vault) -> None:
    """As `of_vault`, if what the vault takes by itself has changed."""
    if (before.auto_bind, before.bind_rules) != (after.auto_bind, after.bind_rules):
        of_vault(tx, after)


def of_resource(tx: Connection, resource: Resource) -> None:
    """The resource goes into the oldest vault that takes it by itself, unless it is in one already."""
    takers = bindings.takers(tx, resource.project_id)
    if not takers or vaults.taken(tx, resource.project_id, [resource.id]):
        return
    wanted = VaultFilter(project_id=resource.project_id, ids=tuple(takers))
    known = vaults.find(tx, wanted, Page(limit=len(takers)))
    _attach(tx, known, plan(known, [resource]))


def _attach(tx: Connection, known: Sequence[Vault], planned: Sequence[Binding]) -> None:
    by_id = {vault.id: vault for vault in known}
    ordered = sorted(planned, key=lambda one: one.vault_id)
    for vault_id, group in groupby(ordered, key=lambda one: one.vault_id):
        attachments.attach(tx, by_id[vault_id], [NewAttachment(resource_id=one.resource.id) for one in group])
