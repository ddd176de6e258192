"""Access keys: made, shown, switched off, deleted; and who holds the one that a request was signed with.

A secret is told once, when its key is made. It is kept sealed rather than hashed: a signature is checked by
making it again.
"""

import hashlib
import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import access_keys, accounts
from holdfast.db.access_keys import Holder as Holder  # handed on: the floor above never imports db
from holdfast.db.database import Database
from holdfast.model import clock
from holdfast.model.access_key import LONGEST_DESCRIPTION, MOST_OF_A_USER, AccessKey
from holdfast.model.errors import InvalidParameter, NotAuthenticated, NotFound

from .sessions import Session

ID_LENGTH = 20
SECRET_LENGTH = 40
LONGEST_ID = 64
_ID_LETTERS = string.ascii_uppercase + string.digits
_SECRET_LETTERS = string.ascii_letters + string.digits
# One change in 16 clears away what expired: the signatures whose digests begin with this.
_TRIMS = "0"


@dataclass(frozen=True)
class Issued:
    """A new key and its secret, which is told here and never again."""

    key: AccessKey
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Change:
    """What shall be different; None stays as it is."""

    description: str | None = None
    enabled: bool | None = None


def make(db: Database, user_id: str, description: str = "") -> Issued:
    """A new key for a user; raises NotFound, or InvalidParameter where the user has as many as they may."""
    with db.transaction() as tx:
        return issue(tx, user_id, description)


def issue(tx: Connection, user_id: str, description: str = "") -> Issued:
    """The same, in a transaction that has more to do."""
    _check_description(description)
    accounts.get_user(tx, user_id)
    access_keys.lock_owner(tx, user_id)
    if len(access_keys.find(tx, user_id)) >= MOST_OF_A_USER:
        raise InvalidParameter(
            "credential", f"akSkNumExceed: a user has at most {MOST_OF_A_USER} access keys"
        )
    key = AccessKey(
        id=_drawn(_ID_LETTERS, ID_LENGTH),
        user_id=user_id,
        description=description,
        enabled=True,
        created_at=clock.now(),
    )
    issued = Issued(key=key, secret=_drawn(_SECRET_LETTERS, SECRET_LENGTH))
    access_keys.add(tx, key, issued.secret)
    return issued


def find(db: Database, user_id: str) -> list[AccessKey]:
    """The keys of a user, oldest first."""
    with db.reading() as tx:
        return access_keys.find(tx, user_id)


def get(db: Database, key_id: str) -> AccessKey:
    """One key; raises NotFound."""
    with db.reading() as tx:
        return access_keys.get(tx, key_id)


def change(db: Database, key_id: str, asked: Change) -> AccessKey:
    """The key as it is from now on; raises NotFound or InvalidParameter."""
    if asked.description is not None:
        _check_description(asked.description)
    wanted = {
        name: value
        for name, value in (("description", asked.description), ("enabled", asked.enabled))
        if value is not None
    }
    with db.transaction() as tx:
        key = replace(access_keys.get(tx, key_id), **wanted)
        access_keys.update(tx, key)
    return key


def delete(db: Database, key_id: str) -> None:
    """What the key signs is worth nothing from now on; raises NotFound."""
    with db.transaction() as tx:
        access_keys.delete(tx, key_id)


def holder(db: Database, key_id: str, project_id: str | None) -> Holder:
    """Whoever holds the key, read at once; with a project id only that project of theirs is looked at.

    Raises NotAuthenticated for a key that nobody holds. Whether key and user are enabled is not looked at:
    that is told to whoever proves to have the secret, and to nobody else (`check_enabled`).
    """
    if len(key_id) > LONGEST_ID or not key_id.isprintable():
        raise NotAuthenticated("the access key is unknown")
    with db.reading() as tx:
        found = access_keys.find_holder(tx, key_id, project_id)
    if found is None:
        raise NotAuthenticated("the access key is unknown")
    return found


def check_enabled(held: Holder) -> None:
    """Raises NotAuthenticated where the key, or its user, is switched off."""
    if not held.key.enabled:
        raise NotAuthenticated("the access key is disabled")
    if not held.user.enabled:
        raise NotAuthenticated("the user of the access key is disabled")


def session(held: Holder, signed_at: datetime, expires_at: datetime) -> Session:
    """What a request stands for that the holder signed, in the first of their places.

    Raises NotAuthenticated where they have none.
    """
    if not held.places:
        raise NotAuthenticated("the user of the access key has no role in that project, or in any")
    project, role = held.places[0]
    return Session(
        user=held.user,
        project=project,
        role=role,
        in_domain=False,
        issued_at=signed_at,
        expires_at=expires_at,
        audit_id=held.key.id,
    )


def use_up(db: Database, held: Holder, signature: str, expires_at: datetime) -> None:
    """Take note that this signature changed something; raises NotAuthenticated when it did so before.

    It is remembered until `expires_at`, when the date of its request is refused anyway.
    """
    digest = hashlib.sha256(f"{held.key.id} {signature}".encode()).hexdigest()
    with db.transaction() as tx:
        if digest.startswith(_TRIMS):
            access_keys.trim_used(tx, clock.now())
        if not access_keys.use_up(tx, digest, expires_at):
            raise NotAuthenticated("this signature was used already; sign the request anew, a second later")


def find_user_id(db: Database, name: str) -> str:
    """The id of the user that an operator means, by name or id; raises NotFound, or where two are meant."""
    with db.reading() as tx:
        named = [user for user in accounts.users(tx) if name in (user.name, user.id)]
    if len(named) > 1:
        raise InvalidParameter("user", f"several users are called {name}; give the id")
    if not named:
        raise NotFound(f"user {name}")
    return named[0].id


def domain_of(db: Database, user_id: str) -> str | None:
    """The domain of a user; None where there is no such user."""
    with db.reading() as tx:
        found = accounts.find_user_by_id(tx, user_id)
    return found[0].domain_id if found else None


def _check_description(description: str) -> None:
    if len(description) > LONGEST_DESCRIPTION or not description.isprintable():
        raise InvalidParameter(
            "credential.description", f"must be at most {LONGEST_DESCRIPTION} printable characters"
        )


def _drawn(letters: str, length: int) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))
