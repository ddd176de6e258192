"""A Keystone elsewhere that signs people in: what its tokens stand for here, and the way to it.

A token is shown to the Keystone that made it, with itself as the credential: every Keystone tells a token
what it is, so no service user is needed. What was told is believed for `keystone_cache_seconds`; until then a
revocation is not seen.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus

import msgspec
from keystoneauth1 import exceptions
from keystoneauth1.session import Session

from holdfast.config import Config
from holdfast.model import clock
from holdfast.model.errors import IdentityUnavailable, NotAllowed, NotAuthenticated, Refusal
from holdfast.model.project import Caller
from holdfast.service import external_tokens
from holdfast.service.context import House
from holdfast.service.external_tokens import ExternalProject, ExternalToken

from .request import Call, OpenRoute, Reply

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10
MOST_REMEMBERED = 10_000


# ── what it tells ───────────────────────────────────────────────────────────────────────────────────────


class _Domain(msgspec.Struct, frozen=True):
    id: str


class _Project(msgspec.Struct, frozen=True):
    id: str
    name: str
    domain: _Domain


class _User(msgspec.Struct, frozen=True):
    id: str
    name: str


class _Role(msgspec.Struct, frozen=True):
    name: str


class _Token(msgspec.Struct, frozen=True, kw_only=True):
    user: _User
    project: _Project | None = None
    roles: list[_Role] = []
    expires_at: datetime

    def told(self) -> ExternalToken:
        project = self.project
        return ExternalToken(
            user_id=self.user.id,
            user_name=self.user.name,
            project=ExternalProject(project.id, project.name, project.domain.id) if project else None,
            roles=frozenset(role.name for role in self.roles),
            expires_at=self.expires_at,
        )


class _TokenReply(msgspec.Struct, frozen=True):
    token: _Token


# ── asking it ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Remembered:
    """What a token turned out to be, until a moment of the monotonic clock."""

    found: Caller | Refusal
    until: float


@dataclass
class Keystone:
    """The Keystone at `url` (its version 3), and what it told of tokens lately, by their digests."""

    url: str
    remember_seconds: float
    _session: Session = field(default_factory=lambda: Session(timeout=PATIENCE_SECONDS), repr=False)
    _remembered: dict[str, _Remembered] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def caller(self, house: House, token: str) -> Caller:
        """Who asks with this token. Raises NotAuthenticated, NotAllowed or IdentityUnavailable."""
        digest = hashlib.sha256(token.encode()).hexdigest()
        found = self._recall(digest)
        if found is None:
            asked_at = time.monotonic()
            found, seconds = self._judge(house, token)
            self._remember(digest, _Remembered(found, asked_at + seconds))
        if isinstance(found, Caller):
            return found
        raise type(found)(str(found))

    def caller_in_session(self, house: House, token: str, project_id: str | None) -> Caller:
        """Who asks with this token in a browser's cookie, in a project; raises as `caller` does."""
        raise NotAuthenticated("people sign in at another Keystone")

    def close(self) -> None:
        """Hang up."""
        self._session.session.close()

    def _judge(self, house: House, token: str) -> tuple[Caller | Refusal, float]:
        """What the token is, and for how many seconds that may be believed."""
        seconds = self.remember_seconds
        try:
            told = self._ask(token)
            seconds = min(seconds, (told.expires_at - clock.now()).total_seconds())
            return external_tokens.admit(house.db, house.config.keystone_roles, told), seconds
        except (NotAuthenticated, NotAllowed) as refusal:
            return refusal.with_traceback(None), seconds

    def _ask(self, token: str) -> ExternalToken:
        headers = {"X-Auth-Token": token, "X-Subject-Token": token, "Accept": "application/json"}
        try:
            reply = self._session.get(
                f"{self.url}/auth/tokens?nocatalog=1",
                headers=headers,
                authenticated=False,
                raise_exc=False,
                log=False,
            )
        except exceptions.ClientException as error:
            log.warning("Keystone at %s: %s", self.url, error)
            raise IdentityUnavailable(str(error)) from error
        if reply.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
            raise NotAuthenticated("the token is unknown, expired or revoked")
        return self._read(reply.status_code, reply.content)

    def _read(self, status: int, body: bytes) -> ExternalToken:
        try:
            if status == HTTPStatus.OK:
                return msgspec.json.decode(body, type=_TokenReply).token.told()
        except msgspec.MsgspecError as error:
            log.warning("Keystone at %s told of a token what is no token: %s", self.url, error)
            raise IdentityUnavailable(str(error)) from error
        log.warning("Keystone at %s answered %s when it was asked about a token", self.url, status)
        raise IdentityUnavailable(f"Keystone answered {status}")

    def _recall(self, digest: str) -> Caller | Refusal | None:
        with self._lock:
            kept = self._remembered.get(digest)
        return kept.found if kept is not None and time.monotonic() < kept.until else None

    def _remember(self, digest: str, kept: _Remembered) -> None:
        with self._lock:
            self._remembered.pop(digest, None)
            while len(self._remembered) >= MOST_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[digest] = kept


def of(config: Config) -> Keystone:
    """The Keystone that the configuration names."""
    return Keystone(config.keystone_v3_url, config.keystone_cache_seconds)


# ── the way to it ───────────────────────────────────────────────────────────────────────────────────────


class _WayView(msgspec.Struct, frozen=True):
    code: int
    title: str
    message: str


class _WayReply(msgspec.Struct, frozen=True):
    error: _WayView


def signposted(config: Config, routes: Iterable[OpenRoute]) -> list[OpenRoute]:
    """Routes of our own identity service that lead to the Keystone elsewhere, where there is one.

    Requests that are signed with an access key are still answered here: access keys are ours. Signing in is
    not: it asks for a password, and looks at no signature.
    """
    if not config.keystone_url:
        return list(routes)
    return [
        replace(route, endpoint=_elsewhere(config) if _signs_in(route) else _leading(config, route.endpoint))
        for route in routes
    ]


def _signs_in(route: OpenRoute) -> bool:
    return route.method == "POST" and route.path.endswith("/auth/tokens")


def _elsewhere(config: Config) -> Callable[[House, Call], Reply]:
    return lambda _, call: _way(config.keystone_v3_url + call.target.partition("/v3")[2])


def _leading(config: Config, endpoint: Callable[[House, Call], Reply]) -> Callable[[House, Call], Reply]:
    elsewhere = _elsewhere(config)

    def answering(house: House, call: Call) -> Reply:
        signed = call.headers.get("authorization", "").startswith("SDK-")
        if signed and not call.headers.get("x-auth-token"):
            return endpoint(house, call)
        return elsewhere(house, call)

    return answering


def _way(place: str) -> Reply:
    status = HTTPStatus.TEMPORARY_REDIRECT
    view = _WayView(status, status.phrase, "tokens are made by another Keystone; see Location")
    return Reply(_WayReply(view), status, {"Location": place})
