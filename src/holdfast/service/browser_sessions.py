"""Sessions of people at a browser: they prove once who they are, and enter any project of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from holdfast.db import accounts, domains
from holdfast.db.database import Database
from holdfast.model.errors import NotAuthenticated
from holdfast.model.project import Project, Role

from . import sessions
from .sessions import Door, Named, Opened, Scope, Session


@dataclass(frozen=True)
class Place:
    """A project that somebody can enter, and as what, where that is known before they do."""

    id: str
    name: str
    role: Role | None


@dataclass(frozen=True)
class Visit:
    """A session, as those see it who have signed in: who they are, where they can go, and until when."""

    user_id: str
    user_name: str
    domain_id: str
    domain_name: str
    places: Sequence[Place]
    expires_at: datetime


def sign_in(door: Door, who: Named, password: str) -> Opened:
    """A session for whoever knows the password. Raises NotAuthenticated or TooManyAttempts."""
    return sessions.sign_in_by_password(door, who, password, Scope())


def show(db: Database, token: str) -> Session:
    """The session by its token; raises NotAuthenticated, for tokens of a project, domain or program too."""
    session = sessions.check_token(db, token)
    if session.project is not None or session.in_domain or session.credential_id is not None:
        raise NotAuthenticated("the token is no session of a browser")
    return session


def visit(db: Database, token: str) -> Visit:
    """What the session is to its user; raises NotAuthenticated."""
    session = show(db, token)
    places = [Place(project.id, project.name, role) for project, role in projects(db, session.user.id)]
    with db.reading() as tx:
        domain = domains.get(tx, session.domain_id)
    user = session.user
    return Visit(user.id, user.name, domain.id, domain.name, places, session.expires_at)


def in_project(db: Database, token: str, project_id: str | None) -> Session:
    """What the session stands for in a project, or in the first of the user's.

    Raises NotAuthenticated, also where the user has no project, or ProjectNotFound without a role there.
    """
    session = show(db, token)
    if project_id is None:
        project_id = next((project.id for project, _ in projects(db, session.user.id)), None)
    if project_id is None:
        raise NotAuthenticated("the user has no role in any project")
    here = sessions.session_of_user(db, session.user.id, project_id, method=sessions.PASSWORD)
    return replace(
        here, issued_at=session.issued_at, expires_at=session.expires_at, audit_id=session.audit_id
    )


def projects(db: Database, user_id: str) -> list[tuple[Project, Role]]:
    """The projects that the user can enter, and as what, by name."""
    with db.reading() as tx:
        found = [one for one in accounts.roles(tx, user_id) if one[0].enabled]
    return sorted(found, key=lambda one: (one[0].name, one[0].id))


def sign_out(db: Database, token: str) -> None:
    """The session is worth nothing from now on."""
    sessions.revoke(db, token)
