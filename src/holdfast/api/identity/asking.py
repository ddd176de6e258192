"""Who asks the identity service, and how users, projects and domains are named in its bodies."""

import msgspec

from holdfast.api.auth import session_of
from holdfast.api.request import Call
from holdfast.model.errors import InvalidParameter, NotAllowed
from holdfast.service import audits
from holdfast.service.context import Database, House
from holdfast.service.sessions import Named, Session


class DomainAsked(msgspec.Struct, frozen=True):
    """A domain, by id or by name."""

    id: str | None = None
    name: str | None = None

    def named(self, field: str) -> Named:
        """The same for the service; raises InvalidParameter naming the field."""
        if self.id is None and self.name is None:
            raise InvalidParameter(field, "needs an id or a name")
        return Named(id=self.id) if self.id is not None else Named(name=self.name)


class NamedAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A user or a project, by id, or by name and domain."""

    id: str | None = None
    name: str | None = None
    domain: DomainAsked | None = None

    def named(self, field: str) -> Named:
        """The same for the service; raises InvalidParameter naming the field."""
        if self.id is not None:
            return Named(id=self.id)
        if self.name is None or self.domain is None:
            raise InvalidParameter(field, "needs an id, or a name and a domain")
        return Named(name=self.name, domain=self.domain.named(f"{field}.domain"))


def administrator(house: House, call: Call) -> Session:
    """Who asks, an administrator of their domain; raises NotAuthenticated or NotAllowed."""
    session = session_of(house, call)
    session.check_is_administrator()
    return session


def about(house: House, call: Call, user_id: str) -> Session:
    """Who asks about this user: the user, or an administrator; raises NotAuthenticated or NotAllowed."""
    session = session_of(house, call)
    if session.user.id != user_id:
        session.check_is_administrator()
    return session


def recorded(house: House, call: Call, session: Session) -> Database:
    """Where this caller changes accounts: the change leaves an entry in the audit trail."""
    return audits.recorded(house.db, session, call.request_id, call.asked)


def check_own_domain(session: Session, field: str, domain_id: str | None) -> None:
    """Raises NotAllowed for a domain that is not the caller's."""
    if domain_id not in (None, session.domain_id):
        raise NotAllowed(f"{field}: is not your domain")
