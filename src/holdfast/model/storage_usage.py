"""Storage usage: what the backups of one resource take, in all the vaults of a project together."""

import msgspec


class StorageUsage(msgspec.Struct, frozen=True, kw_only=True):
    """The good backups of a resource: how many, and the bytes that the repositories grew by for them.

    `multi_az_bytes` are those in vaults that are said to be in several availability zones. Name and
    type are those that the resource had when the last of them was made.
    """

    resource_id: str
    resource_name: str
    resource_type: str
    backup_count: int
    backup_bytes: int
    multi_az_bytes: int

    @property
    def id(self) -> str:
        """What a marker names: the resource's id."""
        return self.resource_id
