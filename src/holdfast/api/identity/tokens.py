"""Signing in: a password or a token for a new token; asking what a token is; signing out."""

from datetime import datetime
from typing import Literal

import msgspec

from holdfast.api.auth import checked_token, session_of
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model import ids
from holdfast.model.errors import InvalidParameter, NotAllowed, NotAuthenticated, NotFound
from holdfast.model.project import DEFAULT_DOMAIN_ID, DEFAULT_DOMAIN_NAME, Role
from holdfast.service import accounts
from holdfast.service.accounts import Named, Opened, Scope, Session
from holdfast.service.context import House

from . import catalogue
from .catalogue import ServiceView
from .errors import spoken

# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────


class DomainAsked(msgspec.Struct, frozen=True):
    """A domain, by id or by name."""

    id: str | None = None
    name: str | None = None


class ProjectAsked(msgspec.Struct, frozen=True):
    """A project, by id, or by name and domain."""

    id: str | None = None
    name: str | None = None
    domain: DomainAsked | None = None


class UserAsked(msgspec.Struct, frozen=True):
    """A user, by id, or by name and domain, with the password."""

    password: str
    id: str | None = None
    name: str | None = None
    domain: DomainAsked | None = None


class PasswordAsked(msgspec.Struct, frozen=True):
    """The method `password`."""

    user: UserAsked


class TokenAsked(msgspec.Struct, frozen=True):
    """The method `token`."""

    id: str


class IdentityAsked(msgspec.Struct, frozen=True):
    """Who asks, and by which method they prove it."""

    methods: list[str]
    password: PasswordAsked | None = None
    token: TokenAsked | None = None


class ScopeAsked(msgspec.Struct, frozen=True):
    """What the token shall be for."""

    project: ProjectAsked | None = None
    domain: DomainAsked | None = None


class AuthAsked(msgspec.Struct, frozen=True):
    """Everything about one sign-in."""

    identity: IdentityAsked
    scope: ScopeAsked | Literal["unscoped"] | None = None


class TokensAsked(msgspec.Struct, frozen=True):
    """The body of POST auth/tokens."""

    auth: AuthAsked


# ── what is told ────────────────────────────────────────────────────────────────────────────────────────


class DomainView(msgspec.Struct, frozen=True):
    """A domain."""

    id: str = DEFAULT_DOMAIN_ID
    name: str = DEFAULT_DOMAIN_NAME


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A user; a password here does not expire."""

    id: str
    name: str
    domain: DomainView = DomainView()
    password_expires_at: str | None = None


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    """The project of a token."""

    id: str
    name: str
    domain: DomainView = DomainView()


class RoleView(msgspec.Struct, frozen=True):
    """A role."""

    id: str
    name: str

    @classmethod
    def of(cls, role: Role) -> "RoleView":
        """A role has the same id everywhere."""
        return cls(ids.derived("role", role), role)


class TokenView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token stands for; what its scope does not have is left out."""

    methods: list[str]
    user: UserView
    issued_at: str
    expires_at: str
    audit_ids: list[str]
    project: ProjectView | None = None
    domain: DomainView | None = None
    roles: list[RoleView] | None = None
    catalog: list[ServiceView] | None = None


class TokenReply(msgspec.Struct, frozen=True):
    """The body of a sign-in."""

    token: TokenView


# ── the calls ───────────────────────────────────────────────────────────────────────────────────────────


def sign_in(house: House, call: Call) -> Reply:
    """POST auth/tokens."""
    asked = call.read(TokensAsked).auth
    method = _method(asked.identity)
    opened = _SIGN_IN[method](house, asked.identity, _scope(asked.scope))
    body = _view(house, call, opened.session, [method])
    return Reply(body, 201, {"X-Subject-Token": opened.token, "Vary": "X-Auth-Token"})


def show(house: House, call: Call) -> Reply:
    """GET and HEAD auth/tokens: what X-Subject-Token stands for, to its user or an administrator."""
    token, session = _subject(house, call)
    body = _view(house, call, session, ["password"])
    return Reply(body, 200, {"X-Subject-Token": token, "Vary": "X-Auth-Token"})


