"""Domains: everybody sees their own and no other; the operator of the machine makes and removes them."""

import msgspec

from holdfast.api.auth import session_of
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.domain import Domain
from holdfast.model.errors import NotFound
from holdfast.service import domains
from holdfast.service.context import House

from . import links
from .errors import spoken
from .links import ListLinks, SelfLink


class DomainView(msgspec.Struct, frozen=True, kw_only=True):
    """A domain."""

    id: str
    name: str
    description: str = ""
    enabled: bool = True
    links: SelfLink

    @classmethod
    def of(cls, house: House, call: Call, domain: Domain) -> "DomainView":
        """The view of a domain."""
        return cls(id=domain.id, name=domain.name, links=links.to(house, call, "domains", domain.id))


class DomainReply(msgspec.Struct, frozen=True):
    """One domain."""

    domain: DomainView


class DomainsReply(msgspec.Struct, frozen=True):
    """A list of domains."""

    domains: list[DomainView]
    links: ListLinks


def find_mine(house: House, call: Call) -> Reply:
    """GET auth/domains, by `name`."""
    return _listed(house, call, "auth", "domains")


def find(house: House, call: Call) -> Reply:
    """GET domains: the same."""
    return _listed(house, call, "domains")


def show(house: House, call: Call) -> Reply:
    """GET domains/{domain_id}."""
    session = session_of(house, call)
    if call.path["domain_id"] != session.domain_id:
        raise NotFound(f"domain {call.path['domain_id']}")
    domain = domains.show(house.db, session.domain_id)
    return Reply(DomainReply(DomainView.of(house, call, domain)))


def _listed(house: House, call: Call, *place: str) -> Reply:
    session, name = session_of(house, call), call.query.text("name")
    enabled = call.query.truth("enabled")
    domain = domains.show(house.db, session.domain_id)
    fits = name in (None, domain.name) and enabled is not False
    views = [DomainView.of(house, call, domain)] if fits else []
    return Reply(DomainsReply(views, links.to_list(house, call, *place)))


ROUTES = (
    OpenRoute("GET", "/auth/domains", spoken(find_mine)),
    OpenRoute("GET", "/domains", spoken(find)),
    OpenRoute("GET", "/domains/{domain_id}", spoken(show)),
)
