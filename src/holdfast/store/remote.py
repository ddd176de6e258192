"""Objects in a vault of another holdfast, asked for over HTTP in the protocol of restic's REST servers.

Only what a repository is made of can be put: the config, and files that are called by the SHA-256 of their
bytes. The other side checks that, decides who may delete what, and says when its vault is full.
"""

import ssl
import weakref
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx
import msgspec

from holdfast.model import repository_object
from holdfast.model.repository_object import CONFIG, FOLDERS

from .buffer import Content, length, pieces
from .draft import Draft, Spool
from .errors import (
    AccessDenied,
    BadName,
    ObjectDiffers,
    ObjectMissing,
    StoreError,
    StoreFull,
    StoreUnavailable,
)
from .objects import Objects
from .patience import Patience

Headers = Callable[[], Mapping[str, str]]

MISSING = "Holdfast.0020"
"""The code of the one 404 that speaks of a file: others say that there is no such vault, or no such way."""

_LISTING = "application/vnd.x.restic.rest.v2"
_PIECE = 1 << 18
_CONNECT_SECONDS = 10.0
_NOTHING: Mapping[str, str] = MappingProxyType({})
_BEYOND_THE_END = 416
_NOT_KNOWN, _NOT_FOUND = 401, 404
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_MEANINGS: Mapping[int, type[StoreError]] = MappingProxyType(
    {401: AccessDenied, 403: AccessDenied, 409: ObjectDiffers, 507: StoreFull}
    | dict.fromkeys(_PASSING, StoreUnavailable)
)


class _Listed(msgspec.Struct):
    name: str
    size: int


class _Refusal(msgspec.Struct):
    error_code: str = ""
    error_msg: str = ""


_LISTINGS = msgspec.json.Decoder(list[_Listed])
_REFUSALS = msgspec.json.Decoder(_Refusal)


def open_remote(
    url: str,
    headers: Headers,
    *,
    renew: Callable[[], None] | None = None,
    verify: ssl.SSLContext | bool = True,
    patience: Patience | None = None,
) -> Objects:
    """The objects of the vault at `…/v3/PROJECT/vaults/VAULT/repository` of another holdfast.

    `headers` tells for every request anew what proves who asks. After a 401 `renew` is called, if given, and
    the request made once more. What either raises flies out of the operation. Raises StoreError for an
    address that is none.
    """
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise StoreError(f"{url}: the address of another holdfast is http://… or https://…")
    place = Remote(url.rstrip("/"), (headers, renew or _leave), verify, patience or Patience())
    return Objects(place, (url,))


