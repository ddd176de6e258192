"""Signing in, and what a token stands for.

Tokens are kept as SHA-256 digests, which cannot be read back. A wrong password, an unknown or disabled user
and an unknown domain are refused alike, and after the same work. What a token may is looked up anew each
time: a role that changes, a user or project that is disabled and a credential that is deleted count at once.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import accounts, application_credentials, domains, projects, tokens
from holdfast.db.database import Database
from holdfast.db.tokens import StoredToken
from holdfast.model import clock
from holdfast.model.application_credential import ApplicationCredential
from holdfast.model.domain import Domain
from holdfast.model.errors import NotAllowed, NotAuthenticated, ProjectNotFound
from holdfast.model.project import Caller, Project, Role, User

from . import passwords
from .attempts import Attempts

PASSWORD = "password"  # noqa: S105 - the name of a method
TOKEN = "token"  # noqa: S105 - the name of a method
APPLICATION_CREDENTIAL = "application_credential"
ACCESS_KEY = "access_key"
_WRONG_PASSWORD = "the user name or the password is wrong"  # noqa: S105 - a message
_WRONG_TOKEN = "the token is unknown, expired or revoked"  # noqa: S105 - a message
_WRONG_CREDENTIAL = "the application credential or its secret is wrong"


@dataclass(frozen=True)
class Named:
    """A user, a project or a credential as a caller names it: by `id`, or by `name` within something."""

    id: str | None = None
    name: str | None = None
    domain: "Named | None" = None
    user: "Named | None" = None


@dataclass(frozen=True)
class Scope:
    """What a token shall be for: a project, a domain, or neither."""

    project: Named | None = None
    domain: Named | None = None


@dataclass(frozen=True)
class Session:
    """What a token, or a signed request, stands for.

    `role` is the user's in `project`, and at most what the token may; for a domain it is that of an
    administrator or none. `methods` tell how the user proved who they are. `manages_credentials` is wrong for
    a program whose application credential, `credential_id`, is restricted.
    """

    user: User
    project: Project | None
    role: Role | None
    in_domain: bool
    issued_at: datetime
    expires_at: datetime
    audit_id: str
    methods: tuple[str, ...] = (ACCESS_KEY,)
    credential_id: str | None = None
    manages_credentials: bool = True

    @property
    def domain_id(self) -> str:
        """The user's domain: that of every project they can enter, and of whatever they administer."""
        return self.user.domain_id

    def administers(self, domain_id: str) -> bool:
        """Whether users and projects of this domain are the caller's to change."""
        return self.is_administrator and self.domain_id == domain_id

    @property
    def is_administrator(self) -> bool:
        """Whether users and projects of the domain are the caller's to change."""
        return self.role is Role.ADMIN

    def check_is_administrator(self) -> None:
        """Raises NotAllowed for everybody but an administrator of the domain."""
        if not self.is_administrator:
            raise NotAllowed("only an administrator may do this")

    def check_manages_credentials(self) -> None:
        """Raises NotAllowed for a program whose application credential is restricted."""
        if not self.manages_credentials:
            raise NotAllowed("an application credential that is not unrestricted manages no credentials")


@dataclass(frozen=True)
class Opened:
    """A new session and its token, which is told here and never again."""

    token: str = field(repr=False)
    session: Session


@dataclass(frozen=True)
class Door:
    """Where people come in: how long a new session lasts, in hours, and who failed to come in lately."""

    db: Database
    hours: float
    attempts: Attempts = field(default_factory=Attempts)


def sign_in(db: Database, who: Named, password: str, scope: Scope, *, hours: float) -> Opened:
    """A session of `hours` for whoever knows the password, however often they guess.

    Raises NotAuthenticated, also where the user has no role in the project asked for.
    """
    return sign_in_by_password(Door(db, hours), who, password, scope)


def sign_in_by_password(door: Door, who: Named, password: str, scope: Scope) -> Opened:
    """A session for whoever knows the password. Raises NotAuthenticated or TooManyAttempts."""
    with door.db.reading() as tx:
        found = _find_user(tx, who)
        name = found[0].id if found else _unknown(tx, who)
    user, password_hash = found or (None, None)
    fits = passwords.fits_in_time(door.attempts, name, password_hash, password)
    if user is None or not fits:
        raise NotAuthenticated(_WRONG_PASSWORD)
    with door.db.transaction() as tx:
        accounts.lock(tx, user.id)
        # What was right a moment ago may have been changed while it was checked.
        if accounts.find_user_by_id(tx, user.id) != found or not user.enabled:
            raise NotAuthenticated(_WRONG_PASSWORD)
        return _open(tx, user, scope, _fresh(door, user, PASSWORD))


