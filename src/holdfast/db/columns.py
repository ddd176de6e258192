"""Columns that keep the same value in SQLite and in PostgreSQL: moments, text, and structured documents."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")

Document = TypeVar("Document")


def microseconds_of(moment: datetime) -> int:
    """Whole microseconds since 1970; raises ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return (moment - EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    """The aware UTC moment of whole microseconds since 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


def end_of_second(moment: datetime) -> datetime:
    """The first moment after a bound that the wire wrote in whole seconds: one second later."""
    return moment + min(timedelta(seconds=1), datetime.max.replace(tzinfo=UTC) - moment)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole microseconds since 1970: both databases compare it alike."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """On the way in."""
        return None if value is None else microseconds_of(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """On the way out."""
        return None if value is None else moment_of(value)


class Words(sa.types.TypeDecorator[str]):
    """Text that both databases can keep.

    PostgreSQL has no NUL character and neither has a way to write half of a surrogate pair (which a file name
    that is not UTF-8 becomes); the replacement character stands for them, so that no name can stop a write.
    Text compares and sorts by code point in both, whatever the locale of the server.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[str]:
        """The type in this database."""
        return postgresql.TEXT(collation="C") if dialect.name == "postgresql" else sa.Text()

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """On the way in."""
        return None if value is None else clean(value)


def clean(text: str) -> str:
    """The text with the characters replaced that no database keeps."""
    return _UNKEEPABLE.sub("\ufffd", str(text))


def write_document(value: Any) -> str:
    """A model value as JSON text."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_cleaned(msgspec.to_builtins(value))).decode()


def read_document(text: str, kind: type[Document]) -> Document:
    """The model value that `write_document` wrote."""
    return msgspec.json.decode(text, type=kind)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(one) for one in value]
    return value
