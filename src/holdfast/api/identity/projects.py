"""Projects: everybody finds those they may enter; administrators find and change those of their domain."""

from collections.abc import Sequence

import msgspec

from holdfast.api.auth import session_of
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.errors import InvalidParameter, ProjectNotFound
from holdfast.model.project import Project
from holdfast.service import projects, users
from holdfast.service.context import House
from holdfast.service.projects import NewProject, ProjectChange
from holdfast.service.sessions import Session

from . import links
from .asking import about, administrator, check_own_domain, recorded
from .errors import spoken
from .links import ListLinks, SelfLink

# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────


class NewProjectAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A project to make."""

    name: str
    description: str | None = None
    domain_id: str | None = None
    parent_id: str | None = None
    enabled: bool = True
    is_domain: bool = False

    def asked(self, session: Session) -> NewProject:
        """The same for the service; raises NotAllowed for another domain, InvalidParameter."""
        check_own_domain(session, "project.domain_id", self.domain_id)
        if self.parent_id not in (None, session.domain_id):
            raise InvalidParameter("project.parent_id", "must be the domain: projects hold no projects")
        if self.is_domain:
            raise InvalidParameter("project.is_domain", "must be false: the operator makes domains")
        return NewProject(
            name=self.name,
            domain_id=session.domain_id,
            description=self.description or "",
            enabled=self.enabled,
        )


class CreateAsked(msgspec.Struct, frozen=True):
    """The body of POST projects."""

    project: NewProjectAsked


class ProjectChangeAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a project."""

    name: str | None = None
    description: str | None = None
    domain_id: str | None = None
    enabled: bool | None = None


class ChangeAsked(msgspec.Struct, frozen=True):
    """The body of PATCH projects/{project_id}."""

    project: ProjectChangeAsked


# ── what is told ────────────────────────────────────────────────────────────────────────────────────────


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    """A project."""

    id: str
    name: str
    description: str
    domain_id: str
    parent_id: str
    is_domain: bool = False
    enabled: bool
    tags: tuple[str, ...] = ()
    options: dict[str, str] = msgspec.field(default_factory=dict)
    links: SelfLink

    @classmethod
    def of(cls, house: House, call: Call, project: Project) -> "ProjectView":
        """The view of a project."""
        return cls(
            id=project.id,
            name=project.name,
            description=project.description,
            domain_id=project.domain_id,
            parent_id=project.domain_id,
            enabled=project.enabled,
            links=links.to(house, call, "projects", project.id),
        )


class ProjectReply(msgspec.Struct, frozen=True):
    """One project."""

    project: ProjectView


class ProjectsReply(msgspec.Struct, frozen=True):
    """A list of projects."""

    projects: list[ProjectView]
    links: ListLinks


# ── the calls ───────────────────────────────────────────────────────────────────────────────────────────


def find_mine(house: House, call: Call) -> Reply:
    """GET auth/projects: the projects that the caller may ask a token for."""
    mine = projects.of_user(house.db, session_of(house, call).user.id)
    return _listed(house, call, mine, "auth", "projects")


def find_of_user(house: House, call: Call) -> Reply:
    """GET users/{user_id}/projects: those of the caller, or of another user to an administrator."""
    user_id = call.path["user_id"]
    user = users.show(house.db, about(house, call, user_id).domain_id, user_id)
    return _listed(house, call, projects.of_user(house.db, user.id), "users", user_id, "projects")


def find(house: House, call: Call) -> Reply:
    """GET projects: an administrator's domain; to others, the projects that they may enter."""
    session = session_of(house, call)
    if session.is_administrator:
        return _listed(house, call, projects.in_domain(house.db, session.domain_id), "projects")
    return _listed(house, call, projects.of_user(house.db, session.user.id), "projects")


def show(house: House, call: Call) -> Reply:
    """GET projects/{project_id}: to an administrator, and to those who may enter it."""
    session, project_id = session_of(house, call), call.path["project_id"]
    project = projects.show(house.db, session.domain_id, project_id)
    mine = (one.id for one in projects.of_user(house.db, session.user.id))
    if not session.is_administrator and project_id not in mine:
        raise ProjectNotFound(project_id)
    return _one(house, call, project)


def create(house: House, call: Call) -> Reply:
    """POST projects."""
    session = administrator(house, call)
    made = projects.add(recorded(house, call, session), call.read(CreateAsked).project.asked(session))
    return _one(house, call, made, 201)


def change(house: House, call: Call) -> Reply:
    """PATCH projects/{project_id}."""
    session, asked = administrator(house, call), call.read(ChangeAsked).project
    check_own_domain(session, "project.domain_id", asked.domain_id)
    wanted = ProjectChange(name=asked.name, description=asked.description, enabled=asked.enabled)
    db, project_id = recorded(house, call, session), call.path["project_id"]
    return _one(house, call, projects.change(db, session.domain_id, project_id, wanted))


def remove(house: House, call: Call) -> Reply:
    """DELETE projects/{project_id}: 409 while it has vaults."""
    session = administrator(house, call)
    projects.remove(recorded(house, call, session), session.domain_id, call.path["project_id"])
    return Reply(status=204)


def _one(house: House, call: Call, project: Project, status: int = 200) -> Reply:
    return Reply(ProjectReply(ProjectView.of(house, call, project)), status)


def _listed(house: House, call: Call, found: Sequence[Project], *place: str) -> Reply:
    views = [ProjectView.of(house, call, one) for one in found if _fits(call, one)]
    return Reply(ProjectsReply(views, links.to_list(house, call, *place)))


def _fits(call: Call, project: Project) -> bool:
    query = call.query
    return (
        query.text("name") in (None, project.name)
        and query.text("domain_id") in (None, project.domain_id)
        and query.text("parent_id") in (None, project.domain_id)
        and query.truth("enabled") in (None, project.enabled)
        and query.truth("is_domain") is not True
    )


ROUTES = (
    OpenRoute("GET", "/auth/projects", spoken(find_mine)),
    OpenRoute("GET", "/users/{user_id}/projects", spoken(find_of_user)),
    OpenRoute("GET", "/projects", spoken(find)),
    OpenRoute("POST", "/projects", spoken(create)),
    OpenRoute("GET", "/projects/{project_id}", spoken(show)),
    OpenRoute("PATCH", "/projects/{project_id}", spoken(change)),
    OpenRoute("DELETE", "/projects/{project_id}", spoken(remove)),
)
