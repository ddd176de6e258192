"""Passwords and other secrets of people and programs: kept as argon2 hashes, which cannot be read back."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from holdfast.model import clock
from holdfast.model.errors import InvalidParameter

from .attempts import Attempts

LONGEST = 1024

_HASHER = PasswordHasher()
_AT_ONCE = BoundedSemaphore(4)  # a hash takes 64 MiB while it is made
# The hash of a password that nobody knows, checked for users that do not exist.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AMztxb8c2jpxm1uuMn1idA$GvhlCedEiQIMGoad0EG5DtTzTHdDL1hNqnCGwQdcoPU"


def hash_quickly() -> None:
    """From now on make hashes that take no time, which protect nothing, for accounts that are thrown away.

    For the whole process; hashes that are there already stay as they are.
    """
    global _HASHER
    _HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hashed(field: str, secret: str) -> str:
    """The hash to keep; raises InvalidParameter naming the field for what is no password."""
    if not 0 < len(secret) <= LONGEST:
        raise InvalidParameter(field, f"must be 1 to {LONGEST} characters")
    with _AT_ONCE:
        return _HASHER.hash(secret)


def fits(secret_hash: str | None, secret: str) -> bool:
    """Whether the secret is the one of this hash. Without a hash none fits, after the same work."""
    with _AT_ONCE:
        return _verified(secret_hash, secret)


def fits_in_time(attempts: Attempts, name: str, secret_hash: str | None, secret: str) -> bool:
    """The same, counted as an attempt under this name; raises TooManyAttempts."""
    with _AT_ONCE:
        attempts.check(name, clock.now())
        fitting = _verified(secret_hash, secret)
    if not fitting:
        attempts.failed(name, clock.now())
    return fitting


def _verified(secret_hash: str | None, secret: str) -> bool:
    try:
        _HASHER.verify(secret_hash or NOBODY, secret)
    except VerifyMismatchError:
        return False
    return bool(secret_hash)
