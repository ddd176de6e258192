"""What is asked at a sign-in: by which method somebody proves who they are, and what the token is for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from holdfast.api.auth import checked_token
from holdfast.model.errors import InvalidParameter, NotAuthenticated
from holdfast.service import sessions
from holdfast.service.context import House
from holdfast.service.sessions import Named, Opened, Scope

from .asking import DomainAsked, NamedAsked


class UserAsked(NamedAsked, frozen=True, kw_only=True):
    """A user with the password."""

    password: str


class PasswordAsked(msgspec.Struct, frozen=True):
    """The method `password`."""

    user: UserAsked


class TokenAsked(msgspec.Struct, frozen=True):
    """The method `token`."""

    id: str


class CredentialAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The method `application_credential`: by id, or by name and the user whose it is."""

    secret: str
    id: str | None = None
    name: str | None = None
    user: NamedAsked | None = None

    def named(self, field: str) -> Named:
        """The same for the service; raises InvalidParameter naming the field."""
        if self.id is not None:
            return Named(id=self.id)
        if self.name is None or self.user is None:
            raise InvalidParameter(field, "needs an id, or a name and a user")
        return Named(name=self.name, user=self.user.named(f"{field}.user"))


class IdentityAsked(msgspec.Struct, frozen=True):
    """Who asks, and by which method they prove it."""

    methods: list[str]
    password: PasswordAsked | None = None
    token: TokenAsked | None = None
    application_credential: CredentialAsked | None = None


class ScopeAsked(msgspec.Struct, frozen=True):
    """What the token shall be for."""

    project: NamedAsked | None = None
    domain: DomainAsked | None = None


class AuthAsked(msgspec.Struct, frozen=True):
    """Everything about one sign-in."""

    identity: IdentityAsked
    scope: ScopeAsked | Literal["unscoped"] | None = None


class TokensAsked(msgspec.Struct, frozen=True):
    """The body of POST auth/tokens."""

    auth: AuthAsked


def opened(house: House, asked: AuthAsked) -> Opened:
    """The session asked for. Raises InvalidParameter, NotAuthenticated or TooManyAttempts."""
    methods, known = asked.identity.methods, ", ".join(METHODS)
    if len(methods) != 1:
        raise InvalidParameter("auth.identity.methods", f"must be one of {known}")
    if methods[0] not in METHODS:
        raise NotAuthenticated(f"the method {methods[0][:64]!r} is not supported")
    return METHODS[methods[0]](house, asked.identity, _scope(asked.scope))


def _by_password(house: House, identity: IdentityAsked, scope: Scope) -> Opened:
    if identity.password is None:
        raise InvalidParameter("auth.identity.password", "is missing")
    user = identity.password.user
    who = user.named("auth.identity.password.user")
    return sessions.sign_in_by_password(house.door, who, user.password, scope)


def _by_token(house: House, identity: IdentityAsked, scope: Scope) -> Opened:
    if identity.token is None:
        raise InvalidParameter("auth.identity.token", "is missing")
    return sessions.exchange(house.db, checked_token(identity.token.id), scope)


def _by_credential(house: House, identity: IdentityAsked, scope: Scope) -> Opened:
    asked = identity.application_credential
    if asked is None:
        raise InvalidParameter("auth.identity.application_credential", "is missing")
    which = asked.named("auth.identity.application_credential")
    return sessions.sign_in_by_application_credential(house.door, which, asked.secret, scope)


METHODS: Mapping[str, Callable[[House, IdentityAsked, Scope], Opened]] = MappingProxyType(
    {
        sessions.PASSWORD: _by_password,
        sessions.TOKEN: _by_token,
        sessions.APPLICATION_CREDENTIAL: _by_credential,
    }
)


def _scope(asked: ScopeAsked | Literal["unscoped"] | None) -> Scope:
    if asked is None or asked == "unscoped":
        return Scope()
    if asked.project is not None and asked.domain is not None:
        raise InvalidParameter("auth.scope", "must be one of project, domain")
    if asked.project is not None:
        return Scope(project=asked.project.named("auth.scope.project"))
    if asked.domain is not None:
        return Scope(domain=asked.domain.named("auth.scope.domain"))
    return Scope()
