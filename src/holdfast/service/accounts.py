"""Who may enter: projects, users with a role in each, signing in, and what a token stands for.

Passwords are kept as argon2 hashes, tokens as SHA-256 digests: neither can be read back. A wrong password,
an unknown user and an unknown domain are refused alike, and after the same work.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Connection

from holdfast.db import accounts, projects, tokens
from holdfast.db.database import Database
from holdfast.model import clock, ids
from holdfast.model.errors import InvalidParameter, NotAllowed, NotAuthenticated
from holdfast.model.project import (
    DEFAULT_DOMAIN_ID,
    DEFAULT_DOMAIN_NAME,
    Caller,
    Project,
    Role,
    User,
)

ADMINISTRATOR = "admin"
LONGEST_NAME = 64
LONGEST_PASSWORD = 1024

_HASHER = PasswordHasher()
_AT_ONCE = BoundedSemaphore(4)  # a hash takes 64 MiB while it is made
# The hash of a password that nobody knows, checked for users that do not exist.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AMztxb8c2jpxm1uuMn1idA$GvhlCedEiQIMGoad0EG5DtTzTHdDL1hNqnCGwQdcoPU"
# A token for a domain says so itself; whoever changes it has a token that nobody knows.
_FOR_DOMAIN = "domain."


@dataclass(frozen=True)
class Named:
    """A user or a project as a caller names it: by `id`, or by `name` within a domain."""

    id: str | None = None
    name: str | None = None
    domain: "Named | None" = None


@dataclass(frozen=True)
class Scope:
    """What a token shall be for: a project, a domain, or neither."""

    project: Named | None = None
    domain: Named | None = None


@dataclass(frozen=True)
class Session:
    """What a token stands for. `role` is the user's in `project`; without a project there is none."""

    user: User
    project: Project | None
    role: Role | None
    in_domain: bool
    issued_at: datetime
    expires_at: datetime
    audit_id: str


@dataclass(frozen=True)
class Opened:
    """A new session and its token, which is told here and never again."""

    token: str = field(repr=False)
    session: Session


@dataclass(frozen=True)
class FirstAdministrator:
    """Who was made at the very first start; the password is told here and never again."""

    project: Project
    user: User
    password: str = field(repr=False)


# ── accounts ────────────────────────────────────────────────────────────────────────────────────────────


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
    password_hash = _hashed(password)
    with db.transaction() as tx:
        if not projects.claim_first(tx):
            return None
        project = _new_project(tx, region)
        user = _new_user(tx, ADMINISTRATOR, password_hash)
        accounts.grant(tx, user.id, project.id, Role.ADMIN)
        first = FirstAdministrator(project=project, user=user, password=password)
        keep(first)
    return first


def add_project(db: Database, name: str) -> Project:
    """A new project; raises InvalidParameter when the name is taken or no name."""
    with db.transaction() as tx:
        return _new_project(tx, name)


def add_user(db: Database, name: str, password: str) -> User:
    """A new user without any role; raises InvalidParameter when the name is taken or no name."""
    password_hash = _hashed(password)
    with db.transaction() as tx:
        return _new_user(tx, name, password_hash)


def grant(db: Database, user_id: str, project_id: str, role: Role) -> None:
    """From now on the user has this role in the project, instead of any other."""
    with db.transaction() as tx:
        accounts.grant(tx, user_id, project_id, role)


def add(db: Database, name: str, project_name: str, role: Role, password: str) -> Caller:
    """A new user with a role in a project, which is made too if there is none of that name.

    Raises InvalidParameter when the user's name is taken, or where a name is none.
    """
    password_hash = _hashed(password)
    with db.transaction() as tx:
        named = projects.find(tx, name=project_name)
        project = named[0] if named else _new_project(tx, project_name)
        user = _new_user(tx, name, password_hash)
        accounts.grant(tx, user.id, project.id, role)
    return Caller(
        user_id=user.id, user_name=user.name, project_id=project.id, project_name=project.name, role=role
    )


def projects_of(db: Database, user_id: str) -> list[Project]:
    """The projects that the user has a role in."""
    with db.reading() as tx:
        return [project for project, _ in accounts.roles(tx, user_id)]


# ── sessions ────────────────────────────────────────────────────────────────────────────────────────────


def sign_in(db: Database, who: Named, password: str, scope: Scope, *, hours: float) -> Opened:
    """A session of `hours` for whoever knows the password.

    Raises NotAuthenticated, also where the user has no role in the project asked for.
    """
    user = _proven(db, who, password)
    now = clock.now()
    with db.transaction() as tx:
        tokens.trim(tx, now)
        return _open(tx, user, scope, (now, now + timedelta(hours=hours)))


def exchange(db: Database, token: str, scope: Scope) -> Opened:
    """Another session of the same user, for another scope; it ends when the first one would have.

    Raises NotAuthenticated.
    """
    session = check_token(db, token)
    with db.transaction() as tx:
        return _open(tx, session.user, scope, (clock.now(), session.expires_at))


