"""Secrets at rest: sealed under the key that the database was opened with."""

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection

from .engines import SEAL


class WrongKeyError(Exception):
    """The database was written under another key than it was opened with."""


def seal(tx: Connection, secret: str) -> str:
    """What is kept of the secret."""
    return _key(tx).encrypt(secret.encode()).decode()


def unseal(tx: Connection, sealed: str) -> str:
    """The secret that was sealed; raises WrongKeyError."""
    try:
        return _key(tx).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise WrongKeyError("a secret was sealed under another key") from error


def _key(tx: Connection) -> Fernet:
    key: Fernet = tx.get_execution_options()[SEAL]
    return key
