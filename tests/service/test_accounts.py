from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.service.people import enrol

from holdfast.db import tokens
from holdfast.db.database import Database
from holdfast.model.errors import InvalidParameter, NotAllowed, NotAuthenticated
from holdfast.model.project import Project, Role, User
from holdfast.service import accounts
from holdfast.service.accounts import FirstAdministrator, Named, Scope

DEFAULT = Named(name="Default")


def named(name: str) -> Named:
    return Named(name=name, domain=DEFAULT)


@pytest.fixture
def project(database: Database) -> Project:
    return accounts.add_project(database, "blue")


@pytest.fixture
def ann(database: Database, project: Project) -> User:
    user = enrol(database, "ann", "secret of ann")
    accounts.grant(database, user.id, project.id, Role.OPERATOR)
    return user


def sign_in(database: Database, scope: Scope, hours: float = 1) -> accounts.Opened:
    return accounts.sign_in(database, named("ann"), "secret of ann", scope, hours=hours)


# ── the first administrator ─────────────────────────────────────────────────────────────────────────────


def test_the_first_start_makes_a_project_named_after_the_region_and_its_administrator(
    database: Database,
) -> None:
    first = accounts.bootstrap(database, "local-1")
    assert first is not None
    assert (first.project.name, first.user.name) == ("local-1", "admin")
    opened = accounts.sign_in(
        database, named("admin"), first.password, Scope(project=named("local-1")), hours=1
    )
    assert opened.session.role is Role.ADMIN
    assert opened.session.project == first.project


def test_a_later_start_makes_nothing(database: Database) -> None:
    assert accounts.bootstrap(database, "local-1") is not None
    assert accounts.bootstrap(database, "local-1") is None
    assert accounts.bootstrap(database, "another region") is None


def test_two_servers_that_start_at_once_make_one_administrator(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: accounts.bootstrap(database, "local-1"), range(4)))
    assert len([first for first in made if first is not None]) == 1


def test_every_first_password_is_another_one(database: Database) -> None:
    passwords = set[str]()

    def refuse(first: FirstAdministrator) -> None:
        passwords.add(first.password)
        raise OSError("no space left on device")

    for _ in range(3):
        with pytest.raises(OSError, match="no space"):
            accounts.bootstrap(database, "local-1", refuse)
    assert len(passwords) == 3


def test_an_administrator_whose_password_could_not_be_kept_was_not_made(database: Database) -> None:
    def refuse(_: FirstAdministrator) -> None:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        accounts.bootstrap(database, "local-1", refuse)
    kept: list[FirstAdministrator] = []
    assert [accounts.bootstrap(database, "local-1", kept.append)] == kept


def test_a_password_and_a_token_do_not_show_in_a_log(database: Database) -> None:
    first = accounts.bootstrap(database, "local-1")
    assert first is not None
    opened = accounts.sign_in(database, named("admin"), first.password, Scope(), hours=1)
    assert first.password not in repr(first)
    assert opened.token not in repr(opened)


# ── signing in ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("ann")
def test_a_token_for_a_project_makes_a_caller_with_the_role_granted_there(
    database: Database, project: Project
) -> None:
    caller = accounts.caller(database, sign_in(database, Scope(project=named("blue"))).token)
    assert (caller.user_name, caller.project_id, caller.project_name) == ("ann", project.id, "blue")
    assert caller.role is Role.OPERATOR


def test_users_and_projects_are_found_by_id_too(database: Database, project: Project, ann: User) -> None:
    scope = Scope(project=Named(id=project.id))
    opened = accounts.sign_in(database, Named(id=ann.id), "secret of ann", scope, hours=1)
    assert opened.session.project == project


@pytest.mark.parametrize("domain", [Named(id="default"), Named(name="Default")])
@pytest.mark.usefixtures("ann")
def test_the_domain_has_an_id_and_a_name(database: Database, domain: Named) -> None:
    who = Named(name="ann", domain=domain)
    assert accounts.sign_in(database, who, "secret of ann", Scope(domain=domain), hours=1).session.in_domain


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
        accounts.sign_in(database, who, password, Scope(), hours=1)


def test_an_unknown_user_costs_the_same_hash_as_a_known_one() -> None:
    assert not PasswordHasher().check_needs_rehash(accounts._NOBODY)


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
    assert accounts.check_token(database, opened.token) == opened.session
    with pytest.raises(NotAllowed, match="not for a project"):
        accounts.caller(database, opened.token)


