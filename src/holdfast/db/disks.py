"""Disks: the resources that block storage calls volumes, found page by page."""

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.resource import Resource, ResourceType
from holdfast.model.task import Page

from .listing import Listing
from .resources import of_row
from .tables import resource as table


class DiskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which disks of a project; every given condition must hold. `name` is the whole name, `attached` says
    whether they are disks of a server."""

    project_id: str
    name: str | None = None
    attached: bool | None = None


def find(tx: Connection, wanted: DiskFilter, page: Page) -> list[Resource]:
    """A page of the disks, the newest first; raises InvalidParameter for an unknown marker."""
    matching = sa.select(table).where(
        table.c.project_id == wanted.project_id, table.c.type == ResourceType.DISK
    )
    if wanted.name is not None:
        matching = matching.where(table.c.name == wanted.name)
    if wanted.attached is not None:
        parent = table.c.parent_id
        matching = matching.where(parent.is_not(None) if wanted.attached else parent.is_(None))
    listing = Listing(table, wanted.project_id, [(table.c.created_at, True)])
    return [of_row(row) for row in tx.execute(listing.cut(tx, matching, page))]
