"""Application credentials: made by a user for a program, with a secret that is told once."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from holdfast.db import accounts, application_credentials, tokens
from holdfast.db.database import Database
from holdfast.model import clock, ids
from holdfast.model.application_credential import ApplicationCredential
from holdfast.model.errors import InvalidParameter, NotAllowed, NotFound
from holdfast.model.project import Role

from . import account_words, passwords
from .sessions import Session


@dataclass(frozen=True)
class NewCredential:
    """A credential to make. Without a role it gets the user's; without a secret, one nobody can guess."""

    name: str
    description: str = ""
    role: Role | None = None
    unrestricted: bool = False
    expires_at: datetime | None = None
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class MadeCredential:
    """A new credential with its secret, which is told here and never again."""

    credential: ApplicationCredential
    secret: str = field(repr=False)


def add(db: Database, session: Session, asked: NewCredential) -> MadeCredential:
    """A credential for the project of the session, with at most the role that its user has there.

    Raises NotAllowed for a session without a project, a restricted program, or a role beyond one's own;
    InvalidParameter, which is NameTaken where the user has one of that name.
    """
    session.check_manages_credentials()
    if session.project is None or session.role is None:
        raise NotAllowed("an application credential is for a project: ask with a token for one")
    role = session.role if asked.role is None else asked.role
    if role.within(session.role) is not role:
        raise NotAllowed("an application credential gets no more than its user has")
    credential = _made(asked, session.user.id, session.project.id, role)
    secret = secrets.token_urlsafe(48) if asked.secret is None else asked.secret
    secret_hash = passwords.hashed("secret", secret)
    with db.transaction() as tx:
        accounts.lock(tx, session.user.id)
        if accounts.role(tx, session.user.id, session.project.id) is None:
            raise NotAllowed("there is no role in this project any more")
        application_credentials.add(tx, credential, secret_hash)
    return MadeCredential(credential, secret)


def of_user(db: Database, user_id: str, *, name: str | None = None) -> list[ApplicationCredential]:
    """A user's credentials by name, or the one of this name."""
    with db.reading() as tx:
        return application_credentials.of_user(tx, user_id, name=name)


def show(db: Database, user_id: str, credential_id: str) -> ApplicationCredential:
    """One credential of a user; raises NotFound."""
    with db.reading() as tx:
        found = application_credentials.find(tx, credential_id)
    if found is None or found[0].user_id != user_id:
        raise NotFound(f"application credential {credential_id}")
    return found[0]


def remove(db: Database, user_id: str, credential_id: str) -> None:
    """Remove a user's credential; the tokens that were made with it are over. Raises NotFound."""
    with db.transaction() as tx:
        found = application_credentials.find(tx, credential_id)
        if found is None or found[0].user_id != user_id:
            raise NotFound(f"application credential {credential_id}")
        application_credentials.remove(tx, credential_id)
        tokens.revoke_of_credential(tx, credential_id)


def _made(asked: NewCredential, user_id: str, project_id: str, role: Role) -> ApplicationCredential:
    account_words.check_name("name", asked.name)
    account_words.check_description("description", asked.description)
    now = clock.now()
    if asked.expires_at is not None and asked.expires_at <= now:
        raise InvalidParameter("expires_at", "is over already")
    return ApplicationCredential(
        id=ids.new_project(),
        user_id=user_id,
        project_id=project_id,
        name=asked.name,
        description=asked.description,
        role=role,
        unrestricted=asked.unrestricted,
        created_at=now,
        expires_at=asked.expires_at,
    )
