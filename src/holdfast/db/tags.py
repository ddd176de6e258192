"""Tags of vaults: all of a project's, and the vaults that are found by them. Each vault's own: `vaults`."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from holdfast.model.resource import ObjectType
from holdfast.model.tag import TagFilter
from holdfast.model.task import Page
from holdfast.model.vault import CloudType

from . import tag_conditions
from .statements import contains
from .tables import vault, vault_tag


class TaggedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which vaults of a project; every given condition must hold. `name` matches as a substring, an empty
    one only itself."""

    project_id: str
    tags: TagFilter = TagFilter()
    name: str | None = None
    object_type: ObjectType | None = None
    cloud_type: CloudType | None = None
    enterprise_project_ids: tuple[str, ...] | None = None


def of_project(tx: Connection, project_id: str) -> dict[str, list[str]]:
    """The keys of all tags of the project's vaults, in order, each with the values that it has."""
    wanted = (
        sa.select(vault_tag.c.key, vault_tag.c.value)
        .join(vault, vault.c.id == vault_tag.c.vault_id)
        .where(vault.c.project_id == project_id)
        .distinct()
        .order_by(vault_tag.c.key, vault_tag.c.value)
    )
    found: dict[str, list[str]] = {}
    for row in tx.execute(wanted):
        found.setdefault(row.key, []).append(row.value)
    return found


def count(tx: Connection, wanted: TaggedFilter) -> int:
    """How many vaults match."""
    matching = sa.select(sa.func.count()).select_from(vault).where(*_conditions(wanted))
    return int(tx.execute(matching).scalar_one())


def find(tx: Connection, wanted: TaggedFilter, page: Page) -> list[str]:
    """The ids of a page of the vaults that match, newest first."""
    chosen = sa.select(vault.c.id).where(*_conditions(wanted))
    ordered = chosen.order_by(vault.c.created_at.desc(), vault.c.id.desc())
    return list(tx.scalars(ordered.limit(page.limit).offset(page.offset)))


def _conditions(wanted: TaggedFilter) -> Sequence[ColumnElement[bool]]:
    by_tags = tag_conditions.conditions(wanted.tags, vault.c.id, vault_tag.c.vault_id)
    conditions = [vault.c.project_id == wanted.project_id, *by_tags]
    if wanted.name is not None:
        conditions.append(contains(vault.c.name, wanted.name) if wanted.name else vault.c.name == "")
    if wanted.object_type is not None:
        conditions.append(vault.c.object_type == wanted.object_type)
    if wanted.cloud_type is not None:
        conditions.append(vault.c.cloud_type == wanted.cloud_type)
    if wanted.enterprise_project_ids is not None:
        conditions.append(vault.c.enterprise_project_id.in_(wanted.enterprise_project_ids))
    return conditions
