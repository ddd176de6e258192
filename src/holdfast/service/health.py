"""Whether the service can answer anything at all."""

from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError, TimeoutError

from holdfast.db.database import is_transient

from .context import House

# What SQLite and PostgreSQL say of a disk that is full or gone.
_SIGNS = ("disk is full", "No space left", "disk I/O error", "unable to open database file")


def is_well(house: House) -> bool:
    """Whether the database answers now."""
    try:
        with house.db.reading() as tx:
            tx.exec_driver_sql("SELECT 1")
    except SQLAlchemyError:
        return False
    return True


def is_outage(fault: Exception) -> bool:
    """Whether a fault says that the database is away, busy or full, and not that something is wrong here."""
    if isinstance(fault, TimeoutError):
        return True
    if not isinstance(fault, DBAPIError | PendingRollbackError):
        return False
    return is_transient(fault) or any(sign in str(fault) for sign in _SIGNS)