def sign_in_by_application_credential(door: Door, which: Named, secret: str, scope: Scope) -> Opened:
    """A session for a program that knows a credential's secret; it is for the credential's project.

    Raises NotAuthenticated or TooManyAttempts.
    """
    with door.db.reading() as tx:
        found = _find_credential(tx, which)
        name = found[0].id if found else _unknown(tx, which)
    credential, secret_hash = found or (None, None)
    fits = passwords.fits_in_time(door.attempts, name, secret_hash, secret)
    if credential is None or not fits:
        raise NotAuthenticated(_WRONG_CREDENTIAL)
    with door.db.transaction() as tx:
        accounts.lock(tx, credential.user_id)
        if application_credentials.find(tx, credential.id) != found:
            raise NotAuthenticated(_WRONG_CREDENTIAL)
        return _open_with(tx, door, credential, scope)


def exchange(db: Database, token: str, scope: Scope) -> Opened:
    """Another session of the same user, for another scope; it ends when the first one would have.

    It may no more than the first one. Raises NotAuthenticated.
    """
    with db.transaction() as tx:
        accounts.lock(tx, _stored(tx, token).user_id)
        stored = _stored(tx, token)  # it may have ended while others had the lock
        session = _session(tx, stored)
        if stored.credential_id is not None:
            _check_own_project(tx, session, scope)
        methods = tuple(dict.fromkeys((*stored.methods, TOKEN)))
        return _open(tx, session.user, scope, replace(stored, methods=methods, issued_at=clock.now()))


def check_token(db: Database, token: str) -> Session:
    """What the token stands for now; raises NotAuthenticated when it is unknown, expired or revoked."""
    with db.reading() as tx:
        return _session(tx, _stored(tx, token))


def session_of_user(
    db: Database, user_id: str, project_id: str | None = None, *, method: str = ACCESS_KEY
) -> Session:
    """What a user may who proves themselves with every request, in a project or in none.

    Raises NotAuthenticated where there is no such user, or no more, and ProjectNotFound without a role there.
    """
    with db.reading() as tx:
        found = accounts.find_user_by_id(tx, user_id)
        if found is None or not found[0].enabled:
            raise NotAuthenticated("the user is unknown or disabled")
        if project_id is not None and _role(tx, user_id, project_id) is None:
            raise ProjectNotFound(project_id)
        now = clock.now()
        asked = StoredToken(
            digest="",
            user_id=user_id,
            project_id=project_id,
            methods=(method,),
            issued_at=now,
            expires_at=now,
        )
        return _session(tx, asked)


def caller(db: Database, token: str) -> Caller:
    """Who asks, by their token; raises NotAuthenticated, or NotAllowed when it is for no project."""
    return replace(caller_of(session := check_token(db, token)), expires_at=session.expires_at)


def caller_of(session: Session) -> Caller:
    """Who asks in this session; raises NotAllowed when it is for no project."""
    if session.project is None or session.role is None:
        raise NotAllowed("the token is not for a project")
    return Caller(
        user_id=session.user.id,
        user_name=session.user.name,
        project_id=session.project.id,
        project_name=session.project.name,
        domain_id=session.project.domain_id,
        role=session.role,
        stays_here=session.credential_id is not None,
    )


def revoke(db: Database, token: str) -> None:
    """The token is worth nothing from now on."""
    with db.transaction() as tx:
        tokens.revoke(tx, digest_of(token))


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


# ── who ─────────────────────────────────────────────────────────────────────────────────────────────────


def _find_user(tx: Connection, who: Named) -> tuple[User, str] | None:
    if who.id is not None:
        return accounts.find_user_by_id(tx, who.id)
    domain = None if who.domain is None else _find_domain(tx, who.domain)
    if who.name is None or domain is None:
        return None
    return accounts.find_user(tx, domain.id, who.name)


def _find_domain(tx: Connection, which: Named) -> Domain | None:
    if which.id is None and which.name is None:
        return None
    found = domains.find(tx, domain_id=which.id, name=which.name)
    return found[0] if found else None


def _unknown(tx: Connection, who: Named) -> str:
    """What attempts on somebody unknown are counted under: the same, however user and domain are named.

    Or else counting would tell who is known: their attempts are counted together.
    """
    user = None if who.user is None else _find_user(tx, who.user)
    owner = user[0].id if user else who.user and _unknown(tx, who.user)
    domain = None if who.domain is None else _find_domain(tx, who.domain)
    return digest_of(repr((who.id, who.name, owner, domain.id if domain else who.domain)))


def _find_credential(tx: Connection, which: Named) -> tuple[ApplicationCredential, str] | None:
    if which.id is not None:
        return application_credentials.find(tx, which.id)
    owner = None if which.user is None else _find_user(tx, which.user)
    if which.name is None or owner is None:
        return None
    named = application_credentials.of_user(tx, owner[0].id, name=which.name)
    return application_credentials.find(tx, named[0].id) if named else None


# ── what for ────────────────────────────────────────────────────────────────────────────────────────────


