"""What names, descriptions and ids look like to the Volume Backup Service."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from holdfast.model import ids
from holdfast.model.errors import InvalidParameter

RESERVED = "auto"  # what backups of policies are called begins so

# \Z because $ would let a line break through.
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]*\Z")]
ShortDescription = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^<>]*\Z")]
Description = Annotated[str, Meta(max_length=255, pattern=r"^[^<>]*\Z")]


def check_name(field: str, name: str | None) -> None:
    """Raises InvalidParameter for a name that only policies give."""
    if name is not None and name.startswith(RESERVED):
        raise InvalidParameter(field, f"must not begin with {RESERVED}")


def check_snapshot(field: str, snapshot_id: str | None) -> None:
    """Raises InvalidParameter for any snapshot of a disk: there are none, and its state by now is another."""
    if snapshot_id is not None:
        raise InvalidParameter(field, "names no snapshot: disks have none here, leave it out")


def disk_id(field: str, text: str) -> str:
    """The id of a disk as it is kept here, from one with or without dashes; raises InvalidParameter."""
    if not text:
        raise InvalidParameter(field, "is empty")
    if not ids.is_uuid(text):
        raise InvalidParameter(field, "must be a UUID")
    return str(UUID(text))
