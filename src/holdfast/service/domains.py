"""Domains: only the operator of the machine makes and removes them."""

from holdfast.db import domains
from holdfast.db.database import Database
from holdfast.model import clock, ids
from holdfast.model.domain import Domain
from holdfast.model.errors import InvalidParameter, NotFound, StillInUse
from holdfast.model.project import DEFAULT_DOMAIN_ID

from . import account_words


def add(db: Database, name: str) -> Domain:
    """A new domain; raises InvalidParameter, which is NameTaken where there is one of that name."""
    account_words.check_name("name", name)
    domain = Domain(id=ids.new_project(), name=name, created_at=clock.now())
    with db.transaction() as tx:
        domains.add(tx, domain)
    return domain


def show(db: Database, domain_id: str) -> Domain:
    """One domain; raises NotFound."""
    with db.reading() as tx:
        return domains.get(tx, domain_id)


def every(db: Database) -> list[Domain]:
    """All domains, by name."""
    with db.reading() as tx:
        return domains.find(tx)


def named(db: Database, name: str) -> Domain:
    """The domain of this name, or with this id; raises NotFound."""
    for domain in every(db):
        if name in (domain.name, domain.id):
            return domain
    raise NotFound(f"domain {name}")


def remove(db: Database, domain_id: str) -> None:
    """Remove a domain; raises NotFound, InvalidParameter for the default one, or StillInUse."""
    if domain_id == DEFAULT_DOMAIN_ID:
        raise InvalidParameter("domain", "the default domain stays")
    with db.transaction() as tx:
        domain = domains.get(tx, domain_id)
        if not domains.is_empty(tx, domain_id):
            raise StillInUse(f"domain {domain.name} has projects or users")
        domains.remove(tx, domain_id)
