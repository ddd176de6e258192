from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.service.people import DEFAULT, enrol, named

from holdfast.db import tokens
from holdfast.db.database import Database
from holdfast.model import clock
from holdfast.model.errors import NotAllowed, NotAuthenticated, ProjectNotFound, TooManyAttempts
from holdfast.model.project import Project, Role, User
from holdfast.service import (
    accounts,
    application_credentials,
    domains,
    passwords,
    projects,
    roles,
    sessions,
    users,
)
from holdfast.service.application_credentials import NewCredential
from holdfast.service.attempts import MOST, SPAN, Attempts
from holdfast.service.projects import ProjectChange
from holdfast.service.sessions import Door, Named, Opened, Scope
from holdfast.service.users import NewUser, UserChange


def sign_in(database: Database, scope: Scope, hours: float = 1) -> Opened:
    return sessions.sign_in(database, named("ann"), "secret of ann", scope, hours=hours)


# ── signing in ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("ann")
def test_a_token_for_a_project_makes_a_caller_with_the_role_granted_there(
    database: Database, project: Project
) -> None:
    caller = sessions.caller(database, sign_in(database, Scope(project=named("blue"))).token)
    assert (caller.user_name, caller.project_id, caller.project_name) == ("ann", project.id, "blue")
    assert caller.role is Role.OPERATOR


def test_users_and_projects_are_found_by_id_too(database: Database, project: Project, ann: User) -> None:
    scope = Scope(project=Named(id=project.id))
    opened = sessions.sign_in(database, Named(id=ann.id), "secret of ann", scope, hours=1)
    assert opened.session.project == project


@pytest.mark.parametrize("domain", [Named(id="default"), Named(name="Default")])
@pytest.mark.usefixtures("ann")
def test_the_domain_has_an_id_and_a_name(database: Database, domain: Named) -> None:
    who = Named(name="ann", domain=domain)
    assert sessions.sign_in(database, who, "secret of ann", Scope(domain=domain), hours=1).session.in_domain


@pytest.mark.parametrize(
    ("who", "password"),
    [
        (named("ann"), "wrong"),
        (named("ann"), ""),
        (named("nobody"), "secret of ann"),
        (Named(name="ann", domain=Named(name="Elsewhere")), "secret of ann"),
        (Named(name="ann"), "secret of ann"),
        (Named(id="nobody"), "secret of ann"),
        (Named(), "secret of ann"),
    ],
)
@pytest.mark.usefixtures("ann")
def test_a_wrong_password_and_an_unknown_user_are_refused_alike(
    database: Database, who: Named, password: str
) -> None:
    with pytest.raises(NotAuthenticated, match=r"^the user name or the password is wrong$"):
        sessions.sign_in(database, who, password, Scope(), hours=1)


def test_an_unknown_user_costs_the_same_hash_as_a_known_one() -> None:
    assert not PasswordHasher().check_needs_rehash(passwords.NOBODY)


@pytest.mark.parametrize(
    "wanted", [named("red"), Named(id="red"), named("no such project"), Named(name="blue")]
)
@pytest.mark.usefixtures("ann")
def test_a_project_of_others_and_none_at_all_are_refused_alike(database: Database, wanted: Named) -> None:
    accounts.add_project(database, "red")
    with pytest.raises(NotAuthenticated, match="no role in that project"):
        sign_in(database, Scope(project=wanted))


@pytest.mark.usefixtures("ann")
def test_an_unknown_domain_is_refused(database: Database) -> None:
    with pytest.raises(NotAuthenticated, match="no role in that domain"):
        sign_in(database, Scope(domain=Named(name="Elsewhere")))


@pytest.mark.parametrize("scope", [Scope(), Scope(domain=DEFAULT)])
@pytest.mark.usefixtures("ann")
def test_a_token_without_a_project_calls_nothing_though_its_user_has_one(
    database: Database, scope: Scope
) -> None:
    opened = sign_in(database, scope)
    assert opened.session.project is None
    assert sessions.check_token(database, opened.token) == opened.session
    with pytest.raises(NotAllowed, match="not for a project"):
        sessions.caller(database, opened.token)


@pytest.mark.usefixtures("ann")
def test_a_session_is_told_again_as_it_was_opened(database: Database) -> None:
    opened = sign_in(database, Scope(project=named("blue")), hours=2.5)
    assert sessions.check_token(database, opened.token) == opened.session
    assert opened.session.expires_at - opened.session.issued_at == timedelta(hours=2.5)