@pytest.mark.usefixtures("ann")
def test_a_session_is_told_again_as_it_was_opened(database: Database) -> None:
    opened = sign_in(database, Scope(project=named("blue")), hours=2.5)
    assert accounts.check_token(database, opened.token) == opened.session
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
        accounts.caller(database, old.token)
    sign_in(database, Scope())
    with database.reading() as tx:
        assert tokens.find(tx, accounts._digest(old.token)) is None


@pytest.mark.usefixtures("ann")
def test_a_revoked_token_is_worth_nothing_and_others_stay(database: Database) -> None:
    first, second = (
        sign_in(database, Scope(project=named("blue"))),
        sign_in(database, Scope(project=named("blue"))),
    )
    accounts.revoke(database, first.token)
    with pytest.raises(NotAuthenticated):
        accounts.caller(database, first.token)
    assert accounts.caller(database, second.token).user_name == "ann"


def test_a_role_that_changes_counts_for_tokens_already_given(
    database: Database, project: Project, ann: User
) -> None:
    token = sign_in(database, Scope(project=named("blue"))).token
    accounts.grant(database, ann.id, project.id, Role.READER)
    assert accounts.caller(database, token).role is Role.READER
    assert accounts.projects_of(database, ann.id) == [project]


@given(st.text(max_size=200))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_other_text_is_a_token(database: Database, text: str) -> None:
    with pytest.raises(NotAuthenticated):
        accounts.check_token(database, text)


# ── one token for another ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("ann")
def test_a_token_is_exchanged_for_another_scope_until_the_same_end(
    database: Database, project: Project
) -> None:
    unscoped = sign_in(database, Scope(), hours=3)
    scoped = accounts.exchange(database, unscoped.token, Scope(project=named("blue")))
    assert scoped.session.project == project
    assert scoped.session.expires_at == unscoped.session.expires_at
    assert scoped.token != unscoped.token


@pytest.mark.usefixtures("ann")
def test_a_token_does_not_lead_into_a_project_of_others(database: Database) -> None:
    accounts.add_project(database, "red")
    unscoped = sign_in(database, Scope())
    with pytest.raises(NotAuthenticated, match="no role in that project"):
        accounts.exchange(database, unscoped.token, Scope(project=named("red")))


@pytest.mark.usefixtures("ann")
def test_a_token_that_says_of_itself_what_it_is_not_is_unknown(database: Database) -> None:
    token = sign_in(database, Scope(project=named("blue"))).token
    with pytest.raises(NotAuthenticated):
        accounts.check_token(database, "domain." + token)


# ── accounts ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb", "a\x00b"])
def test_a_name_that_nobody_could_type_is_refused(database: Database, name: str) -> None:
    with pytest.raises(InvalidParameter, match="name"):
        accounts.add_project(database, name)
    with pytest.raises(InvalidParameter, match="name"):
        accounts.add_user(database, name, "secret")


@pytest.mark.parametrize("password", ["", "x" * 1025])
def test_a_password_must_be_one(database: Database, password: str) -> None:
    with pytest.raises(InvalidParameter, match="password"):
        accounts.add_user(database, "ann", password)


@pytest.mark.usefixtures("ann", "project")
def test_a_name_is_taken_once(database: Database) -> None:
    with pytest.raises(InvalidParameter, match="name"):
        accounts.add_project(database, "blue")
    with pytest.raises(InvalidParameter, match="name"):
        accounts.add_user(database, "ann", "other secret")


def test_an_account_comes_with_its_project_if_that_is_new(database: Database, project: Project) -> None:
    bob = accounts.add(database, "bob", "blue", Role.READER, "secret of bob")
    eve = accounts.add(database, "eve", "green", Role.ADMIN, "secret of eve")
    assert (bob.project_id, bob.role) == (project.id, Role.READER)
    assert (eve.project_name, eve.role) == ("green", Role.ADMIN)
    opened = accounts.sign_in(database, named("eve"), "secret of eve", Scope(project=named("green")), hours=1)
    assert accounts.caller(database, opened.token) == eve


@pytest.mark.usefixtures("ann")
def test_an_account_that_cannot_be_made_leaves_no_project_behind(database: Database) -> None:
    with pytest.raises(InvalidParameter, match="name"):
        accounts.add(database, "ann", "purple", Role.READER, "other secret")
    assert accounts.add_project(database, "purple").name == "purple"
