"""Who exists at the start: the first administrator, and a user with a project in one step.

`users`, `projects`, `domains` and `roles` do the rest. None of them asks whether the caller may: the operator
of the machine may anything, and the API asks before.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from holdfast.db import accounts, projects
from holdfast.db.database import Database
from holdfast.model.project import Caller, Project, Role, User

from . import access_keys, passwords
from .access_keys import Issued
from .projects import NewProject, made_project
from .users import NewUser, made_user

ADMINISTRATOR = "admin"
FIRST_KEY = "of credentials.json"


@dataclass(frozen=True)
class FirstAdministrator:
    """Who was made at the very first start; the secrets are told here and never again."""

    project: Project
    user: User
    password: str = field(repr=False)
    access_key: Issued


def bootstrap(
    db: Database, region: str, keep: Callable[[FirstAdministrator], None] = lambda _: None
) -> FirstAdministrator | None:
    """Make the first project, named after the region, and its administrator; None if there are any.

    Of several servers that start at once, one makes them. `keep` is called before they are committed: if
    it fails, nothing was made, so that no administrator exists whose password nobody has.
    """
    with db.reading() as tx:
        if projects.find(tx):
            return None
    password = secrets.token_urlsafe(24)
    password_hash = passwords.hashed("password", password)
    with db.transaction() as tx:
        if not projects.claim_first(tx):
            return None
        project = made_project(tx, NewProject(name=region))
        user = made_user(tx, NewUser(name=ADMINISTRATOR), password_hash)
        accounts.grant(tx, user.id, project.id, Role.ADMIN)
        key = access_keys.issue(tx, user.id, FIRST_KEY)
        first = FirstAdministrator(project=project, user=user, password=password, access_key=key)
        keep(first)
    return first


def add(db: Database, asked: NewUser, project_name: str, role: Role) -> Caller:
    """A new user with a role in a project of their domain, which is made too if there is none of that name.

    Raises InvalidParameter when the user's name is taken, or where a name is none.
    """
    password_hash = passwords.hashed("password", asked.password or "")
    with db.transaction() as tx:
        found = projects.find(tx, name=project_name, domain_id=asked.domain_id)
        wanted = NewProject(name=project_name, domain_id=asked.domain_id)
        project = found[0] if found else made_project(tx, wanted)
        user = made_user(tx, asked, password_hash)
        accounts.grant(tx, user.id, project.id, role)
    return Caller(
        user_id=user.id,
        user_name=user.name,
        project_id=project.id,
        project_name=project.name,
        domain_id=project.domain_id,
        role=role,
    )


def add_project(db: Database, name: str) -> Project:
    """A new project of the default domain; raises InvalidParameter when the name is taken or no name."""
    with db.transaction() as tx:
        return made_project(tx, NewProject(name=name))


def add_user(db: Database, name: str, password: str) -> User:
    """A new user of the default domain without any role; raises InvalidParameter."""
    password_hash = passwords.hashed("password", password)
    with db.transaction() as tx:
        return made_user(tx, NewUser(name=name), password_hash)


def grant(db: Database, user_id: str, project_id: str, role: Role) -> None:
    """From now on the user has this role in the project, instead of any other."""
    with db.transaction() as tx:
        accounts.grant(tx, user_id, project_id, role)


def projects_of(db: Database, user_id: str) -> list[Project]:
    """The projects that the user has a role in."""
    with db.reading() as tx:
        return [project for project, _ in accounts.roles(tx, user_id)]
