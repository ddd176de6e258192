"""Callers whose tokens another Keystone made: their projects become known, their roles are translated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import projects
from holdfast.db.database import Database
from holdfast.model import clock
from holdfast.model.errors import NameTaken, NotAllowed, ProjectNotFound
from holdfast.model.project import Caller, Project, Role

_MOST_FIRST = (Role.ADMIN, Role.OPERATOR, Role.READER)


@dataclass(frozen=True)
class ExternalProject:
    """A project as the other Keystone knows it."""

    id: str
    name: str
    domain_id: str


@dataclass(frozen=True)
class ExternalToken:
    """What the other Keystone tells of a token: whose it is, for which project, with which roles."""

    user_id: str
    user_name: str
    project: ExternalProject | None
    roles: frozenset[str]
    expires_at: datetime


def admit(db: Database, roles: Mapping[str, Role], told: ExternalToken) -> Caller:
    """The caller that the token makes here; a project that comes for the first time is kept.

    Of several roles the one with the most rights counts. Raises NotAllowed where none of them is in `roles`,
    for a token without a project, and for a project that is disabled here.
    """
    if told.project is None:
        raise NotAllowed("the token is not for a project")
    mine = {roles[name] for name in told.roles if name in roles}
    if not mine:
        raise NotAllowed("none of the token's roles is a role here")
    if not _known(db, told.project).enabled:
        raise NotAllowed("the project is disabled")
    return Caller(
        user_id=told.user_id,
        user_name=told.user_name,
        project_id=told.project.id,
        project_name=told.project.name,
        domain_id=told.project.domain_id,
        role=next(role for role in _MOST_FIRST if role in mine),
        expires_at=told.expires_at,
    )


def _known(db: Database, told: ExternalProject) -> Project:
    with db.reading() as tx:
        found = _find(tx, told.id)
    return found or _kept(db, told)


def _kept(db: Database, told: ExternalProject) -> Project:
    fresh = Project(id=told.id, name=told.name, domain_id=told.domain_id, created_at=clock.now())
    with db.transaction() as tx:
        projects.lock(tx, told.id)
        found = _find(tx, told.id)
        if found is None:
            _add(tx, fresh)
        return found or fresh


def _find(tx: Connection, project_id: str) -> Project | None:
    try:
        return projects.get(tx, project_id)
    except ProjectNotFound:
        return None


def _add(tx: Connection, project: Project) -> None:
    """A project of our own may have the name already; the id beside it keeps the two apart."""
    try:
        projects.add(tx, project)
    except NameTaken:
        projects.add(tx, replace(project, name=f"{project.name} ({project.id})"))
