"""A Keystone elsewhere that signs people in: what its tokens stand for here, and the way to it.

A token is shown to the Keystone that made it, with itself as the credential: every Keystone tells a token
what it is, so no service user is needed. What was told is believed for `keystone_cache_seconds`; until then a
revocation is not seen.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from keystoneauth1 import exceptions
from keystoneauth1.session import Session
from requests import Response

from holdfast.config import Config
from holdfast.model import clock
from holdfast.model.errors import (
    IdentityUnavailable,
    NotAllowed,
    NotAuthenticated,
    ProjectNotFound,
    Refusal,
)
from holdfast.model.project import DEFAULT_DOMAIN_NAME, Caller, Role
from holdfast.service import external_tokens
from holdfast.service.browser_sessions import Place, Visit
from holdfast.service.context import House
from holdfast.service.external_tokens import ExternalProject, ExternalToken
from holdfast.service.sessions import Named

from . import cookies
from .request import Call, OpenRoute, Reply

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10
MOST_REMEMBERED = 10_000
_UNKNOWN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND)

Shape = TypeVar("Shape")


# ── what it tells ───────────────────────────────────────────────────────────────────────────────────────


class _Domain(msgspec.Struct, frozen=True):
    id: str
    name: str = ""


class _Project(msgspec.Struct, frozen=True):
    id: str
    name: str
    domain: _Domain


class _User(msgspec.Struct, frozen=True):
    id: str
    name: str
    domain: _Domain


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


class _Place(msgspec.Struct, frozen=True):
    id: str
    name: str
    enabled: bool = True


class _PlacesReply(msgspec.Struct, frozen=True):
    projects: list[_Place]


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
        return self._known(house, _digest(token), lambda: self._told_of(token).told())

    def caller_in_session(self, house: House, token: str, project_id: str | None) -> Caller:
        """Who asks with this token in a browser's cookie, in a project, or the first that Keystone tells.

        Raises as `caller` does, and ProjectNotFound without a role there.
        """
        if project_id is None:
            project_id = next((place.id for place in self._places(token)), None)
        if project_id is None:
            raise NotAuthenticated("the user has no role in any project")
        here = project_id
        return self._known(house, f"{_digest(token)} {_digest(here)}", lambda: self._in_project(token, here))

    def sign_in(self, house: House, who: Named, password: str) -> str:
        """A token without a project for whoever knows the password, to be kept in a browser's cookie.

        Raises NotAuthenticated, TooManyAttempts or IdentityUnavailable.
        """
        name = _digest(repr(who))
        house.attempts.check(name, clock.now())
        domain = {"name": who.domain.name if who.domain else DEFAULT_DOMAIN_NAME}
        user = {"name": who.name, "domain": domain, "password": password}
        proof = {"methods": ["password"], "password": {"user": user}}
        reply = self._send("POST", "/auth/tokens", body={"identity": proof, "scope": "unscoped"})
        if reply.status_code == HTTPStatus.UNAUTHORIZED:
            house.attempts.failed(name, clock.now())
            raise NotAuthenticated("the user name or the password is wrong")
        self._read(reply, HTTPStatus.CREATED, _TokenReply)
        token: str = reply.headers.get("X-Subject-Token", "")
        if not cookies.TOKEN.fullmatch(token):
            raise IdentityUnavailable("Keystone made a token that fits into no cookie")
        return token

    def visit(self, house: House, token: str, project_id: str | None) -> Visit:
        """Who has signed in, and where they can go. Keystone tells a role only to who enters: that of
        `project_id` is known, if it is one here. Raises NotAuthenticated or IdentityUnavailable."""
        told = self._told_of(token)
        if told.project is not None:
            raise NotAuthenticated("the token is no session of a browser")
        places = [
            Place(
                place.id, place.name, self._role(house, token, place.id) if place.id == project_id else None
            )
            for place in self._places(token)
        ]
        user = told.user
        return Visit(user.id, user.name, user.domain.id, user.domain.name, places, told.expires_at)

    def sign_out(self, _house: House, token: str) -> None:
        """The token is worth nothing from now on, here and at Keystone; raises IdentityUnavailable."""
        digest = _digest(token)
        with self._lock:
            for known in [one for one in self._remembered if one.startswith(digest)]:
                del self._remembered[known]
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        reply = self._send("DELETE", "/auth/tokens", headers)
        if reply.status_code not in (HTTPStatus.NO_CONTENT, *_UNKNOWN):
            self._read(reply, HTTPStatus.NO_CONTENT, _TokenReply)

    def close(self) -> None:
        """Hang up."""
        self._session.session.close()

    def _known(self, house: House, name: str, ask: Callable[[], ExternalToken]) -> Caller:
        """The caller that is remembered under a name, or whom Keystone tells of now."""
        found = self._recall(name)
        if found is None:
            asked_at = time.monotonic()
            found, seconds = self._judge(house, ask)
            self._remember(name, _Remembered(found, asked_at + seconds))
        if isinstance(found, Caller):
            return found
        raise type(found)(str(found))

    def _judge(self, house: House, ask: Callable[[], ExternalToken]) -> tuple[Caller | Refusal, float]:
        """What the token is, and for how many seconds that may be believed."""
        seconds = self.remember_seconds
        try:
            told = ask()
            seconds = min(seconds, (told.expires_at - clock.now()).total_seconds())
            return external_tokens.admit(house.db, house.config.keystone_roles, told), seconds
        except (NotAuthenticated, NotAllowed, ProjectNotFound) as refusal:
            return refusal.with_traceback(None), seconds

    def _role(self, house: House, token: str, project_id: str) -> Role | None:
        try:
            return self.caller_in_session(house, token, project_id).role
        except (NotAllowed, ProjectNotFound):
            return None

    def _told_of(self, token: str) -> _Token:
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        reply = self._send("GET", "/auth/tokens?nocatalog=1", headers)
        if reply.status_code in _UNKNOWN:
            raise NotAuthenticated("the token is unknown, expired or revoked")
        return self._read(reply, HTTPStatus.OK, _TokenReply).token

    def _in_project(self, token: str, project_id: str) -> ExternalToken:
        """What a token for the project tells, that the session's is exchanged for and nobody keeps."""
        proof = {"methods": ["token"], "token": {"id": token}}
        asked = {"identity": proof, "scope": {"project": {"id": project_id}}}
        reply = self._send("POST", "/auth/tokens?nocatalog=1", body=asked)
        if reply.status_code in _UNKNOWN:
            self._told_of(token)  # or else it is the session that is over
            raise ProjectNotFound(project_id)
        return self._read(reply, HTTPStatus.CREATED, _TokenReply).token.told()

    def _places(self, token: str) -> list[_Place]:
        """The projects that the token's user can enter, by name."""
        reply = self._send("GET", "/auth/projects", {"X-Auth-Token": token})
        if reply.status_code in _UNKNOWN:
            raise NotAuthenticated("the token is unknown, expired or revoked")
        told = self._read(reply, HTTPStatus.OK, _PlacesReply).projects
        return sorted((one for one in told if one.enabled), key=lambda one: (one.name, one.id))

    def _send(
        self, method: str, path: str, headers: Mapping[str, str] = MappingProxyType({}), body: Any = None
    ) -> Response:
        """One request to Keystone; `body` is what its `auth` says."""
        try:
            return self._session.request(
                f"{self.url}{path}",
                method,
                headers={**headers, "Accept": "application/json"},
                json=None if body is None else {"auth": body},
                authenticated=False,
                raise_exc=False,
                log=False,
            )
        except exceptions.ClientException as error:
            log.warning("Keystone at %s: %s", self.url, error)
            raise IdentityUnavailable(str(error)) from error

    def _read(self, reply: Response, status: int, shape: type[Shape]) -> Shape:
        try:
            if reply.status_code == status:
                return msgspec.json.decode(reply.content, type=shape)
        except msgspec.MsgspecError as error:
            log.warning("Keystone at %s said what it should not say: %s", self.url, error)
            raise IdentityUnavailable(str(error)) from error
        log.warning("Keystone at %s answered %s when it was asked about a token", self.url, reply.status_code)
        raise IdentityUnavailable(f"Keystone answered {reply.status_code}")

    def _recall(self, name: str) -> Caller | Refusal | None:
        with self._lock:
            kept = self._remembered.get(name)
        return kept.found if kept is not None and time.monotonic() < kept.until else None

    def _remember(self, name: str, kept: _Remembered) -> None:
        with self._lock:
            self._remembered.pop(name, None)
            while len(self._remembered) >= MOST_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[name] = kept


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


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
