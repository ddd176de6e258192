"""A vault's repository over HTTP, in the protocol that stock restic speaks with its REST servers."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import msgspec

from holdfast.api import byte_range
from holdfast.api.errors import INVALID_PARAMETER, ErrorView
from holdfast.api.request import Call, Pieces, Reply, Route, StreamRoute
from holdfast.model.repository_errors import FileNotInRepository
from holdfast.model.repository_object import CONFIG
from holdfast.service import repository_objects
from holdfast.service.context import Context

REPOSITORY = "/vaults/{vault_id}/repository/"
FILES = f"{REPOSITORY}{{type}}/"
FILE = f"{FILES}{{name}}"
FIRST_LISTING = "application/vnd.x.restic.rest.v1"
LISTING = "application/vnd.x.restic.rest.v2"
BYTES = "application/octet-stream"
BEYOND_THE_END = 416
_NAMES_AT_ONCE = 1000


class PasswordView(msgspec.Struct, frozen=True):
    """What opens a vault's repository."""

    password: str


class FileView(msgspec.Struct, frozen=True):
    """A file in a listing."""

    name: str
    size: int


def show_password(context: Context, call: Call) -> Reply:
    """Tell what opens the repository, which is there from then on."""
    return Reply(PasswordView(repository_objects.password(context, call.path["vault_id"])))


def create(context: Context, call: Call) -> Reply:
    """Nothing is to be made before the first file comes; say whether it may."""
    repository_objects.of_vault(context, call.path["vault_id"]).check_open()
    return Reply()


def find(context: Context, call: Call) -> Reply:
    """List the files of a kind: their names, or, for who asks for version 2, with their sizes."""
    found = repository_objects.of_vault(context, call.path["vault_id"]).names(call.path["type"])
    if call.headers.get("accept") == LISTING:
        return Reply(_started(_array(FileView(name, size) for name, size in found), LISTING))
    return Reply(_started(_array(name for name, _ in found), FIRST_LISTING))


def show(context: Context, call: Call) -> Reply:
    """Send a file, or a part of it; for HEAD only how large it is."""
    kind, name = _named(call)
    files = repository_objects.of_vault(context, call.path["vault_id"])
    size = files.size(kind, name)
    part = byte_range.wanted(call.headers.get("range", ""), size)
    if part is None:
        told = ErrorView(INVALID_PARAMETER.code, f"{INVALID_PARAMETER.message} Range: the file ends before.")
        return Reply(told, BEYOND_THE_END, {"Content-Range": f"bytes */{size}"})
    headers = {"Content-Length": str(len(part)), "Accept-Ranges": "bytes"}
    if call.method == "HEAD":
        return Reply(Pieces(iter(()), BYTES), headers=headers)
    content = _started(files.pieces(kind, name, part), BYTES)
    if len(part) == size:
        return Reply(content, headers=headers)
    spelled = f"bytes {part.start}-{part.stop - 1}/{size}"
    return Reply(content, 206, {**headers, "Content-Range": spelled})


def put(context: Context, call: Call) -> Reply:
    """Take a file."""
    kind, name = _named(call)
    repository_objects.of_vault(context, call.path["vault_id"]).write(kind, name, call.upload)
    return Reply()


def delete(context: Context, call: Call) -> Reply:
    """Delete a file, if it is one that may go."""
    kind, name = _named(call)
    repository_objects.of_vault(context, call.path["vault_id"]).delete(kind, name)
    return Reply()


def _named(call: Call) -> tuple[str, str]:
    """Kind and name of the file in the path: the config has no name. Raises FileNotInRepository."""
    if call.path.get("type") == CONFIG:
        raise FileNotInRepository("the config has no name")
    return call.path.get("type", CONFIG), call.path.get("name", "")


def _started(content: Iterator[bytes], media_type: str) -> Pieces:
    """The content with its first piece at hand, so that what forbids all of it is refused in words."""
    return Pieces(chain((next(content, b""),), content), media_type)


def _array(items: Iterator[Any]) -> Iterator[bytes]:
    """A JSON array of any length."""
    between = b"["
    while some := list(islice(items, _NAMES_AT_ONCE)):
        yield between + msgspec.json.encode(some)[1:-1]
        between = b","
    yield b"[]" if between == b"[" else b"]"


ROUTES = (
    Route("GET", "/vaults/{vault_id}/repository-key", show_password),
    StreamRoute("POST", REPOSITORY, create),
    StreamRoute("GET", f"{REPOSITORY}config", show),
    StreamRoute("POST", f"{REPOSITORY}config", put),
    StreamRoute("DELETE", f"{REPOSITORY}config", delete),
    StreamRoute("GET", FILES, find),
    StreamRoute("GET", FILE, show),
    StreamRoute("POST", FILE, put, often=True),
    StreamRoute("DELETE", FILE, delete, often=True),
)
