"""Users: made, changed and removed, and their passwords. Nobody is asked here whether they may."""

from dataclasses import dataclass, field

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import accounts, tokens
from holdfast.db.database import Database
from holdfast.model import clock, ids
from holdfast.model.errors import NotAuthenticated, NotFound
from holdfast.model.project import DEFAULT_DOMAIN_ID, User

from . import account_words, passwords
from .attempts import Attempts


@dataclass(frozen=True)
class NewUser:
    """A user to make. Without a password they sign in once they have got one."""

    name: str
    domain_id: str = DEFAULT_DOMAIN_ID
    password: str | None = field(default=None, repr=False)
    enabled: bool = True


@dataclass(frozen=True)
class UserChange:
    """What becomes of a user; None leaves it as it is."""

    name: str | None = None
    password: str | None = field(default=None, repr=False)
    enabled: bool | None = None


def add(db: Database, asked: NewUser) -> User:
    """A new user without any role; raises InvalidParameter, which is NameTaken in case of a name."""
    password_hash = "" if asked.password is None else passwords.hashed("password", asked.password)
    with db.transaction() as tx:
        return made_user(tx, asked, password_hash)


def made_user(tx: Connection, asked: NewUser, password_hash: str) -> User:
    """The same within a transaction, with the hash of the password."""
    account_words.check_name("name", asked.name)
    user = User(
        id=ids.new_project(),
        name=asked.name,
        domain_id=asked.domain_id,
        enabled=asked.enabled,
        created_at=clock.now(),
    )
    accounts.add_user(tx, user, password_hash)
    return user


def in_domain(db: Database, domain_id: str) -> list[User]:
    """The users of a domain, by name."""
    with db.reading() as tx:
        return accounts.users(tx, domain_id=domain_id)


def show(db: Database, domain_id: str, user_id: str) -> User:
    """One user of a domain; raises NotFound."""
    with db.reading() as tx:
        return found_user(tx, domain_id, user_id)


def found_user(tx: Connection, domain_id: str, user_id: str) -> User:
    """The same within a transaction."""
    user = accounts.get_user(tx, user_id)
    if user.domain_id != domain_id:
        raise NotFound(f"user {user_id}")
    return user


def named(db: Database, domain_id: str, name: str) -> User:
    """The user of this name, or with this id; raises NotFound."""
    found = [one for one in in_domain(db, domain_id) if name in (one.name, one.id)]
    if not found:
        raise NotFound(f"user {name}")
    return found[0]


def change(db: Database, domain_id: str, user_id: str, asked: UserChange) -> User:
    """Rename, enable or disable a user, or give them a password. What they signed in with before is over.

    A new name alone leaves their tokens. Raises NotFound, InvalidParameter or NameTaken.
    """
    password_hash = None if asked.password is None else passwords.hashed("password", asked.password)
    if asked.name is not None:
        account_words.check_name("name", asked.name)
    with db.transaction() as tx:
        accounts.lock(tx, user_id)
        before = found_user(tx, domain_id, user_id)
        name = before.name if asked.name is None else asked.name
        enabled = before.enabled if asked.enabled is None else asked.enabled
        user = replace(before, name=name, enabled=enabled)
        accounts.change_user(tx, user)
        if password_hash is not None:
            accounts.set_password(tx, user_id, password_hash)
        if password_hash is not None or not user.enabled:
            tokens.revoke_of_user(tx, user_id)
    return user


def change_own_password(
    db: Database, attempts: Attempts, user: User, passwords_asked: tuple[str, str]
) -> None:
    """Put a new password, the second, in the place of the present one; all the user's tokens are over.

    Raises NotAuthenticated where the first is wrong, TooManyAttempts, or InvalidParameter.
    """
    present, wanted = passwords_asked
    with db.reading() as tx:
        found = accounts.find_user_by_id(tx, user.id)
    before = found[1] if found else None
    if not passwords.fits_in_time(attempts, user.id, before, present):
        raise NotAuthenticated("the original password is wrong")
    password_hash = passwords.hashed("password", wanted)
    with db.transaction() as tx:
        accounts.lock(tx, user.id)
        if accounts.find_user_by_id(tx, user.id) != found:
            raise NotAuthenticated("the original password is wrong")
        accounts.set_password(tx, user.id, password_hash)
        tokens.revoke_of_user(tx, user.id)


def remove(db: Database, domain_id: str, user_id: str) -> None:
    """Remove a user with their roles, tokens and credentials; raises NotFound."""
    with db.transaction() as tx:
        found_user(tx, domain_id, user_id)
        accounts.remove_user(tx, user_id)
