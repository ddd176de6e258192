"""One request as an endpoint sees it, what it answers, and the routes that lead there."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from holdfast.model.audit import Asked
from holdfast.model.errors import InvalidParameter
from holdfast.service.context import Context, House

from .query import Query

Shape = TypeVar("Shape")

MAX_BODY = 1 << 20


@dataclass
class Trace:
    """What is learnt of a call on its way, for the line of the log that tells of it: who asks, for which
    project, and whether it is one of a flood."""

    user_name: str = ""
    project_id: str = ""
    often: bool = False


@dataclass(frozen=True)
class Call:
    """One request. `route` is the path as it was mounted, `address` scheme and host as the caller reached us;
    header names are lower case. `target` is path and query as they came, percent signs and all.

    What a `StreamRoute` is sent is in `upload`, to be taken once. Where that is too large to be held, `body`
    is empty and `promised_hash` the SHA-256 that the path says it has: whoever takes it checks that.
    """

    method: str
    route: str
    address: str
    target: str
    path: Mapping[str, str]
    query: Query
    headers: Mapping[str, str]
    body: bytes
    request_id: str
    upload: Iterator[bytes] = field(default_factory=lambda: iter(()))
    promised_hash: str | None = None
    trace: Trace = field(default_factory=Trace)

    @property
    def asked(self) -> Asked:
        """The call as the audit trail has it, where HEAD is the GET that it stands for."""
        method = "GET" if self.method == "HEAD" else self.method
        return Asked(method, self.route, self.target.partition("?")[0])

    @property
    def has_body(self) -> bool:
        """Whether anything is sent with the request."""
        return bool(self.body) or self.promised_hash is not None

    @property
    def body_hash(self) -> str:
        """The SHA-256 of the body, in hexadecimal digits."""
        return hashlib.sha256(self.body).hexdigest() if self.promised_hash is None else self.promised_hash

    def read(self, shape: type[Shape]) -> Shape:
        """The body, as this shape; members that the shape does not know are ignored.

        Raises InvalidParameter naming `body`, or the member as the wire spells it.
        """
        try:
            asked = msgspec.json.decode(self.body, type=shape)
            _check_text(self.body)
        except msgspec.ValidationError as error:
            raise _named(str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidParameter("body", "is not JSON") from error
        return asked


@dataclass(frozen=True)
class Pieces:
    """A body that is sent as it is pulled, of a media type; what pulling raises breaks the connection."""

    content: Iterator[bytes]
    media_type: str


@dataclass(frozen=True)
class Later:
    """A body that is there when a task has ended, or after so many seconds: `reply` makes the answer then."""

    task_id: str
    seconds: int
    reply: Callable[[], "Reply"]


@dataclass(frozen=True)
class Reply:
    """What an endpoint answers: JSON of a struct, `Pieces`, `Later`, a `Following`, or nothing."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """A call of a project: whoever asks must have proven who they are, and that the project is theirs.

    Whatever is not a GET changes something, so that a reader may not, unless the route `only_asks`. What is
    called `often`, a part of something larger, has no line of the log for each call. What is `costly` looks
    through all that a project has: it has only some threads for that.
    """

    method: str
    path: str
    endpoint: Callable[[Context, Call], Reply]
    only_asks: bool = False
    often: bool = False
    costly: bool = False

    @property
    def changes(self) -> bool:
        """Whether a call changes something."""
        return self.method != "GET" and not self.only_asks


@dataclass(frozen=True)
class StreamRoute(Route):
    """A route whose body may be too large to be held: it is taken from `Call.upload`, piece by piece.

    Clients that know nothing but HTTP's own `Basic` may show an access key and its secret that way.
    """


@dataclass(frozen=True)
class HomeRoute:
    """A call whose path names no project: whoever asks must have proven who they are, for some project."""

    method: str
    path: str
    endpoint: Callable[[Context, Call], Reply]


@dataclass(frozen=True)
class OpenRoute:
    """A call that anybody may make: versions, health, signing in, which is done `often`."""

    method: str
    path: str
    endpoint: Callable[[House, Call], Reply]
    often: bool = False


_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*?)`)?$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")


def _named(message: str) -> InvalidParameter:
    match = _PLACE.match(message)
    what, path = (match["what"], match["path"] or "") if match else (message, "")
    missing = _MISSING.match(what)
    if missing:
        path, what = f"{path}.{missing['name']}", "is missing"
    return InvalidParameter(path.lstrip(".") or "body", what)


def _check_text(body: bytes) -> None:
    """No database keeps a NUL in a text, and no name needs one."""
    if b"\\u0000" in body:
        place = _nul(msgspec.json.decode(body), "")
        if place is not None:
            raise InvalidParameter(place.lstrip(".") or "body", "must not contain NUL")


def _nul(value: Any, path: str) -> str | None:
    if isinstance(value, str):
        return path if "\x00" in value else None
    if isinstance(value, dict):
        inner = [(key, f"{path}.{key!r}") for key in value] + [(v, f"{path}.{k}") for k, v in value.items()]
    elif isinstance(value, list):
        inner = [(item, f"{path}[{index}]") for index, item in enumerate(value)]
    else:
        return None
    return next((place for item, where in inner if (place := _nul(item, where)) is not None), None)