@pytest.mark.usefixtures("ann")
def test_a_token_is_not_in_the_database(database: Database) -> None:
    opened = sign_in(database, Scope())
    with database.reading() as tx:
        assert tokens.find(tx, opened.token) is None


@pytest.mark.usefixtures("ann")
def test_a_token_that_has_expired_is_worth_nothing_and_is_swept_away(database: Database) -> None:
    old = sign_in(database, Scope(project=named("blue")), hours=-1)
    with pytest.raises(NotAuthenticated, match="expired"):
        sessions.caller(database, old.token)
    sign_in(database, Scope())
    with database.reading() as tx:
        assert tokens.find(tx, sessions.digest_of(old.token)) is None


@pytest.mark.usefixtures("ann")
def test_a_revoked_token_is_worth_nothing_and_others_stay(database: Database) -> None:
    first, second = (
        sign_in(database, Scope(project=named("blue"))),
        sign_in(database, Scope(project=named("blue"))),
    )
    sessions.revoke(database, first.token)
    with pytest.raises(NotAuthenticated):
        sessions.caller(database, first.token)
    assert sessions.caller(database, second.token).user_name == "ann"


def test_a_role_that_changes_counts_for_tokens_already_given(
    database: Database, project: Project, ann: User
) -> None:
    token = sign_in(database, Scope(project=named("blue"))).token
    accounts.grant(database, ann.id, project.id, Role.READER)
    assert sessions.caller(database, token).role is Role.READER
    assert projects.of_user(database, ann.id) == [project]


@given(st.text(max_size=200))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_other_text_is_a_token(database: Database, text: str) -> None:
    with pytest.raises(NotAuthenticated):
        sessions.check_token(database, text)


# ── one token for another ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("ann")
def test_a_token_is_exchanged_for_another_scope_until_the_same_end(
    database: Database, project: Project
) -> None:
    unscoped = sign_in(database, Scope(), hours=3)
    scoped = sessions.exchange(database, unscoped.token, Scope(project=named("blue")))
    assert scoped.session.project == project
    assert scoped.session.expires_at == unscoped.session.expires_at
    assert scoped.token != unscoped.token


@pytest.mark.usefixtures("ann")
def test_a_token_does_not_lead_into_a_project_of_others(database: Database) -> None:
    accounts.add_project(database, "red")
    unscoped = sign_in(database, Scope())
    with pytest.raises(NotAuthenticated, match="no role in that project"):
        sessions.exchange(database, unscoped.token, Scope(project=named("red")))


@pytest.mark.usefixtures("ann")
def test_a_token_that_says_of_itself_what_it_is_not_is_unknown(database: Database) -> None:
    token = sign_in(database, Scope(project=named("blue"))).token
    with pytest.raises(NotAuthenticated):
        sessions.check_token(database, "domain." + token)


# ── what ends a token, and what limits it ───────────────────────────────────────────────────────────────


def password_changed(database: Database, ann: User, _project: Project) -> None:
    users.change(database, "default", ann.id, UserChange(password="new secret"))


def user_disabled(database: Database, ann: User, _project: Project) -> None:
    users.change(database, "default", ann.id, UserChange(enabled=False))


def user_disabled_and_enabled(database: Database, ann: User, _project: Project) -> None:
    users.change(database, "default", ann.id, UserChange(enabled=False))
    users.change(database, "default", ann.id, UserChange(enabled=True))


def user_removed(database: Database, ann: User, _project: Project) -> None:
    users.remove(database, "default", ann.id)


def project_disabled(database: Database, _ann: User, project: Project) -> None:
    projects.change(database, "default", project.id, ProjectChange(enabled=False))


def project_removed(database: Database, _ann: User, project: Project) -> None:
    projects.remove(database, "default", project.id)


def role_revoked(database: Database, ann: User, project: Project) -> None:
    roles.revoke(database, "default", ann.id, project.id)


def role_revoked_and_granted(database: Database, ann: User, project: Project) -> None:
    roles.revoke(database, "default", ann.id, project.id)
    roles.grant(database, "default", ann.id, project.id, Role.OPERATOR)


@pytest.mark.parametrize(
    "happens",
    [
        password_changed,
        user_disabled,
        user_disabled_and_enabled,
        user_removed,
        project_disabled,
        project_removed,
        role_revoked,
        role_revoked_and_granted,
    ],
)
def test_a_token_ends_when_what_it_rests_on_does(
    database: Database, ann: User, project: Project, happens: Callable[[Database, User, Project], None]
) -> None:
    token = sign_in(database, Scope(project=named("blue"))).token
    happens(database, ann, project)
    with pytest.raises(NotAuthenticated):
        sessions.check_token(database, token)


