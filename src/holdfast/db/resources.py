"""Resources: what can be protected, as each project knows it."""

from collections.abc import Collection

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.errors import ResourceNotFound
from holdfast.model.resource import Resource, ResourceType
from holdfast.model.tag import Tag

from .columns import read_document, write_document
from .statements import Record, contains, insert
from .tables import resource as table


def put(tx: Connection, resource: Resource) -> None:
    """Write a resource, new or known by its id. A known one keeps its project and its creation time."""
    fresh = {
        "name": resource.name,
        "type": resource.type,
        "provider": resource.provider,
        "settings": write_document(resource.settings),
        "size_bytes": resource.size_bytes,
        "parent_id": resource.parent_id,
        "configured": resource.configured,
        "tags": write_document(resource.tags),
        "site": resource.site,
    }
    written = (
        insert(tx, table)
        .values(id=resource.id, project_id=resource.project_id, created_at=resource.created_at, **fresh)
        .on_conflict_do_update(
            index_elements=["id"], set_=fresh, where=table.c.project_id == resource.project_id
        )
        .returning(table.c.id)
    )
    if tx.scalar(written) is None:
        raise ResourceNotFound(f"{resource.id} belongs to another project")


def get(tx: Connection, project_id: str, resource_id: str) -> Resource:
    """One resource of the project; raises ResourceNotFound."""
    found = find(tx, project_id, ids=[resource_id])
    if not found:
        raise ResourceNotFound(resource_id)
    return found[0]


def find(  # noqa: PLR0913 - the conditions of one list, each by its name
    tx: Connection,
    project_id: str,
    *,
    type: ResourceType | None = None,
    ids: Collection[str] | None = None,
    parent_id: str | None = None,
    name: str | None = None,
) -> list[Resource]:
    """The project's resources for which every given condition holds, oldest first; `name` is a part of it."""
    wanted = sa.select(table).where(table.c.project_id == project_id)
    if type is not None:
        wanted = wanted.where(table.c.type == type)
    if ids is not None:
        wanted = wanted.where(table.c.id.in_(ids))
    if parent_id is not None:
        wanted = wanted.where(table.c.parent_id == parent_id)
    if name is not None:
        wanted = wanted.where(contains(table.c.name, name))
    return [of_row(row) for row in tx.execute(wanted.order_by(table.c.created_at, table.c.name, table.c.id))]


def parts(tx: Connection, whole_ids: Collection[str]) -> dict[tuple[str, str], list[Resource]]:
    """The parts of these resources, oldest first, by the project and the id of what they are parts of.

    Ask only for what the caller may see, and look only for its own project.
    """
    found: dict[tuple[str, str], list[Resource]] = {}
    if whole_ids:
        wanted = sa.select(table).where(table.c.parent_id.in_(whole_ids))
        for row in tx.execute(wanted.order_by(table.c.created_at, table.c.name, table.c.id)):
            found.setdefault((row.project_id, row.parent_id), []).append(of_row(row))
    return found


def remove(tx: Connection, project_id: str, resource_id: str) -> None:
    """Forget a resource; raises ResourceNotFound. Its backups, and its place in a vault, stay."""
    gone = sa.delete(table).where(table.c.project_id == project_id, table.c.id == resource_id)
    if not tx.execute(gone).rowcount:
        raise ResourceNotFound(resource_id)


def of_row(row: Record) -> Resource:
    """The resource in a row of the table."""
    return Resource(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        type=ResourceType(row.type),
        provider=row.provider,
        settings=msgspec.json.decode(row.settings),
        size_bytes=row.size_bytes,
        parent_id=row.parent_id,
        configured=row.configured,
        tags=read_document(row.tags, tuple[Tag, ...]),
        site=row.site,
        created_at=row.created_at,
    )