def check_token(db: Database, token: str) -> Session:
    """What the token stands for now; raises NotAuthenticated when it is unknown, expired or revoked."""
    digest = _digest(token)
    with db.reading() as tx:
        stored = tokens.find(tx, digest)
        if stored is None or stored.expires_at <= clock.now():
            raise NotAuthenticated("the token is unknown, expired or revoked")
        user = accounts.get_user(tx, stored.user_id)
        project, role = _place(tx, user, stored.project_id)
    return Session(
        user=user,
        project=project,
        role=role,
        in_domain=token.startswith(_FOR_DOMAIN),
        issued_at=stored.issued_at,
        expires_at=stored.expires_at,
        audit_id=_audit_id(digest),
    )


def caller(db: Database, token: str) -> Caller:
    """Who asks, by their token; raises NotAuthenticated, or NotAllowed when it is for no project."""
    session = check_token(db, token)
    if session.project is None or session.role is None:
        raise NotAllowed("the token is not for a project")
    return Caller(
        user_id=session.user.id,
        user_name=session.user.name,
        project_id=session.project.id,
        project_name=session.project.name,
        role=session.role,
    )


def revoke(db: Database, token: str) -> None:
    """The token is worth nothing from now on."""
    with db.transaction() as tx:
        tokens.revoke(tx, _digest(token))


def _new_project(tx: Connection, name: str) -> Project:
    _check_name("name", name)
    project = Project(id=ids.new_project(), name=name, created_at=clock.now())
    projects.add(tx, project)
    return project


def _new_user(tx: Connection, name: str, password_hash: str) -> User:
    _check_name("name", name)
    user = User(id=ids.new_project(), name=name, created_at=clock.now())
    accounts.add_user(tx, user, password_hash)
    return user


def _check_name(field_name: str, name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidParameter(field_name, f"must be 1 to {LONGEST_NAME} printable characters")


def _hashed(password: str) -> str:
    if not 0 < len(password) <= LONGEST_PASSWORD:
        raise InvalidParameter("password", f"must be 1 to {LONGEST_PASSWORD} characters")
    return _HASHER.hash(password)


def _proven(db: Database, who: Named, password: str) -> User:
    with db.reading() as tx:
        found = _find_user(tx, who)
    user, password_hash = found or (None, _NOBODY)
    fits = _fits(password_hash, password)
    if user is None or not fits:
        raise NotAuthenticated("the user name or the password is wrong")
    return user


def _fits(password_hash: str, password: str) -> bool:
    with _AT_ONCE:
        try:
            return _HASHER.verify(password_hash, password)
        except VerifyMismatchError:
            return False


def _find_user(tx: Connection, who: Named) -> tuple[User, str] | None:
    if who.id is not None:
        return accounts.find_user_by_id(tx, who.id)
    if who.name is None or not _is_our_domain(who.domain):
        return None
    return accounts.find_user(tx, DEFAULT_DOMAIN_ID, who.name)


def _is_our_domain(domain: Named | None) -> bool:
    """There is one domain, and it may be named by id or by name."""
    if domain is None:
        return False
    return domain.id in (None, DEFAULT_DOMAIN_ID) and domain.name in (None, DEFAULT_DOMAIN_NAME)


def _open(tx: Connection, user: User, scope: Scope, lifetime: tuple[datetime, datetime]) -> Opened:
    project, role = _chosen(tx, user, scope)
    token = (_FOR_DOMAIN if scope.domain else "") + secrets.token_urlsafe(32)
    digest = _digest(token)
    issued_at, expires_at = lifetime
    tokens.add(tx, digest, user.id, project.id if project else None, issued_at, expires_at)
    session = Session(
        user=user,
        project=project,
        role=role,
        in_domain=scope.domain is not None,
        issued_at=issued_at,
        expires_at=expires_at,
        audit_id=_audit_id(digest),
    )
    return Opened(token=token, session=session)


def _chosen(tx: Connection, user: User, scope: Scope) -> tuple[Project, Role] | tuple[None, None]:
    if scope.domain is not None and not _is_our_domain(scope.domain):
        raise NotAuthenticated("the user has no role in that domain")
    if scope.project is None:
        return None, None
    wanted = scope.project
    for project, role in accounts.roles(tx, user.id):
        by_name = project.name == wanted.name and _is_our_domain(wanted.domain)
        if project.id == wanted.id or (wanted.id is None and by_name):
            return project, role
    raise NotAuthenticated("the user has no role in that project")


def _place(tx: Connection, user: User, project_id: str | None) -> tuple[Project, Role] | tuple[None, None]:
    if project_id is None:
        return None, None
    return _chosen(tx, user, Scope(project=Named(id=project_id)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _audit_id(digest: str) -> str:
    """A name for a token that may be written down: it leads neither to the token nor to its digest."""
    return base64.urlsafe_b64encode(hashlib.sha256(digest.encode()).digest()[:16]).rstrip(b"=").decode()
