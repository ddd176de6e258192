"""Roles: what a user may in a project. Nobody is asked here whether they may."""

from holdfast.db import accounts, application_credentials, tokens
from holdfast.db.accounts import Assignment as Assignment  # handed on: the floor above never imports db
from holdfast.db.database import Database
from holdfast.model import ids
from holdfast.model.errors import NotFound
from holdfast.model.project import Role

from .projects import found_project
from .users import found_user


def id_of(role: Role) -> str:
    """A role has the same id everywhere."""
    return ids.derived("role", role)


def of_id(role_id: str) -> Role:
    """The role with this id; raises NotFound."""
    for role in Role:
        if id_of(role) == role_id:
            return role
    raise NotFound(f"role {role_id}")


def assignments(
    db: Database, domain_id: str, *, user_id: str | None = None, project_id: str | None = None
) -> list[Assignment]:
    """Who of a domain has which role where."""
    with db.reading() as tx:
        return accounts.assignments(tx, domain_id=domain_id, user_id=user_id, project_id=project_id)


def of_user(db: Database, domain_id: str, user_id: str, project_id: str) -> Role | None:
    """The role of a user in a project, both of one domain; raises NotFound where there is no such."""
    with db.reading() as tx:
        found_project(tx, domain_id, project_id)
        found_user(tx, domain_id, user_id)
        return accounts.role(tx, user_id, project_id)


def grant(db: Database, domain_id: str, user_id: str, project_id: str, role: Role) -> None:
    """From now on the user has this role in the project, instead of any other; both are of one domain.

    Raises NotFound or ProjectNotFound.
    """
    with db.transaction() as tx:
        found_project(tx, domain_id, project_id)
        found_user(tx, domain_id, user_id)
        accounts.grant(tx, user_id, project_id, role)


def revoke(db: Database, domain_id: str, user_id: str, project_id: str, role: Role | None = None) -> None:
    """The user has no role in the project any more; tokens and application credentials for it are over.

    Raises NotFound where they have none, or not this one.
    """
    with db.transaction() as tx:
        accounts.lock(tx, user_id)
        project = found_project(tx, domain_id, project_id)
        user = found_user(tx, domain_id, user_id)
        held = accounts.role(tx, user_id, project_id)
        if held is None or role not in (None, held):
            raise NotFound(f"such role of {user.name} in {project.name}")
        accounts.revoke(tx, user_id, project_id)
        application_credentials.remove_of_user(tx, user_id, project_id)
        tokens.revoke_of_user(tx, user_id, project_id)
