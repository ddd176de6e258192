"""Projects, the people who work in them, and who is asking."""

from datetime import datetime
from enum import StrEnum

import msgspec

DEFAULT_DOMAIN_ID = "default"
DEFAULT_DOMAIN_NAME = "Default"


class Role(StrEnum):
    """What a user may do in a project."""

    ADMIN = "admin"
    OPERATOR = "operator"
    READER = "reader"

    def within(self, most: "Role") -> "Role":
        """This role, or `most` where that is less."""
        return min(self, most, key=_RIGHTS.index)


# From the least to the most.
_RIGHTS = (Role.READER, Role.OPERATOR, Role.ADMIN)


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant: everything but accounts belongs to exactly one. Nobody enters one that is not enabled."""

    id: str
    name: str
    domain_id: str = DEFAULT_DOMAIN_ID
    description: str = ""
    enabled: bool = True
    created_at: datetime


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can sign in, while `enabled`."""

    id: str
    name: str
    domain_id: str = DEFAULT_DOMAIN_ID
    enabled: bool = True
    created_at: datetime


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, for which project, and with which right. User and project are of one domain.

    `stays_here` holds for a program whose credential is for this one project, whatever its user may do
    elsewhere. `is_house` holds for nobody's request: a schedule's, which somebody allowed when it was made.
    `expires_at` is when the token ends that the caller came with, if it was one.
    """

    user_id: str
    user_name: str
    project_id: str
    project_name: str
    domain_id: str = DEFAULT_DOMAIN_ID
    role: Role
    stays_here: bool = False
    is_house: bool = False
    expires_at: datetime | None = None

    @property
    def is_admin(self) -> bool:
        """Whether the caller administers their project and its domain."""
        return self.role is Role.ADMIN

    @property
    def may_name_paths(self) -> bool:
        """Whether the caller may name paths on the machine: whoever runs it is in the default domain."""
        return self.is_admin and self.domain_id == DEFAULT_DOMAIN_ID
