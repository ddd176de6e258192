"""Disks of a project, as block storage's clients look for them."""

from holdfast.db import disks, resources
from holdfast.db.disks import DiskFilter as DiskFilter  # handed on: the floor above never imports db
from holdfast.model.errors import ResourceNotFound
from holdfast.model.resource import Resource, ResourceType
from holdfast.model.task import Page

from .context import Context


def find(context: Context, wanted: DiskFilter, page: Page) -> list[Resource]:
    """A page of the project's disks, the newest first; raises InvalidParameter for an unknown marker."""
    with context.db.reading() as tx:
        return disks.find(tx, wanted, page)


def show(context: Context, disk_id: str) -> Resource:
    """One disk of the project; raises ResourceNotFound."""
    with context.db.reading() as tx:
        found = resources.get(tx, context.project_id, disk_id)
    if found.type is not ResourceType.DISK:
        raise ResourceNotFound(disk_id)
    return found
