"""Downloads out of backups: ours. A ticket for files and folders first, then their bytes."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated
from urllib.parse import quote

import msgspec
from msgspec import Meta

from holdfast.api import moments
from holdfast.api.request import Call, Pieces, Reply, Route
from holdfast.model.errors import InvalidParameter
from holdfast.service import downloads
from holdfast.service.context import Context
from holdfast.service.restores import MAX_PATH

BYTES = "application/octet-stream"
MOST_PATHS = 100
# Whatever is in a backup, no browser may take it for a page of ours.
GUARDS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-store",
    }
)
_ODD = re.compile(r"[^A-Za-z0-9 ._()+@=-]")
# What is not seen, or turns what is read around: a name must not pretend to have another ending.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff/\\\\]")

Path = Annotated[str, Meta(min_length=1, max_length=MAX_PATH, pattern="^/")]


class DownloadBody(msgspec.Struct, frozen=True):
    """Which files and folders are wanted."""

    paths: Annotated[list[Path], Meta(min_length=1, max_length=MOST_PATHS)]


class DownloadRequest(msgspec.Struct, frozen=True):
    """A download that is asked for."""

    download: DownloadBody


class DownloadView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the bytes are to be had, under which name, and until when they can be asked for."""

    url: str
    name: str
    expires_at: str | None
    size_bytes: int
    file_count: int


class DownloadReply(msgspec.Struct, frozen=True):
    """A download that may begin."""

    download: DownloadView


def create(context: Context, call: Call) -> Reply:
    """POST backups/{backup_id}/downloads."""
    paths = call.read(DownloadRequest).download.paths
    for index, path in enumerate(paths):
        if any(step in (".", "..") for step in path.split("/")):
            raise InvalidParameter(f"download.paths[{index}]", "must have neither . nor .. in it")
    granted = downloads.create(context, call.path["backup_id"], paths)
    view = DownloadView(
        url=f"/v3/{context.project_id}/downloads/{granted.ticket}",
        name=_seen(granted.name),
        expires_at=moments.of_resource(granted.expires_at),
        size_bytes=granted.size_bytes,
        file_count=granted.file_count,
    )
    return Reply(DownloadReply(view), status=201)


def show(context: Context, call: Call) -> Reply:
    """GET downloads/{ticket}."""
    download = downloads.begin(context, call.path["ticket"])
    headers = {**GUARDS, "Content-Disposition": _disposition(_seen(download.name))}
    if download.size is not None:
        headers["Content-Length"] = str(download.size)
    if call.method == "HEAD":
        download.close()
        return Reply(Pieces(iter(()), BYTES), headers=headers)
    return Reply(Pieces(download, BYTES), headers=headers)


def _seen(name: str) -> str:
    return _UNSEEN.sub("_", name)


def _disposition(name: str) -> str:
    """The name as RFC 6266 has it, and a plain one for programs that do not know that."""
    return f"attachment; filename=\"{_ODD.sub('_', name)}\"; filename*=UTF-8''{quote(name, safe='')}"


ROUTES = (
    Route("POST", "/backups/{backup_id}/downloads", create, costly=True),
    Route("GET", "/downloads/{ticket}", show, costly=True),
)