def sign_out(house: House, call: Call) -> Reply:
    """DELETE auth/tokens: the token in X-Subject-Token is worth nothing from now on."""
    token, _ = _subject(house, call)
    accounts.revoke(house.db, token)
    return Reply(status=204)


def _by_password(house: House, identity: IdentityAsked, scope: Scope) -> Opened:
    if identity.password is None:
        raise InvalidParameter("auth.identity.password", "is missing")
    user = identity.password.user
    who = _named("auth.identity.password.user", user)
    return accounts.sign_in(house.db, who, user.password, scope, hours=house.config.token_hours)


def _by_token(house: House, identity: IdentityAsked, scope: Scope) -> Opened:
    if identity.token is None:
        raise InvalidParameter("auth.identity.token", "is missing")
    return accounts.exchange(house.db, checked_token(identity.token.id), scope)


_SIGN_IN = {"password": _by_password, "token": _by_token}


def _method(identity: IdentityAsked) -> str:
    if len(identity.methods) != 1:
        raise InvalidParameter("auth.identity.methods", "must be one of password, token")
    if identity.methods[0] not in _SIGN_IN:
        raise NotAuthenticated(f"the method {identity.methods[0]!r} is not supported")
    return identity.methods[0]


def _scope(asked: ScopeAsked | Literal["unscoped"] | None) -> Scope:
    if asked is None or asked == "unscoped":
        return Scope()
    if asked.project is not None and asked.domain is not None:
        raise InvalidParameter("auth.scope", "must be one of project, domain")
    if asked.project is not None:
        return Scope(project=_named("auth.scope.project", asked.project))
    if asked.domain is not None:
        return Scope(domain=_domain("auth.scope.domain", asked.domain))
    return Scope()


def _named(field: str, asked: UserAsked | ProjectAsked) -> Named:
    if asked.id is not None:
        return Named(id=asked.id)
    if asked.name is None or asked.domain is None:
        raise InvalidParameter(field, "needs an id, or a name and a domain")
    return Named(name=asked.name, domain=_domain(f"{field}.domain", asked.domain))


def _domain(field: str, asked: DomainAsked) -> Named:
    if asked.id is None and asked.name is None:
        raise InvalidParameter(field, "needs an id or a name")
    return Named(id=asked.id) if asked.id is not None else Named(name=asked.name)


def _subject(house: House, call: Call) -> tuple[str, Session]:
    """The token in X-Subject-Token, and what it stands for, if the caller may know."""
    caller = session_of(house, call)
    token = call.headers.get("x-subject-token")
    if not token:
        raise InvalidParameter("X-Subject-Token", "is missing")
    try:
        session = accounts.check_token(house.db, checked_token(token))
    except NotAuthenticated:
        raise NotFound("the token in X-Subject-Token is unknown, expired or revoked") from None
    if session.user.id != caller.user.id and caller.role is not Role.ADMIN:
        raise NotAllowed("a token is shown to its own user and to administrators")
    return token, session


def _view(house: House, call: Call, session: Session, methods: list[str]) -> TokenReply:
    project = session.project
    with_catalogue = project is not None and not call.query.has("nocatalog")
    return TokenReply(
        TokenView(
            methods=methods,
            user=UserView(id=session.user.id, name=session.user.name),
            issued_at=_moment(session.issued_at),
            expires_at=_moment(session.expires_at),
            audit_ids=[session.audit_id],
            project=ProjectView(id=project.id, name=project.name) if project else None,
            domain=DomainView() if session.in_domain else None,
            roles=[RoleView.of(session.role)] if session.role else None,
            catalog=catalogue.of(house, call, project) if project and with_catalogue else None,
        )
    )


def _moment(moment: datetime) -> str:
    """Keystone's spelling: microseconds and Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


ROUTES = (
    OpenRoute("POST", "/auth/tokens", spoken(sign_in)),
    OpenRoute("GET", "/auth/tokens", spoken(show)),
    OpenRoute("DELETE", "/auth/tokens", spoken(sign_out)),
)
