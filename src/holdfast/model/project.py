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


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant: everything but accounts belongs to exactly one."""

    id: str
    name: str
    domain_id: str = DEFAULT_DOMAIN_ID
    created_at: datetime


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can sign in."""

    id: str
    name: str
    domain_id: str = DEFAULT_DOMAIN_ID
    created_at: datetime


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, for which project, and with which right."""

    user_id: str
    user_name: str
    project_id: str
    project_name: str
    role: Role

    @property
    def is_admin(self) -> bool:
        """Whether the caller may name paths on the machine."""
        return self.role is Role.ADMIN
