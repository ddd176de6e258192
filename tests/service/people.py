"""People who can sign in quickly: a hash names its own cost, and theirs is small."""

from argon2 import PasswordHasher

from holdfast.db import accounts
from holdfast.db.database import Database
from holdfast.model import clock, ids
from holdfast.model.project import DEFAULT_DOMAIN_ID, User
from holdfast.service.sessions import Named

DEFAULT = Named(name="Default")
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def enrol(database: Database, name: str, password: str, *, domain_id: str = DEFAULT_DOMAIN_ID) -> User:
    """A user without any role."""
    user = User(id=ids.new_project(), name=name, domain_id=domain_id, created_at=clock.now())
    with database.transaction() as tx:
        accounts.add_user(tx, user, CHEAP.hash(password))
    return user


def named(name: str) -> Named:
    """A user or project of the default domain."""
    return Named(name=name, domain=DEFAULT)
