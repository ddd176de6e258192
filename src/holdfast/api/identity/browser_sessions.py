"""The console's sessions: a cookie made from the same accounts as any token. Ours, beside Keystone's."""

from collections.abc import Sequence
from importlib import metadata
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api import cookies
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.errors import NotAuthenticated
from holdfast.model.project import DEFAULT_DOMAIN_NAME, Project, Role
from holdfast.service import browser_sessions, domains
from holdfast.service.context import House
from holdfast.service.sessions import Named, Session

from .errors import spoken

Text = Annotated[str, Meta(min_length=1, max_length=255)]


class PersonAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs in. `domain` is the name of the domain."""

    name: Text
    password: Annotated[str, Meta(min_length=1, max_length=4096)] = msgspec.field()
    domain: Text = DEFAULT_DOMAIN_NAME


class SessionAsked(msgspec.Struct, frozen=True):
    """The body of POST auth/session."""

    session: PersonAsked


class PersonView(msgspec.Struct, frozen=True):
    """Who has signed in."""

    id: str
    name: str


class PlaceView(msgspec.Struct, frozen=True, kw_only=True):
    """A project that they can enter, and as what."""

    id: str
    name: str
    role: Role

    @classmethod
    def of(cls, place: tuple[Project, Role]) -> "PlaceView":
        """The view of a project with the role in it."""
        return cls(id=place[0].id, name=place[0].name, role=place[1])


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A session: whatever changes something brings its `csrf_token` as `X-CSRF-Token`."""

    user: PersonView
    domain: PersonView
    projects: Sequence[PlaceView]
    region: str
    version: str
    expires_at: str
    csrf_token: str


class SessionReply(msgspec.Struct, frozen=True):
    """The body of the answers; null where nobody has signed in."""

    session: SessionView | None


def sign_in(house: House, call: Call) -> Reply:
    """POST auth/session."""
    cookies.check_own_page(call)
    asked = call.read(SessionAsked).session
    who = Named(name=asked.name, domain=Named(name=asked.domain))
    opened = browser_sessions.sign_in(house.door, who, asked.password)
    cookie = cookies.set_to(call, opened.token, opened.session.expires_at)
    return Reply(
        SessionReply(_view(house, opened.session, opened.token)), 201, {"Set-Cookie": cookie, **_KEPT}
    )


def show(house: House, call: Call) -> Reply:
    """GET auth/session."""
    token = cookies.held(call)
    if token is None:
        return Reply(SessionReply(None), headers=_KEPT)
    try:
        session = browser_sessions.show(house.db, token)
    except NotAuthenticated:
        return Reply(SessionReply(None), headers={"Set-Cookie": cookies.taken_away(call), **_KEPT})
    return Reply(SessionReply(_view(house, session, token)), headers=_KEPT)


def sign_out(house: House, call: Call) -> Reply:
    """DELETE auth/session."""
    token = cookies.held(call)
    if token is not None:
        cookies.check_word(call, token)
        browser_sessions.sign_out(house.db, token)
    return Reply(status=204, headers={"Set-Cookie": cookies.taken_away(call)})


def _view(house: House, session: Session, token: str) -> SessionView:
    domain = domains.show(house.db, session.domain_id)
    return SessionView(
        user=PersonView(session.user.id, session.user.name),
        domain=PersonView(domain.id, domain.name),
        projects=[PlaceView.of(one) for one in browser_sessions.projects(house.db, session.user.id)],
        region=house.config.region,
        version=metadata.version("holdfast"),
        expires_at=session.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        csrf_token=cookies.word_of(token),
    )


_KEPT = {"Cache-Control": "no-store"}

ROUTES = (
    OpenRoute("POST", "/v3/auth/session", spoken(sign_in), often=True),
    OpenRoute("GET", "/v3/auth/session", spoken(show), often=True),
    OpenRoute("DELETE", "/v3/auth/session", spoken(sign_out), often=True),
)
