"""Automatic binding: which resources that are in no vault go into which vault that takes them by itself."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from .resource import OBJECT_OF_RESOURCE, PROVIDER_OF_OBJECT, Resource
from .tag import Tag
from .vault import MAX_RESOURCES, ProtectType, Vault


class Binding(msgspec.Struct, frozen=True):
    """A resource and the vault that takes it."""

    vault_id: str
    resource: Resource


def plan(vaults: Sequence[Vault], unbound: Sequence[Resource]) -> list[Binding]:
    """Each resource into the oldest vault that takes it by itself and has a place; into none where none does.

    A disk that is part of a server is backed up with its server, and is not bound by itself.
    """
    takers = sorted((vault for vault in vaults if _binds(vault)), key=lambda one: (one.created_at, one.id))
    places = {vault.id: MAX_RESOURCES - len(vault.attachments) for vault in takers}
    bindings = []
    for resource in unbound:
        taker = next((one for one in takers if places[one.id] > 0 and _takes(one, resource)), None)
        if taker is not None:
            places[taker.id] -= 1
            bindings.append(Binding(taker.id, resource))
    return bindings


def matches(rules: Sequence[Tag], tags: Sequence[Tag]) -> bool:
    """Whether the tags fulfil the rules: for every key one of its values. No rules are fulfilled by all."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        wanted[rule.key].add(rule.value)
    known = {tag.key: tag.value for tag in tags}
    return all(known.get(key) in values for key, values in wanted.items())


def _binds(vault: Vault) -> bool:
    return vault.auto_bind and vault.is_open and vault.protect_type is ProtectType.BACKUP


def _takes(vault: Vault, resource: Resource) -> bool:
    return (
        resource.parent_id is None
        and PROVIDER_OF_OBJECT[OBJECT_OF_RESOURCE[resource.type]] == vault.provider_id
        and matches(vault.bind_rules, resource.tags)
    )
