"""Application credentials: made by their users, who see the secret once."""

from datetime import datetime
from typing import Any

import msgspec

from holdfast.api import moments
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.application_credential import ApplicationCredential
from holdfast.model.errors import InvalidParameter, NotAllowed
from holdfast.model.project import Role
from holdfast.service import application_credentials, roles, users
from holdfast.service.application_credentials import NewCredential
from holdfast.service.context import House
from holdfast.service.sessions import Session

from . import links
from .asking import about, recorded
from .errors import spoken
from .links import ListLinks, SelfLink

PATH = "/users/{user_id}/application_credentials"

# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────


class RoleAsked(msgspec.Struct, frozen=True):
    """A role, by id or by name."""

    id: str | None = None
    name: str | None = None

    def role(self) -> Role:
        """The role; raises InvalidParameter."""
        for role in Role:
            if self.id == roles.id_of(role) or (self.id is None and self.name == role):
                return role
        raise InvalidParameter("application_credential.roles", "names a role that there is not")


class CredentialAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A credential to make."""

    name: str
    description: str | None = None
    secret: str | None = None
    expires_at: str | None = None
    unrestricted: bool | None = None
    roles: list[RoleAsked] | None = None
    access_rules: list[dict[str, Any]] | None = None

    def asked(self) -> NewCredential:
        """The same for the service; raises InvalidParameter."""
        if self.access_rules:
            raise InvalidParameter("application_credential.access_rules", "are not supported")
        return NewCredential(
            name=self.name,
            description=self.description or "",
            role=self._most(),
            unrestricted=bool(self.unrestricted),
            expires_at=self._end(),
            secret=self.secret,
        )

    def _most(self) -> Role | None:
        """The role that holds all the others; raises InvalidParameter."""
        wanted = [one.role() for one in self.roles or ()]
        most = [one for one in wanted if all(other.within(one) is other for other in wanted)]
        return most[0] if most else None

    def _end(self) -> datetime | None:
        if self.expires_at is None:
            return None
        try:
            return moments.read(self.expires_at)[0]
        except ValueError:
            raise InvalidParameter(
                "application_credential.expires_at", "must be a time such as 2030-02-01T12:00:00"
            ) from None


class CreateAsked(msgspec.Struct, frozen=True):
    """The body of POST users/{user_id}/application_credentials."""

    application_credential: CredentialAsked


# ── what is told ────────────────────────────────────────────────────────────────────────────────────────


class RoleView(msgspec.Struct, frozen=True):
    """A role."""

    id: str
    name: str
    domain_id: str | None = None


class CredentialView(msgspec.Struct, frozen=True, kw_only=True):
    """A credential; `secret` only in the answer to its making."""

    id: str
    name: str
    description: str
    user_id: str
    project_id: str
    roles: list[RoleView]
    unrestricted: bool
    expires_at: str | None
    links: SelfLink
    secret: str | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(
        cls,
        house: House,
        call: Call,
        credential: ApplicationCredential,
        secret: str | msgspec.UnsetType = msgspec.UNSET,
    ) -> "CredentialView":
        """The view of a credential."""
        place = ("users", credential.user_id, "application_credentials", credential.id)
        return cls(
            id=credential.id,
            name=credential.name,
            description=credential.description,
            user_id=credential.user_id,
            project_id=credential.project_id,
            roles=[RoleView(roles.id_of(credential.role), credential.role)],
            unrestricted=credential.unrestricted,
            expires_at=moments.of_resource(credential.expires_at),
            links=links.to(house, call, *place),
            secret=secret,
        )


class CredentialReply(msgspec.Struct, frozen=True):
    """One credential."""

    application_credential: CredentialView


class CredentialsReply(msgspec.Struct, frozen=True):
    """A list of credentials."""

    application_credentials: list[CredentialView]
    links: ListLinks


# ── the calls ───────────────────────────────────────────────────────────────────────────────────────────


def find(house: House, call: Call) -> Reply:
    """GET users/{user_id}/application_credentials, by `name`."""
    _, user_id = _owner(house, call)
    found = application_credentials.of_user(house.db, user_id, name=call.query.text("name"))
    views = [CredentialView.of(house, call, one) for one in found]
    place = links.to_list(house, call, "users", user_id, "application_credentials")
    return Reply(CredentialsReply(views, place))


def show(house: House, call: Call) -> Reply:
    """GET users/{user_id}/application_credentials/{credential_id}."""
    _, user_id = _owner(house, call)
    found = application_credentials.show(house.db, user_id, call.path["credential_id"])
    return Reply(CredentialReply(CredentialView.of(house, call, found)))


def create(house: House, call: Call) -> Reply:
    """POST users/{user_id}/application_credentials: for the token's project, by nobody but the user."""
    session, user_id = _owner(house, call)
    if session.user.id != user_id:
        raise NotAllowed("nobody makes application credentials for others")
    db, asked = recorded(house, call, session), call.read(CreateAsked).application_credential
    made = application_credentials.add(db, session, asked.asked())
    return Reply(CredentialReply(CredentialView.of(house, call, made.credential, made.secret)), 201)


def remove(house: House, call: Call) -> Reply:
    """DELETE users/{user_id}/application_credentials/{credential_id}: its tokens are over too."""
    session, user_id = _owner(house, call)
    session.check_manages_credentials()
    db = recorded(house, call, session)
    application_credentials.remove(db, user_id, call.path["credential_id"])
    return Reply(status=204)


def _owner(house: House, call: Call) -> tuple[Session, str]:
    """Who asks, and the user whose credentials these are: the same, or one whom the caller administers."""
    user_id = call.path["user_id"]
    session = about(house, call, user_id)
    users.show(house.db, session.domain_id, user_id)
    return session, user_id


ROUTES = (
    OpenRoute("GET", PATH, spoken(find)),
    OpenRoute("POST", PATH, spoken(create)),
    OpenRoute("GET", PATH + "/{credential_id}", spoken(show)),
    OpenRoute("DELETE", PATH + "/{credential_id}", spoken(remove)),
)