def test_a_new_name_and_another_password_of_somebody_else_end_no_token(database: Database, ann: User) -> None:
    token = sign_in(database, Scope()).token
    bert = enrol(database, "bert", "secret of bert")
    users.change(database, "default", ann.id, UserChange(name="anne"))
    users.change(database, "default", bert.id, UserChange(password="new secret"))
    assert sessions.check_token(database, token).user.name == "anne"


def test_whoever_is_disabled_hears_the_same_as_whoever_does_not_exist(database: Database, ann: User) -> None:
    users.change(database, "default", ann.id, UserChange(enabled=False))
    with pytest.raises(NotAuthenticated, match=r"^the user name or the password is wrong$"):
        sign_in(database, Scope())


def test_a_user_without_a_password_does_not_sign_in(database: Database) -> None:
    users.add(database, NewUser(name="bert"))
    for password in ("", "x"):
        with pytest.raises(NotAuthenticated, match=r"^the user name or the password is wrong$"):
            sessions.sign_in(database, named("bert"), password, Scope(), hours=1)


@pytest.mark.usefixtures("ann")
def test_a_disabled_project_is_entered_by_nobody(database: Database, project: Project) -> None:
    projects.change(database, "default", project.id, ProjectChange(enabled=False))
    with pytest.raises(NotAuthenticated, match="no role in that project"):
        sign_in(database, Scope(project=named("blue")))
    assert sign_in(database, Scope()).session.project is None


# ── how it was proven ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("ann")
def test_a_token_tells_how_its_user_proved_who_they_are(database: Database) -> None:
    first = sign_in(database, Scope())
    second = sessions.exchange(database, first.token, Scope(project=named("blue")))
    third = sessions.exchange(database, second.token, Scope())
    assert [one.session.methods for one in (first, second, third)] == [
        ("password",),
        ("password", "token"),
        ("password", "token"),
    ]
    assert sessions.check_token(database, third.token) == third.session


# ── domains ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_for_the_domain_is_an_administrators_if_its_user_is_one_somewhere(
    database: Database, ann: User, project: Project
) -> None:
    token = sign_in(database, Scope(domain=DEFAULT)).token
    assert not sessions.check_token(database, token).is_administrator
    accounts.grant(database, ann.id, project.id, Role.ADMIN)
    assert sessions.check_token(database, token).administers("default")
    projects.change(database, "default", project.id, ProjectChange(enabled=False))
    assert not sessions.check_token(database, token).is_administrator


@pytest.mark.usefixtures("ann")
def test_users_of_the_same_name_in_two_domains_are_two(database: Database) -> None:
    north = domains.add(database, "North")
    far = users.add(database, NewUser(name="ann", domain_id=north.id, password="far secret"))
    who = Named(name="ann", domain=Named(name="North"))
    opened = sessions.sign_in(database, who, "far secret", Scope(domain=Named(id=north.id)), hours=1)
    assert opened.session.user == far
    with pytest.raises(NotAuthenticated):
        sessions.sign_in(database, who, "secret of ann", Scope(), hours=1)
    with pytest.raises(NotAuthenticated, match="no role in that domain"):
        sessions.sign_in(database, who, "far secret", Scope(domain=DEFAULT), hours=1)


def test_an_administrator_of_another_domain_names_no_paths_of_the_machine(database: Database) -> None:
    north = domains.add(database, "North")
    near, far = (
        accounts.add(database, NewUser(name="root", domain_id=id_, password="secret"), "blue", Role.ADMIN)
        for id_ in ("default", north.id)
    )
    assert (near.may_name_paths, far.may_name_paths) == (True, False)
    assert sessions.caller_of(sessions.session_of_user(database, far.user_id, far.project_id)) == far


# ── without a token ─────────────────────────────────────────────────────────────────────────────────────


def test_a_user_who_signs_requests_is_the_same_caller(
    database: Database, ann: User, project: Project
) -> None:
    opened = sign_in(database, Scope(project=named("blue")))
    caller = sessions.caller(database, opened.token)
    assert caller.expires_at == opened.session.expires_at
    signing = sessions.caller_of(sessions.session_of_user(database, ann.id, project.id))
    assert signing == replace(caller, expires_at=None)
    assert sessions.session_of_user(database, ann.id).project is None


