"""Tokens: signing in, asking what a token is, signing out."""

from datetime import datetime

import msgspec

from holdfast.api.auth import checked_token, session_of
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.domain import Domain
from holdfast.model.errors import InvalidParameter, NotAllowed, NotAuthenticated, NotFound
from holdfast.model.project import Role
from holdfast.service import domains, roles, sessions
from holdfast.service.context import House
from holdfast.service.sessions import Session

from . import catalogue, signing_in
from .catalogue import ServiceView
from .errors import spoken
from .signing_in import TokensAsked


class DomainView(msgspec.Struct, frozen=True):
    """A domain."""

    id: str
    name: str

    @classmethod
    def of(cls, domain: Domain) -> "DomainView":
        """The view of a domain."""
        return cls(domain.id, domain.name)


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A user; a password here does not expire."""

    id: str
    name: str
    domain: DomainView
    password_expires_at: str | None = None


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    """The project of a token."""

    id: str
    name: str
    domain: DomainView


class RoleView(msgspec.Struct, frozen=True):
    """A role."""

    id: str
    name: str

    @classmethod
    def of(cls, role: Role) -> "RoleView":
        """The view of a role."""
        return cls(roles.id_of(role), role)


class CredentialView(msgspec.Struct, frozen=True):
    """The application credential that a token was made with."""

    id: str
    restricted: bool


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
    application_credential: CredentialView | None = None


class TokenReply(msgspec.Struct, frozen=True):
    """The body of a sign-in."""

    token: TokenView


def sign_in(house: House, call: Call) -> Reply:
    """POST auth/tokens."""
    opened = signing_in.opened(house, call.read(TokensAsked).auth)
    body = _view(house, call, opened.session)
    return Reply(body, 201, {"X-Subject-Token": opened.token, "Vary": "X-Auth-Token"})


def show(house: House, call: Call) -> Reply:
    """GET and HEAD auth/tokens: what X-Subject-Token stands for, to its user or an administrator."""
    token, session = _subject(house, call)
    return Reply(_view(house, call, session), 200, {"X-Subject-Token": token, "Vary": "X-Auth-Token"})


def sign_out(house: House, call: Call) -> Reply:
    """DELETE auth/tokens: the token in X-Subject-Token is worth nothing from now on."""
    token, _ = _subject(house, call)
    sessions.revoke(house.db, token)
    return Reply(status=204)


def _subject(house: House, call: Call) -> tuple[str, Session]:
    """The token in X-Subject-Token, and what it stands for, if the caller may know."""
    caller = session_of(house, call)
    token = call.headers.get("x-subject-token")
    if not token:
        raise InvalidParameter("X-Subject-Token", "is missing")
    try:
        session = sessions.check_token(house.db, checked_token(token))
    except NotAuthenticated:
        raise NotFound("the token in X-Subject-Token: it is unknown, expired or revoked") from None
    if session.user.id != caller.user.id and not caller.administers(session.domain_id):
        raise NotAllowed("a token is shown to its own user and to administrators")
    return token, session


def _view(house: House, call: Call, session: Session) -> TokenReply:
    domain = DomainView.of(domains.show(house.db, session.domain_id))
    project, with_catalogue = session.project, not call.query.has("nocatalog")
    return TokenReply(
        TokenView(
            methods=list(session.methods),
            user=UserView(id=session.user.id, name=session.user.name, domain=domain),
            issued_at=_moment(session.issued_at),
            expires_at=_moment(session.expires_at),
            audit_ids=[session.audit_id],
            project=ProjectView(id=project.id, name=project.name, domain=domain) if project else None,
            domain=domain if session.in_domain else None,
            roles=[RoleView.of(session.role)] if session.role else None,
            catalog=catalogue.of(house, call, session) if with_catalogue else None,
            application_credential=_credential(session),
        )
    )


def _credential(session: Session) -> CredentialView | None:
    if session.credential_id is None:
        return None
    return CredentialView(session.credential_id, restricted=not session.manages_credentials)


def _moment(moment: datetime) -> str:
    """Keystone's spelling: microseconds and Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


ROUTES = (
    OpenRoute("POST", "/auth/tokens", spoken(sign_in), often=True),
    OpenRoute("GET", "/auth/tokens", spoken(show)),
    OpenRoute("DELETE", "/auth/tokens", spoken(sign_out), often=True),
)
