from datetime import timedelta
from typing import Any

import pytest
from tests.service.people import DEFAULT, enrol, named

from holdfast.db.database import Database
from holdfast.model import clock
from holdfast.model.application_credential import ApplicationCredential
from holdfast.model.errors import (
    InvalidParameter,
    NameTaken,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooManyAttempts,
)
from holdfast.model.project import Project, Role, User
from holdfast.service import accounts, application_credentials, projects, roles, sessions, users
from holdfast.service.application_credentials import MadeCredential, NewCredential
from holdfast.service.attempts import MOST
from holdfast.service.projects import ProjectChange
from holdfast.service.sessions import Door, Named, Opened, Scope, Session
from holdfast.service.users import UserChange


def signed_in(database: Database, project: str | None = "blue") -> Session:
    scope = Scope() if project is None else Scope(project=named(project))
    return sessions.sign_in(database, named("ann"), "secret of ann", scope, hours=1).session


def make(database: Database, **asked: Any) -> MadeCredential:
    return application_credentials.add(
        database, signed_in(database), NewCredential(**{"name": "robot"} | asked)
    )


def enter(database: Database, made: MadeCredential, scope: Scope | None = None, hours: float = 1) -> Opened:
    return sessions.sign_in_by_application_credential(
        Door(database, hours), Named(id=made.credential.id), made.secret, scope or Scope()
    )


# ── making and signing in ───────────────────────────────────────────────────────────────────────────────


def test_a_program_signs_in_for_its_project_with_the_role_of_its_user(
    database: Database, ann: User, project: Project
) -> None:
    made = make(database)
    session = enter(database, made).session
    assert (session.user, session.project, session.role) == (ann, project, Role.OPERATOR)
    assert session.methods == ("application_credential",)
    assert session.credential_id == made.credential.id
    assert made.secret not in repr(made)
    assert enter(database, make(database, name="other", secret="chosen")).session.role is Role.OPERATOR


@pytest.mark.usefixtures("project")
def test_a_credential_is_named_by_its_user_and_name_too(database: Database, ann: User) -> None:
    made = make(database)
    for owner in (Named(id=ann.id), named("ann")):
        which = Named(name="robot", user=owner)
        opened = sessions.sign_in_by_application_credential(Door(database, 1), which, made.secret, Scope())
        assert opened.session.credential_id == made.credential.id


@pytest.mark.usefixtures("ann")
def test_a_wrong_secret_and_an_unknown_credential_are_refused_alike(database: Database) -> None:
    made = make(database)
    for which, secret in (
        (Named(id=made.credential.id), "wrong"),
        (Named(id="nothing"), made.secret),
        (Named(name="robot"), made.secret),
        (Named(name="other", user=named("ann")), made.secret),
        (Named(name="robot", user=named("nobody")), made.secret),
    ):
        with pytest.raises(NotAuthenticated, match=r"^the application credential or its secret is wrong$"):
            sessions.sign_in_by_application_credential(Door(database, 1), which, secret, Scope())


@pytest.mark.usefixtures("ann")
def test_secrets_are_not_guessed_for_ever(database: Database) -> None:
    made, door = make(database), Door(database, 1)
    which = Named(id=made.credential.id)
    for _ in range(MOST):
        with pytest.raises(NotAuthenticated):
            sessions.sign_in_by_application_credential(door, which, "wrong", Scope())
    with pytest.raises(TooManyAttempts):
        sessions.sign_in_by_application_credential(door, which, made.secret, Scope())


def test_a_credential_may_be_for_less_than_its_user_and_never_for_more(
    database: Database, ann: User, project: Project
) -> None:
    reading = make(database, role=Role.READER)
    whole = make(database, name="whole")
    assert enter(database, reading).session.role is Role.READER
    with pytest.raises(NotAllowed, match="no more"):
        make(database, name="greedy", role=Role.ADMIN)
    token = enter(database, whole).token
    accounts.grant(database, ann.id, project.id, Role.READER)
    assert sessions.check_token(database, token).role is Role.READER
    accounts.grant(database, ann.id, project.id, Role.ADMIN)
    assert sessions.check_token(database, token).role is Role.OPERATOR


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"name": ""}, "name"),
        ({"description": "x" * 256}, "description"),
        ({"secret": ""}, "secret"),
        ({"expires_at": clock.now() - timedelta(days=1)}, "expires_at"),
    ],
)
@pytest.mark.usefixtures("ann")
def test_what_is_no_credential_is_refused_by_name(
    database: Database, asked: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidParameter) as refused:
        make(database, **asked)
    assert refused.value.field == field


@pytest.mark.usefixtures("ann")
def test_a_user_has_a_name_for_a_credential_once(database: Database) -> None:
    make(database)
    with pytest.raises(NameTaken):
        make(database)