def test_a_user_who_signs_requests_needs_a_role_in_the_project(database: Database, ann: User) -> None:
    red = accounts.add_project(database, "red")
    for project_id in (red.id, "nowhere"):
        with pytest.raises(ProjectNotFound):
            sessions.session_of_user(database, ann.id, project_id)


def test_a_user_who_is_gone_signs_nothing(database: Database, ann: User) -> None:
    users.change(database, "default", ann.id, UserChange(enabled=False))
    for user_id in (ann.id, "nobody"):
        with pytest.raises(NotAuthenticated):
            sessions.session_of_user(database, user_id)


# ── guessing ────────────────────────────────────────────────────────────────────────────────────────────


def guess(door: Door, who: Named) -> None:
    with pytest.raises(NotAuthenticated):
        sessions.sign_in_by_password(door, who, "wrong", Scope())


@pytest.mark.parametrize("who", [named("ann"), named("nobody")])
@pytest.mark.usefixtures("ann")
def test_whoever_guesses_too_often_must_wait_whether_the_user_exists_or_not(
    database: Database, who: Named
) -> None:
    door = Door(database, 1)
    for _ in range(MOST):
        guess(door, who)
    with pytest.raises(TooManyAttempts, match="try again in"):
        sessions.sign_in_by_password(door, who, "secret of ann", Scope())


def test_an_id_and_a_name_lead_to_the_same_count(database: Database, ann: User) -> None:
    door = Door(database, 1)
    for number in range(MOST):
        guess(door, named("ann") if number % 2 else Named(id=ann.id))
    with pytest.raises(TooManyAttempts):
        sessions.sign_in_by_password(door, named("ann"), "secret of ann", Scope())
    enrol(database, "bert", "secret of bert")
    assert sessions.sign_in_by_password(door, named("bert"), "secret of bert", Scope()).token


@pytest.mark.parametrize("name", ["ann", "nobody"])
@pytest.mark.usefixtures("ann")
def test_another_spelling_of_the_domain_does_not_tell_who_exists(database: Database, name: str) -> None:
    door = Door(database, 1)
    for _ in range(MOST):
        guess(door, named(name))
    with pytest.raises(TooManyAttempts):
        sessions.sign_in_by_password(door, Named(name=name, domain=Named(id="default")), "guess", Scope())


@pytest.mark.parametrize("name", ["robot", "nothing"])
def test_another_spelling_of_the_user_does_not_tell_which_credentials_exist(
    database: Database, ann: User, project: Project, name: str
) -> None:
    session = sessions.session_of_user(database, ann.id, project.id)
    application_credentials.add(database, session, NewCredential(name="robot"))
    door, spelled = Door(database, 1), [named("ann"), Named(id=ann.id)]
    for number in range(MOST):
        with pytest.raises(NotAuthenticated):
            sessions.sign_in_by_application_credential(
                door, Named(name=name, user=spelled[number % 2]), "guess", Scope()
            )
    with pytest.raises(TooManyAttempts):
        sessions.sign_in_by_application_credential(door, Named(name=name, user=spelled[0]), "guess", Scope())


def test_failures_are_forgotten_after_a_minute() -> None:
    attempts, begin = Attempts(), clock.now()
    for number in range(MOST):
        attempts.failed("ann", begin + timedelta(seconds=number))
    with pytest.raises(TooManyAttempts) as refused:
        attempts.check("ann", begin + SPAN / 2)
    assert refused.value.seconds == SPAN.total_seconds() / 2
    attempts.check("ann", begin + SPAN)
    attempts.failed("ann", begin + SPAN)
    with pytest.raises(TooManyAttempts):
        attempts.check("ann", begin + SPAN)
    attempts.check("ann", begin + SPAN + timedelta(seconds=1))


def test_very_many_names_do_not_fill_the_memory() -> None:
    attempts, now = Attempts(), clock.now()

    def fail(name: str, at: datetime) -> None:
        for _ in range(MOST):
            attempts.failed(name, at)

    fail("ann", now)
    for number in range(10_000):
        attempts.failed(f"name {number}", now)
    attempts.check("ann", now)


def test_changing_the_password_is_no_way_around(database: Database, ann: User) -> None:
    attempts = Attempts()
    for _ in range(MOST):
        with pytest.raises(NotAuthenticated):
            users.change_own_password(database, attempts, ann, ("wrong", "new secret"))
    with pytest.raises(TooManyAttempts):
        users.change_own_password(database, attempts, ann, ("secret of ann", "new secret"))
    with pytest.raises(TooManyAttempts):
        sessions.sign_in_by_password(Door(database, 1, attempts), named("ann"), "secret of ann", Scope())
