"""Whether the service can answer anything at all."""

from sqlalchemy.exc import SQLAlchemyError

from .context import House


def is_well(house: House) -> bool:
    """Whether the database answers now."""
    try:
        with house.db.reading() as tx:
            tx.exec_driver_sql("SELECT 1")
    except SQLAlchemyError:
        return False
    return True
