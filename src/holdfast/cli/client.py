"""The HTTP API as one user of one project asks it."""

import json
import shlex
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from .credentials import Credentials
from .failures import Exit, Failure, of_status

PATIENCE_SECONDS = 60.0
PAGE = 1000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

Value = str | int | Sequence[str] | None
Parameters = dict[str, Value]


@dataclass(frozen=True)
class SignedIn:
    """A token, and the address below which it is good: `http://host:port/v3/<project id>`."""

    token: str
    address: str


@dataclass
class Client:
    """Asks the API; signs in with the first question, and once more when the token has expired."""

    http: httpx.Client
    credentials: Credentials
    page: int = field(default_factory=lambda: PAGE)
    _signed_in: SignedIn | None = field(default=None, repr=False)

    def get(self, path: str, **wanted: Value) -> Any:
        """What `path` below the project holds; several values are several parameters. Raises Failure."""
        return _document(self._ask("GET", path, params=_said(wanted)))

    @contextmanager
    def streaming(
        self, path: str, wanted: Parameters, headers: Mapping[str, str], silence_seconds: float
    ) -> Iterator[httpx.Response]:
        """What `path` below the project holds, read by the caller as it comes; at most so long nothing comes.

        Raises Failure, inside the `with` where it breaks off.
        """
        limits = httpx.Timeout(PATIENCE_SECONDS, read=silence_seconds).as_dict()
        answer = self._ask(
            "GET", path, params=_said(wanted), headers=headers, extensions={"timeout": limits}, stream=True
        )
        try:
            yield answer
        except httpx.RequestError as error:
            raise Failure(Exit.UNREACHABLE, f"{_host(answer.request)} broke off: {error}") from None
        finally:
            answer.close()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Have something made or done; raises Failure."""
        return self._tell("POST", path, body)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Have something changed; raises Failure."""
        return self._tell("PUT", path, body)

    def delete(self, path: str) -> httpx.Headers:
        """Have something deleted; the headers name the task. Raises Failure."""
        return self._ask("DELETE", path).headers

    def each(self, path: str, key: str, **wanted: Value) -> Iterator[dict[str, Any]]:
        """Every item of a list, fetched page by page as it is pulled. Raises Failure."""
        offset = 0
        while True:
            items = self.get(path, **wanted, limit=self.page, offset=offset)[key]
            yield from items
            if len(items) < self.page:
                return
            offset += len(items)

    def sign_in(self) -> SignedIn:
        """Exchange name and password for a token; raises Failure."""
        url = f"{self.credentials.auth_url.rstrip('/')}/auth/tokens"
        answer = self._send(self.http.build_request("POST", url, json=self.credentials.password_request))
        if answer.status_code == 401:
            raise Failure(Exit.NOT_ALLOWED, f"{url} does not accept this user and password; {self._remedy}")
        _check(answer)
        token = answer.headers.get("X-Subject-Token")
        if not token:
            raise Failure(Exit.UNREACHABLE, f"{url} gave no token: is this an identity service?")
        self._signed_in = SignedIn(token, _address(self.credentials, _document(answer)))
        return self._signed_in

    @property
    def _remedy(self) -> str:
        user = self.credentials.username or self.credentials.user_id or ""
        return f"on the server's machine, holdfast accounts password {shlex.quote(user)} makes a new one"

    def _tell(self, method: str, path: str, body: dict[str, Any]) -> Any:
        # Written in ASCII: a path that is no UTF-8 reaches the server, which says what is wrong with it.
        content, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        return _document(self._ask(method, path, content=content, headers=headers))

    def _ask(self, method: str, path: str, *, stream: bool = False, **what: Any) -> httpx.Response:
        def request(signed_in: SignedIn) -> httpx.Request:
            asked = self.http.build_request(method, signed_in.address + path, **what)
            asked.headers["X-Auth-Token"] = signed_in.token
            return asked

        if self._signed_in is None:
            answer = self._send(request(self.sign_in()), stream=stream)
        else:
            answer = self._send(request(self._signed_in), stream=stream)
            if answer.status_code == 401:
                answer = self._send(request(self.sign_in()), stream=stream)
        _check(answer)
        return answer

    def _send(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        """The answer; only a success is left to be read."""
        try:
            answer = self.http.send(request, stream=stream)
            if not answer.is_success:
                answer.read()
            return answer
        except httpx.TimeoutException:
            raise Failure(Exit.UNREACHABLE, f"{_host(request)} does not answer in time") from None
        except httpx.TransportError as error:
            raise Failure(
                Exit.UNREACHABLE, f"cannot reach {_host(request)}: {error} (is the server running?)"
            ) from None


@contextmanager
def open_client(credentials: Credentials) -> Iterator[Client]:
    """A client for the length of a `with`; the first question is what signs in. Raises Failure."""
    for url in filter(None, (credentials.auth_url, credentials.endpoint)):
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise Failure(Exit.USAGE, f"{url!r} is not an http:// or https:// address")
    # A proxy of the environment is for the world outside: it cannot reach this machine's loopback.
    here = urlsplit(credentials.auth_url).hostname in _LOOPBACK
    context = ssl.create_default_context(cafile=credentials.ca_file)
    with httpx.Client(timeout=PATIENCE_SECONDS, trust_env=not here, verify=context) as http:
        yield Client(http, credentials)


def _check(answer: httpx.Response) -> None:
    """Raises the Failure that a refusing answer means, in the server's own words."""
    if answer.is_success:
        return
    try:
        told = answer.json()
        message = f"{told['error_msg']} ({told['error_code']})"
    except (ValueError, KeyError, TypeError):
        message = f"{answer.status_code} {answer.reason_phrase}".strip()
        message = f"{answer.request.method} {answer.request.url} was answered with {message}"
    raise of_status(answer.status_code, " ".join(message.split()))


def _said(wanted: Mapping[str, Value]) -> dict[str, str | int | Sequence[str]]:
    return {name: value for name, value in wanted.items() if value is not None}


def _document(answer: httpx.Response) -> Any:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Failure(Exit.UNREACHABLE, f"{answer.request.url} is not a holdfast server: it speaks no JSON")
    return document


def _address(credentials: Credentials, signed_in: dict[str, Any]) -> str:
    """Where the project's API is: below the endpoint of the credentials, or what the catalogue says."""
    token = signed_in.get("token", {})
    project_id = token.get("project", {}).get("id") or credentials.project_id
    if not project_id:
        raise Failure(Exit.NOT_ALLOWED, "the token is for no project")
    if credentials.endpoint:
        return f"{credentials.endpoint.rstrip('/')}/v3/{project_id}"
    for service in token.get("catalog", []):
        for endpoint in service.get("endpoints", []) if service.get("type") == "cbr" else []:
            if endpoint.get("interface") == "public" and credentials.region in (None, endpoint.get("region")):
                url = str(endpoint["url"]).rstrip("/")
                return url if url.endswith(project_id) else f"{url}/{project_id}"
    where = f" in region {credentials.region}" if credentials.region else ""
    raise Failure(Exit.NOT_FOUND, f"the catalogue has no service of type cbr{where}")


def _host(request: httpx.Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc.decode()}"
