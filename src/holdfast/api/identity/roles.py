"""Roles, and who has which: one for each user in each project."""

from typing import Any

import msgspec

from holdfast.api.auth import session_of
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.errors import InvalidParameter, NotFound
from holdfast.model.project import Role
from holdfast.service import domains, roles
from holdfast.service.context import House
from holdfast.service.roles import Assignment

from . import links
from .asking import about, administrator, recorded
from .errors import spoken
from .links import ListLinks, SelfLink

MEANINGS = {
    Role.ADMIN: "Changes users and projects of the domain, and names paths of the machine.",
    Role.OPERATOR: "Makes and deletes vaults, backs up and restores.",
    Role.READER: "Looks, and changes nothing.",
}


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    """A role."""

    id: str
    name: str
    description: str
    domain_id: None = None
    options: dict[str, str] = msgspec.field(default_factory=dict)
    links: SelfLink

    @classmethod
    def of(cls, house: House, call: Call, role: Role) -> "RoleView":
        """The view of a role."""
        id_ = roles.id_of(role)
        return cls(id=id_, name=role, description=MEANINGS[role], links=links.to(house, call, "roles", id_))


class RoleReply(msgspec.Struct, frozen=True):
    """One role."""

    role: RoleView


class RolesReply(msgspec.Struct, frozen=True):
    """A list of roles."""

    roles: list[RoleView]
    links: ListLinks


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A user, project, role or domain; with its name where names are asked for."""

    id: str
    name: str | None = None
    domain: "Part | None" = None


class ScopeView(msgspec.Struct, frozen=True):
    """Where a role counts."""

    project: Part


class AssignmentLink(msgspec.Struct, frozen=True):
    """Where an assignment can be taken back."""

    assignment: str


class AssignmentView(msgspec.Struct, frozen=True, kw_only=True):
    """The role of a user in a project."""

    user: Part
    role: Part
    scope: ScopeView
    links: AssignmentLink


class AssignmentsReply(msgspec.Struct, frozen=True):
    """A list of assignments."""

    role_assignments: list[AssignmentView]
    links: ListLinks


def find(house: House, call: Call) -> Reply:
    """GET roles, by `name`."""
    session_of(house, call)
    name, domain_id = call.query.text("name"), call.query.text("domain_id")
    found = [role for role in Role if domain_id is None and name in (None, role.value)]
    return _listed(house, call, found, "roles")


def show(house: House, call: Call) -> Reply:
    """GET roles/{role_id}."""
    session_of(house, call)
    return Reply(RoleReply(RoleView.of(house, call, roles.of_id(call.path["role_id"]))))


def find_of_user(house: House, call: Call) -> Reply:
    """GET projects/{project_id}/users/{user_id}/roles."""
    held = _held(house, call)
    path = call.path
    place = ("projects", path["project_id"], "users", path["user_id"], "roles")
    return _listed(house, call, [] if held is None else [held], *place)


def check(house: House, call: Call) -> Reply:
    """GET and HEAD projects/{project_id}/users/{user_id}/roles/{role_id}: 204 if the user has this role."""
    wanted = call.path["role_id"]
    if _held(house, call) is not roles.of_id(wanted):
        raise NotFound(f"role {wanted} of this user")
    return Reply(status=204)


def grant(house: House, call: Call) -> Reply:
    """PUT projects/{project_id}/users/{user_id}/roles/{role_id}: this role instead of any other."""
    session, path = administrator(house, call), call.path
    role = roles.of_id(path["role_id"])
    roles.grant(recorded(house, call, session), session.domain_id, path["user_id"], path["project_id"], role)
    return Reply(status=204)


def revoke(house: House, call: Call) -> Reply:
    """DELETE projects/{project_id}/users/{user_id}/roles/{role_id}."""
    session, path = administrator(house, call), call.path
    role = roles.of_id(path["role_id"])
    roles.revoke(recorded(house, call, session), session.domain_id, path["user_id"], path["project_id"], role)
    return Reply(status=204)


def find_assignments(house: House, call: Call) -> Reply:
    """GET role_assignments: of the domain to an administrator, the caller's own to others.

    By `user.id`, `role.id` and `scope.project.id`; with `include_names`, names stand beside the ids.
    """
    query = call.query
    user_id, role_id = query.text("user.id"), query.text("role.id")
    session = session_of(house, call) if user_id is None else about(house, call, user_id)
    if user_id is None:
        session.check_is_administrator()
    found = roles.assignments(
        house.db, session.domain_id, user_id=user_id, project_id=query.text("scope.project.id")
    )
    fitting = [one for one in found if role_id in (None, roles.id_of(one.role)) and not _elsewhere(call)]
    name_of = domains.show(house.db, session.domain_id).name if _with_names(call) else None
    views = [_assignment(house, call, one, name_of) for one in fitting]
    return Reply(AssignmentsReply(views, links.to_list(house, call, "role_assignments")))


def _held(house: House, call: Call) -> Role | None:
    session, path = about(house, call, call.path["user_id"]), call.path
    return roles.of_user(house.db, session.domain_id, path["user_id"], path["project_id"])


def _listed(house: House, call: Call, found: list[Role], *place: str) -> Reply:
    views = [RoleView.of(house, call, role) for role in found]
    return Reply(RolesReply(views, links.to_list(house, call, *place)))


def _elsewhere(call: Call) -> bool:
    """Whether something is asked for that has no roles here: a group, a domain, the system."""
    return any(call.query.has(name) for name in ("group.id", "scope.domain.id", "scope.system"))


def _with_names(call: Call) -> bool:
    """`include_names`, as a bare word or with a value."""
    try:
        value = call.query.text("include_names")
    except InvalidParameter:  # the bare word
        return True
    return value is not None and value.lower() not in ("false", "0")


def _assignment(house: House, call: Call, one: Assignment, domain_name: str | None) -> AssignmentView:
    role_id = roles.id_of(one.role)

    def part(id_: str, name: str, **more: Any) -> Part:
        return Part(id=id_) if domain_name is None else Part(id=id_, name=name, **more)

    domain = Part(id=one.user.domain_id, name=domain_name)
    place = links.to(house, call, "projects", one.project.id, "users", one.user.id, "roles", role_id)
    return AssignmentView(
        user=part(one.user.id, one.user.name, domain=domain),
        role=part(role_id, one.role),
        scope=ScopeView(part(one.project.id, one.project.name, domain=domain)),
        links=AssignmentLink(place.self),
    )


_OF_USER = "/projects/{project_id}/users/{user_id}/roles"
ROUTES = (
    OpenRoute("GET", "/roles", spoken(find)),
    OpenRoute("GET", "/roles/{role_id}", spoken(show)),
    OpenRoute("GET", "/role_assignments", spoken(find_assignments)),
    OpenRoute("GET", _OF_USER, spoken(find_of_user)),
    OpenRoute("GET", _OF_USER + "/{role_id}", spoken(check)),
    OpenRoute("PUT", _OF_USER + "/{role_id}", spoken(grant)),
    OpenRoute("DELETE", _OF_USER + "/{role_id}", spoken(revoke)),
)
