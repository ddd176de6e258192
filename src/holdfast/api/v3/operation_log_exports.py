"""Exports of operation logs: everything that matches a query, in one answer of any length. Ours."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import TypeAlias

import msgspec

from holdfast.api import gzipped, lines
from holdfast.api.paging import MAX_OFFSET
from holdfast.api.query import Query
from holdfast.api.request import Call, Pieces, Reply, Route
from holdfast.model import clock
from holdfast.model.errors import InvalidParameter
from holdfast.model.task import Task
from holdfast.service import task_exports
from holdfast.service.context import Context

from . import operation_log_queries as queries
from . import operation_log_tables as tables
from .operation_log_views import shown

Some: TypeAlias = Iterator[list[Task]]


class Format(StrEnum):
    """format."""

    CSV = "csv"
    NDJSON = "ndjson"


MEDIA_TYPES = {Format.CSV: tables.MEDIA_TYPE, Format.NDJSON: "application/x-ndjson"}
_LINE_ENDS = b"\n"


def find(context: Context, call: Call) -> Reply:
    """GET operation-logs/export."""
    wanted = call.query.choice("format", Format)
    if wanted is None:
        raise InvalidParameter("format", f"must be one of {', '.join(Format)}")
    written = _WRITERS[wanted](_some(context, call.query), _fields(call.query, wanted))
    headers = {
        "Content-Disposition": f'attachment; filename="{_file_name(wanted, clock.now())}"',
        "Cache-Control": "no-store",
        "Vary": "Accept-Encoding",
    }
    if gzipped.is_wanted(call.headers):
        headers["Content-Encoding"] = "gzip"
        written = gzipped.pieces(written)
    content = _begun(written)
    if call.method == "HEAD":
        content = iter(())
    return Reply(Pieces(content, MEDIA_TYPES[wanted]), headers=headers)


def _some(context: Context, query: Query) -> Some:
    if query.has("offset"):
        raise InvalidParameter("offset", "is not for an export: it goes on from a marker")
    limit = query.number("limit", MAX_OFFSET, 1, MAX_OFFSET)
    return task_exports.pieces(
        context,
        queries.wanted(context.project_id, query),
        queries.order(query),
        query.text("marker"),
        limit,
    )


def _fields(query: Query, wanted: Format) -> tuple[str, ...]:
    if wanted is Format.CSV and query.has("fields"):
        raise InvalidParameter("fields", "is for ndjson: a table has always the same columns")
    return queries.fields(query)


def _csv(some: Some, _fields: Sequence[str]) -> Iterator[bytes]:
    first = next(some, [])
    yield tables.header() + tables.rows(first)
    yield from map(tables.rows, some)


def _ndjson(some: Some, fields: Sequence[str]) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    for tasks in some:
        written = bytearray()
        for task in tasks:
            written += encoder.encode(shown(task, fields))
            written += _LINE_ENDS
        yield lines.kept_whole(bytes(written))


_WRITERS: dict[Format, Callable[[Some, Sequence[str]], Iterator[bytes]]] = {
    Format.CSV: _csv,
    Format.NDJSON: _ndjson,
}


def _begun(content: Iterator[bytes]) -> Iterator[bytes]:
    """The content with its first piece at hand: what forbids all of it is refused in words."""
    return chain((next(content, b""),), content)


def _file_name(wanted: Format, at: datetime) -> str:
    return f"operation-logs-{at:%Y%m%dT%H%M%SZ}.{wanted}"


ROUTES = (Route("GET", "/operation-logs/export", find, costly=True),)