@pytest.mark.usefixtures("ann")
def test_a_credential_is_for_a_project(database: Database) -> None:
    with pytest.raises(NotAllowed, match="for a project"):
        application_credentials.add(database, signed_in(database, None), NewCredential(name="robot"))


# ── limits ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("ann")
def test_only_an_unrestricted_credential_makes_others(database: Database) -> None:
    plain, free = make(database), make(database, name="free", unrestricted=True)
    asked = NewCredential(name="offspring")
    session = enter(database, plain).session
    with pytest.raises(NotAllowed, match="not unrestricted"):
        application_credentials.add(database, session, asked)
    assert application_credentials.add(database, enter(database, free).session, asked).secret


def test_a_credential_leads_to_its_own_project_only(database: Database, ann: User, project: Project) -> None:
    red = accounts.add_project(database, "red")
    accounts.grant(database, ann.id, red.id, Role.ADMIN)
    made = make(database)
    assert enter(database, made, Scope(project=Named(id=project.id))).session.project == project
    for elsewhere in (Scope(project=named("red")), Scope(domain=DEFAULT)):
        with pytest.raises(NotAuthenticated, match="own project"):
            enter(database, made, elsewhere)


def test_a_token_for_a_token_of_a_program_may_no_more_than_that(
    database: Database, ann: User, project: Project
) -> None:
    red = accounts.add_project(database, "red")
    accounts.grant(database, ann.id, red.id, Role.ADMIN)
    made = make(database, role=Role.READER)
    token = enter(database, made).token
    for elsewhere in (Scope(), Scope(project=named("red")), Scope(domain=DEFAULT)):
        with pytest.raises(NotAuthenticated, match="own project"):
            sessions.exchange(database, token, elsewhere)
    session = sessions.exchange(database, token, Scope(project=Named(id=project.id))).session
    assert (session.role, session.credential_id) == (Role.READER, made.credential.id)
    assert not session.manages_credentials
    assert session.methods == ("application_credential", "token")


@pytest.mark.usefixtures("ann")
def test_a_token_ends_no_later_than_its_credential(database: Database) -> None:
    ends = clock.now() + timedelta(minutes=5)
    made = make(database, expires_at=ends)
    assert enter(database, made).session.expires_at == ends
    assert enter(database, made, hours=0.01).session.expires_at < ends


# ── ends ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_credential_that_is_removed_takes_its_tokens_along(database: Database, ann: User) -> None:
    made, other = make(database), make(database, name="other")
    token, kept = enter(database, made).token, enter(database, other).token
    application_credentials.remove(database, ann.id, made.credential.id)
    with pytest.raises(NotAuthenticated):
        sessions.check_token(database, token)
    with pytest.raises(NotAuthenticated):
        enter(database, made)
    assert sessions.check_token(database, kept).credential_id == other.credential.id


def test_a_credential_survives_a_new_password_and_not_its_role(
    database: Database, ann: User, project: Project
) -> None:
    made = make(database)
    token = enter(database, made).token
    users.change(database, "default", ann.id, UserChange(password="new secret"))
    with pytest.raises(NotAuthenticated):
        sessions.check_token(database, token)
    assert enter(database, made).token
    roles.revoke(database, "default", ann.id, project.id)
    roles.grant(database, "default", ann.id, project.id, Role.OPERATOR)
    with pytest.raises(NotAuthenticated):
        enter(database, made)


def test_a_credential_rests_while_its_user_or_project_is_disabled(
    database: Database, ann: User, project: Project
) -> None:
    made = make(database)
    for off in (True, False):
        users.change(database, "default", ann.id, UserChange(enabled=not off))
        projects.change(database, "default", project.id, ProjectChange(enabled=off))
        with pytest.raises(NotAuthenticated, match=r"^the application credential or its secret is wrong$"):
            enter(database, made)
    projects.change(database, "default", project.id, ProjectChange(enabled=True))
    assert enter(database, made).token


def test_a_credential_belongs_to_its_user(database: Database, ann: User) -> None:
    bert, made = enrol(database, "bert", "secret of bert"), make(database)
    assert application_credentials.of_user(database, ann.id) == [made.credential]
    assert application_credentials.of_user(database, bert.id) == []
    assert application_credentials.show(database, ann.id, made.credential.id) == made.credential
    with pytest.raises(NotFound):
        application_credentials.show(database, bert.id, made.credential.id)
    with pytest.raises(NotFound):
        application_credentials.remove(database, bert.id, made.credential.id)


def test_a_credential_is_over_at_its_end() -> None:
    now = clock.now()
    credential = ApplicationCredential(
        id="c", user_id="u", project_id="p", name="n", role=Role.READER, created_at=now, expires_at=now
    )
    assert credential.is_over(now)
    assert not credential.is_over(now - timedelta(microseconds=1))
