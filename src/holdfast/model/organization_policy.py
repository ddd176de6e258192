"""Policies of an organization: terms that every project of a domain, or some of them, gets as a policy."""

from datetime import datetime

import msgspec

from .policy import Terms, TermsChange
from .project import Project

EVERYWHERE = ("all", "*")


class OrganizationPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Terms for the projects of a domain; `project_id` is where they were laid down.

    `effective_scope` names projects by id or name, separated by commas; empty, `all`, `*` or the domain
    itself is all of them, later ones included.
    """

    id: str
    project_id: str
    domain_id: str
    name: str
    description: str = ""
    effective_scope: str = ""
    terms: Terms
    created_at: datetime

    @property
    def scope(self) -> frozenset[str]:
        """The words of the scope."""
        words = (word.strip() for word in self.effective_scope.split(","))
        return frozenset(word for word in words if word)

    def covers(self, project: Project, domain_name: str) -> bool:
        """Whether the project gets these terms; `domain_name` is what its domain is called."""
        if project.domain_id != self.domain_id:
            return False
        whole = {*EVERYWHERE, self.domain_id, domain_name}
        return not self.scope or not self.scope.isdisjoint({*whole, project.id, project.name})

    def changed(self, change: "OrganizationChange") -> "OrganizationPolicy":
        """The policy after a change."""
        given = {
            "name": change.name,
            "description": change.description,
            "effective_scope": change.effective_scope,
        }
        changed = {field: value for field, value in given.items() if value is not None}
        return msgspec.structs.replace(self, terms=self.terms.changed(change.terms), **changed)


class OrganizationChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a policy of an organization shall be other; None leaves it as it is."""

    name: str | None = None
    description: str | None = None
    effective_scope: str | None = None
    terms: TermsChange = TermsChange()