class Remote:
    """A vault's repository elsewhere; every operation is tried again for as long as the patience lasts."""

    def __init__(
        self,
        url: str,
        credentials: tuple[Headers, Callable[[], None]],
        verify: ssl.SSLContext | bool,
        patience: Patience,
    ) -> None:
        """`credentials` are headers that tell who asks, and what renews these. Connections are kept open."""
        self._url = url
        self._headers, self._renew = credentials
        self._patience = patience
        limit = httpx.Timeout(
            patience.request_seconds, connect=min(_CONNECT_SECONDS, patience.request_seconds)
        )
        self._http = httpx.Client(timeout=limit, verify=verify)
        weakref.finalize(self, self._http.close)

    def put(self, name: str, content: Content) -> None:
        """Write an object, once; raises StoreFull when the vault elsewhere is full."""
        parts = pieces(content)
        said = {"Content-Length": str(length(parts)), "Content-Type": "application/octet-stream"}
        self._patience.of(lambda: self._ask(name, "POST", said, parts))

    def draft(self) -> Draft:
        """An object to be, kept on this machine until it has its name."""
        return Spool(self.put)

    def get(self, name: str) -> bytes:
        """The whole object."""
        return self._patience.of(lambda: self._ask(name, "GET")).content

    def get_part(self, name: str, offset: int, length: int) -> bytes:
        """A part; fewer bytes when the object ends before."""
        wanted = {"Range": f"bytes={offset}-{offset + length - 1}"}
        answer = self._patience.of(lambda: self._ask(name, "GET", wanted))
        if answer.status_code == _BEYOND_THE_END:
            return b""
        if answer.status_code == httpx.codes.PARTIAL_CONTENT:
            return answer.content
        return answer.content[offset : offset + length]

    def size(self, name: str) -> int:
        """How many bytes the object has."""
        answer = self._patience.of(lambda: self._ask(name, "HEAD"))
        return int(answer.headers["Content-Length"])

    def names(self, folder: str) -> Iterator[tuple[str, int]]:
        """Names and sizes below a folder (`"data/"`; `""` for all), each kind of file in one request."""
        for kind, inside in FOLDERS.items():
            if not (f"{inside}/".startswith(folder) or folder.startswith(f"{inside}/")):
                continue
            for one in self._listed(kind):
                if repository_object.is_id(one.name):
                    name = repository_object.path(kind, one.name)
                    if name.startswith(folder):
                        yield name, one.size
        if not folder:
            try:
                yield CONFIG, self.size(CONFIG)
            except ObjectMissing:
                return

    def delete(self, name: str) -> None:
        """Remove an object; raises AccessDenied where the other side keeps it."""
        self._patience.of(lambda: self._ask(name, "DELETE"))

    def _listed(self, kind: str) -> list[_Listed]:
        def listed() -> list[_Listed]:
            answer = self._judged(kind, self._sent("GET", f"{kind}/", {"Accept": _LISTING}, []))
            try:
                return _LISTINGS.decode(answer.content)
            except msgspec.MsgspecError as error:
                raise StoreError(f"{self._url} lists no files: is it another holdfast? {error}") from error

        return self._patience.of(listed)

    def _ask(
        self,
        name: str,
        method: str,
        said: Mapping[str, str] = _NOTHING,
        parts: list[memoryview] | None = None,
    ) -> httpx.Response:
        """One answer about an object. Raises what it means if it is a refusal, and BadName."""
        try:
            kind, called = repository_object.kind_and_name(name)
        except ValueError as error:
            raise BadName(f"{name}: {error}") from error
        spelled = kind if kind == CONFIG else f"{kind}/{called}"
        answer = self._sent(method, spelled, said, parts or [])
        if method == "HEAD" and answer.status_code == _NOT_FOUND:
            # the answer to a HEAD does not say what is not there: the object, or the vault
            self._judged(name, self._sent("GET", spelled, {"Range": "bytes=0-0"}, []))
            raise StoreUnavailable(f"{name} is being written by another process")
        return self._judged(name, answer)

    def _sent(
        self, method: str, spelled: str, said: Mapping[str, str], parts: list[memoryview]
    ) -> httpx.Response:
        """What came back, whatever it means; raises StoreUnavailable or StoreError where nothing did."""
        answer = self._sent_once(method, spelled, said, parts)
        if answer.status_code != _NOT_KNOWN:
            return answer
        self._renew()
        return self._sent_once(method, spelled, said, parts)

    def _sent_once(
        self, method: str, spelled: str, said: Mapping[str, str], parts: list[memoryview]
    ) -> httpx.Response:
        headers = {"Accept-Encoding": "identity", **self._headers(), **said}
        content = _sliced(parts) if "Content-Length" in said else None
        try:
            return self._http.request(method, f"{self._url}/{spelled}", headers=headers, content=content)
        except httpx.RequestError as error:
            kind = StoreError if _is_untrusted(error) else StoreUnavailable
            raise kind(f"{spelled} at {self._url}: {str(error) or type(error).__name__}") from error

    def _judged(self, name: str, answer: httpx.Response) -> httpx.Response:
        """The answer, unless it is a refusal: then what that means is raised."""
        if answer.is_success or answer.status_code == _BEYOND_THE_END:
            return answer
        told = _told(answer)
        if told.error_code == MISSING:
            raise ObjectMissing(f"{name} is not in the store")
        kind = _MEANINGS.get(answer.status_code, StoreError)
        reason = f"{told.error_msg} ({told.error_code})" if told.error_code else answer.reason_phrase
        raise kind(f"{name} at {self._url}: {answer.status_code} {reason}")


def _leave() -> None:
    """Nothing is to be renewed: asking again for the headers is enough."""


def _sliced(parts: list[memoryview]) -> Iterator[bytes]:
    for part in parts:
        for start in range(0, len(part), _PIECE):
            yield bytes(part[start : start + _PIECE])


def _told(answer: httpx.Response) -> _Refusal:
    try:
        return _REFUSALS.decode(answer.content)
    except msgspec.MsgspecError:
        return _Refusal()  # somebody in between who speaks another language


def _is_untrusted(error: httpx.RequestError) -> bool:
    """Whether the other side's certificate is at fault: no patience mends that."""
    return "CERTIFICATE_VERIFY_FAILED" in str(error)
