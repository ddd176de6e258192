"""People who can sign in quickly: a hash names its own cost, and theirs is small."""

from argon2 import PasswordHasher

from holdfast.db import accounts
from holdfast.db.database import Database
from holdfast.model import clock, ids
from holdfast.model.project import User

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def enrol(database: Database, name: str, password: str) -> User:
    """A user without any role."""
    user = User(id=ids.new_project(), name=name, created_at=clock.now())
    with database.transaction() as tx:
        accounts.add_user(tx, user, CHEAP.hash(password))
    return user
