"""Application credentials: what a program signs in with instead of a person's password."""

from datetime import datetime

import msgspec

from holdfast.model.project import Role


class ApplicationCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A way into one project for a program of a user, with at most the role that it was given.

    Only an `unrestricted` one may make credentials in its turn.
    """

    id: str
    user_id: str
    project_id: str
    name: str
    description: str = ""
    role: Role
    unrestricted: bool = False
    created_at: datetime
    expires_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= now