def _open(tx: Connection, user: User, scope: Scope, like: StoredToken) -> Opened:
    """A new token of this user, `like` another one but for its scope."""
    project_id, domain_id = _place(tx, user, scope)
    token = secrets.token_urlsafe(32)
    stored = replace(like, digest=digest_of(token), project_id=project_id, domain_id=domain_id)
    tokens.trim(tx, clock.now())
    tokens.add(tx, stored)
    return Opened(token=token, session=_session(tx, stored))


def _open_with(tx: Connection, door: Door, credential: ApplicationCredential, scope: Scope) -> Opened:
    user = accounts.get_user(tx, credential.user_id)
    like = _fresh(door, user, APPLICATION_CREDENTIAL)
    enters = _role(tx, user.id, credential.project_id) is not None
    if not user.enabled or not enters or credential.is_over(like.issued_at):
        raise NotAuthenticated(_WRONG_CREDENTIAL)
    ends = min(like.expires_at, credential.expires_at or like.expires_at)
    own = Scope(project=Named(id=credential.project_id))
    limited = replace(like, role=credential.role, credential_id=credential.id, expires_at=ends)
    opened = _open(tx, user, own, limited)
    if scope != Scope():
        _check_own_project(tx, opened.session, scope)
    return opened


def _fresh(door: Door, user: User, method: str) -> StoredToken:
    now = clock.now()
    ends = now + timedelta(hours=door.hours)
    return StoredToken(digest="", user_id=user.id, methods=(method,), issued_at=now, expires_at=ends)


def _place(tx: Connection, user: User, scope: Scope) -> tuple[str | None, str | None]:
    """The ids of the project and of the domain asked for."""
    if scope.domain is not None:
        domain = _find_domain(tx, scope.domain)
        if domain is None or domain.id != user.domain_id:
            raise NotAuthenticated("the user has no role in that domain")
        return None, domain.id
    if scope.project is None:
        return None, None
    wanted = scope.project
    domain = None if wanted.domain is None else _find_domain(tx, wanted.domain)
    for project, _ in accounts.roles(tx, user.id):
        by_name = domain is not None and (project.name, project.domain_id) == (wanted.name, domain.id)
        if project.enabled and (project.id == wanted.id or (wanted.id is None and by_name)):
            return project.id, None
    raise NotAuthenticated("the user has no role in that project")


def _check_own_project(tx: Connection, session: Session, scope: Scope) -> None:
    """Raises NotAuthenticated where a program asks for what its credential is not for."""
    project_id, _ = _place(tx, session.user, scope)
    if session.project is None or project_id != session.project.id:
        raise NotAuthenticated("an application credential is for its own project only")


# ── what it stands for ──────────────────────────────────────────────────────────────────────────────────


def _stored(tx: Connection, token: str) -> StoredToken:
    stored = tokens.find(tx, digest_of(token))
    if stored is None or stored.expires_at <= clock.now():
        raise NotAuthenticated(_WRONG_TOKEN)
    return stored


def _session(tx: Connection, stored: StoredToken) -> Session:
    user = accounts.get_user(tx, stored.user_id)
    credential = _credential(tx, stored)
    project, role = _standing(tx, stored)
    if not user.enabled:
        raise NotAuthenticated(_WRONG_TOKEN)
    return Session(
        user=user,
        project=project,
        role=role,
        in_domain=stored.domain_id is not None,
        issued_at=stored.issued_at,
        expires_at=stored.expires_at,
        audit_id=_audit_id(stored.digest),
        methods=stored.methods,
        credential_id=stored.credential_id,
        manages_credentials=credential is None or credential.unrestricted,
    )


def _credential(tx: Connection, stored: StoredToken) -> ApplicationCredential | None:
    if stored.credential_id is None:
        return None
    found = application_credentials.find(tx, stored.credential_id)
    if found is None:
        raise NotAuthenticated(_WRONG_TOKEN)
    return found[0]


def _standing(tx: Connection, stored: StoredToken) -> tuple[Project | None, Role | None]:
    """The project of a token, and what it may there; or what it may in its domain."""
    if stored.project_id is None:
        governs = stored.domain_id is not None and _governs(tx, stored.user_id)
        return None, Role.ADMIN if governs else None
    role = _role(tx, stored.user_id, stored.project_id)
    if role is None:
        raise NotAuthenticated("the user has no role in that project")
    return projects.get(tx, stored.project_id), role if stored.role is None else role.within(stored.role)


def _role(tx: Connection, user_id: str, project_id: str) -> Role | None:
    """The user's role in a project that is enabled."""
    role = accounts.role(tx, user_id, project_id)
    return role if role is not None and projects.get(tx, project_id).enabled else None


def _governs(tx: Connection, user_id: str) -> bool:
    return any(project.enabled and role is Role.ADMIN for project, role in accounts.roles(tx, user_id))


def _audit_id(digest: str) -> str:
    """A name for a token that may be written down: it leads neither to the token nor to its digest."""
    return base64.urlsafe_b64encode(hashlib.sha256(digest.encode()).digest()[:16]).rstrip(b"=").decode()
