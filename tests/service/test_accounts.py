from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace
from tests.service.people import named

from holdfast.db.database import Database
from holdfast.model.errors import InvalidParameter, NameTaken
from holdfast.model.project import Project, Role
from holdfast.service import accounts, domains, projects, sessions
from holdfast.service.accounts import FirstAdministrator
from holdfast.service.sessions import Scope
from holdfast.service.users import NewUser

# ── the first administrator ─────────────────────────────────────────────────────────────────────────────


def test_the_first_start_makes_a_project_named_after_the_region_and_its_administrator(
    database: Database,
) -> None:
    first = accounts.bootstrap(database, "local-1")
    assert first is not None
    assert (first.project.name, first.user.name) == ("local-1", "admin")
    opened = sessions.sign_in(
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
    opened = sessions.sign_in(database, named("admin"), first.password, Scope(), hours=1)
    assert first.password not in repr(first)
    assert opened.token not in repr(opened)


# ── others ──────────────────────────────────────────────────────────────────────────────────────────────


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
    bob = accounts.add(database, NewUser(name="bob", password="secret of bob"), "blue", Role.READER)
    eve = accounts.add(database, NewUser(name="eve", password="secret of eve"), "green", Role.ADMIN)
    assert (bob.project_id, bob.role) == (project.id, Role.READER)
    assert (eve.project_name, eve.role) == ("green", Role.ADMIN)
    opened = sessions.sign_in(database, named("eve"), "secret of eve", Scope(project=named("green")), hours=1)
    caller = sessions.caller(database, opened.token)
    assert caller == replace(eve, expires_at=caller.expires_at)


@pytest.mark.usefixtures("ann")
def test_an_account_that_cannot_be_made_leaves_no_project_behind(database: Database) -> None:
    with pytest.raises(InvalidParameter, match="name"):
        accounts.add(database, NewUser(name="ann", password="other secret"), "purple", Role.READER)
    assert accounts.add_project(database, "purple").name == "purple"


def test_an_account_of_another_domain_has_its_project_there(database: Database, project: Project) -> None:
    north = domains.add(database, "North")
    asked = NewUser(name="eve", domain_id=north.id, password="secret of eve")
    eve = accounts.add(database, asked, "blue", Role.ADMIN)
    assert (eve.domain_id, eve.project_name) == (north.id, "blue")
    assert eve.project_id != project.id
    assert [one.id for one in projects.in_domain(database, north.id)] == [eve.project_id]


@pytest.mark.usefixtures("ann")
def test_a_name_that_is_taken_is_told_apart(database: Database) -> None:
    with pytest.raises(NameTaken):
        accounts.add_user(database, "ann", "other secret")
