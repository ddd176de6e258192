"""Secrets at rest: sealed under the key that the database was opened with."""

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection

from .engines import SEAL
from .tables import access_key, vault


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


def check(tx: Connection) -> None:
    """Open the oldest secret that is kept, if there is any; raises WrongKeyError."""
    for kept in (vault, access_key):
        sealed = tx.scalar(sa.select(kept.c.secret).order_by(kept.c.created_at, kept.c.id).limit(1))
        if sealed is not None:
            unseal(tx, sealed)
            return


def _key(tx: Connection) -> Fernet:
    key: Fernet = tx.get_execution_options()[SEAL]
    return key
