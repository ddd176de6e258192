"""The console's sessions: a cookie made from the same accounts as any token. Ours, beside Keystone's."""

from collections.abc import Callable, Sequence
from functools import partial
from importlib import metadata
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api import cookies
from holdfast.api.desk import Desk
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.errors import NotAuthenticated
from holdfast.model.project import DEFAULT_DOMAIN_NAME, Role
from holdfast.service.browser_sessions import Place, Visit
from holdfast.service.context import House
from holdfast.service.sessions import Named

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
    """A project that they can enter, and as what; null where only entering it tells."""

    id: str
    name: str
    role: Role | None

    @classmethod
    def of(cls, place: Place) -> "PlaceView":
        """The view of a project with the role in it."""
        return cls(id=place.id, name=place.name, role=place.role)


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A session: whatever changes something brings its `csrf_token` as `X-CSRF-Token`.

    `keystone_url` is where accounts are kept, if that is elsewhere.
    """

    user: PersonView
    domain: PersonView
    projects: Sequence[PlaceView]
    region: str
    version: str
    keystone_url: str | None
    expires_at: str
    csrf_token: str


class SessionReply(msgspec.Struct, frozen=True):
    """The body of the answers; null where nobody has signed in."""

    session: SessionView | None


def sign_in(desk: Desk, house: House, call: Call) -> Reply:
    """POST auth/session."""
    cookies.check_own_page(call)
    asked = call.read(SessionAsked).session
    who = Named(name=asked.name, domain=Named(name=asked.domain))
    token = desk.sign_in(house, who, asked.password)
    visit = desk.visit(house, token, None)
    cookie = cookies.set_to(call, house.config, token, visit.expires_at)
    return Reply(_told(desk, house, visit, token), 201, {"Set-Cookie": cookie, **_KEPT})


def show(desk: Desk, house: House, call: Call) -> Reply:
    """GET auth/session."""
    token = cookies.held(call)
    if token is None:
        return Reply(SessionReply(None), headers=_KEPT)
    try:
        visit = desk.visit(house, token, call.headers.get("x-project-id"))
    except NotAuthenticated:
        taken = cookies.taken_away(call, house.config)
        return Reply(SessionReply(None), headers={"Set-Cookie": taken, **_KEPT})
    return Reply(_told(desk, house, visit, token), headers=_KEPT)


def sign_out(desk: Desk, house: House, call: Call) -> Reply:
    """DELETE auth/session."""
    token = cookies.held(call)
    if token is not None:
        cookies.check_word(call, token)
        desk.sign_out(house, token)
    return Reply(status=204, headers={"Set-Cookie": cookies.taken_away(call, house.config)})


def _told(desk: Desk, house: House, visit: Visit, token: str) -> SessionReply:
    return SessionReply(
        SessionView(
            user=PersonView(visit.user_id, visit.user_name),
            domain=PersonView(visit.domain_id, visit.domain_name),
            projects=[PlaceView.of(one) for one in visit.places],
            region=house.config.region,
            version=metadata.version("holdfast"),
            keystone_url=desk.keystone_url,
            expires_at=visit.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            csrf_token=cookies.word_of(token),
        )
    )


_KEPT = {"Cache-Control": "no-store"}
_CALLS: tuple[tuple[str, Callable[[Desk, House, Call], Reply]], ...] = (
    ("POST", sign_in),
    ("GET", show),
    ("DELETE", sign_out),
)


def routes(desk: Desk) -> tuple[OpenRoute, ...]:
    """The calls, where this desk signs people in."""
    return tuple(
        OpenRoute(method, "/v3/auth/session", spoken(partial(endpoint, desk)), often=True)
        for method, endpoint in _CALLS
    )
