"""Users, projects, domains and roles: who is made, changed and removed, within one domain."""

import pytest
from msgspec.structs import replace
from tests.service.people import enrol, named
from tests.service.world import World

from holdfast.config import ConfigError, ConfiguredResource
from holdfast.db.database import Database
from holdfast.model.errors import (
    InvalidParameter,
    NameTaken,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    ProjectNotFound,
    StillInUse,
)
from holdfast.model.project import Caller, Project, Role, User
from holdfast.service import domains, projects, resources, roles, sessions, users
from holdfast.service.attempts import Attempts
from holdfast.service.context import Context
from holdfast.service.projects import NewProject, ProjectChange
from holdfast.service.resources import NewResource
from holdfast.service.sessions import Scope
from holdfast.service.users import NewUser, UserChange

HOME = "default"


def may_sign_in(database: Database, name: str, password: str) -> bool:
    try:
        sessions.sign_in(database, named(name), password, Scope(), hours=1)
    except NotAuthenticated:
        return False
    return True


# ── users ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_user_is_made_found_changed_and_removed(database: Database) -> None:
    bert = users.add(database, NewUser(name="bert", password="secret"))
    assert users.in_domain(database, HOME) == [bert]
    assert users.named(database, HOME, "bert") == users.named(database, HOME, bert.id) == bert
    assert may_sign_in(database, "bert", "secret")
    changed = users.change(database, HOME, bert.id, UserChange(name="robert", password="new secret"))
    assert users.show(database, HOME, bert.id) == changed
    assert may_sign_in(database, "robert", "new secret")
    users.remove(database, HOME, bert.id)
    assert users.in_domain(database, HOME) == []
    assert not may_sign_in(database, "robert", "new secret")


def test_a_user_may_be_made_disabled(database: Database) -> None:
    users.add(database, NewUser(name="bert", password="secret", enabled=False))
    assert not may_sign_in(database, "bert", "secret")


def test_a_change_of_a_user_that_is_refused_changes_nothing(database: Database, ann: User) -> None:
    enrol(database, "bert", "secret of bert")
    for asked, field in (
        (UserChange(name="bert", password="new secret"), "name"),
        (UserChange(name="", enabled=False), "name"),
        (UserChange(password="", enabled=False), "password"),
    ):
        with pytest.raises(InvalidParameter) as refused:
            users.change(database, HOME, ann.id, asked)
        assert refused.value.field == field
    assert users.show(database, HOME, ann.id) == ann
    assert may_sign_in(database, "ann", "secret of ann")


def test_whoever_knows_their_password_changes_it(database: Database, ann: User) -> None:
    with pytest.raises(NotAuthenticated, match="original"):
        users.change_own_password(database, Attempts(), ann, ("wrong", "new secret"))
    with pytest.raises(InvalidParameter):
        users.change_own_password(database, Attempts(), ann, ("secret of ann", ""))
    users.change_own_password(database, Attempts(), ann, ("secret of ann", "new secret"))
    assert may_sign_in(database, "ann", "new secret")
    assert not may_sign_in(database, "ann", "secret of ann")


def test_a_user_of_another_domain_is_not_there(database: Database, ann: User) -> None:
    north = domains.add(database, "North")
    with pytest.raises(NotFound):
        users.show(database, north.id, ann.id)
    with pytest.raises(NotFound):
        users.change(database, north.id, ann.id, UserChange(enabled=False))
    with pytest.raises(NotFound):
        users.remove(database, north.id, ann.id)
    with pytest.raises(NotFound):
        users.named(database, north.id, "ann")
    assert users.in_domain(database, north.id) == []


# ── projects ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_project_is_made_found_changed_and_removed(database: Database) -> None:
    blue = projects.add(database, NewProject(name="blue", description="of the sea"))
    assert projects.named(database, HOME, "blue") == projects.show(database, HOME, blue.id) == blue
    changed = projects.change(database, HOME, blue.id, ProjectChange(name="navy", description=""))
    assert (changed.name, changed.description, changed.enabled) == ("navy", "", True)
    assert projects.in_domain(database, HOME, name="navy") == [changed]
    projects.remove(database, HOME, blue.id)
    assert projects.in_domain(database, HOME) == []
    with pytest.raises(ProjectNotFound):
        projects.named(database, HOME, "navy")


def test_what_is_no_project_is_refused_by_name(database: Database, project: Project) -> None:
    other = projects.add(database, NewProject(name="other"))
    with pytest.raises(NameTaken):
        projects.change(database, HOME, other.id, ProjectChange(name="blue"))
    for asked, field in (
        (ProjectChange(name=" "), "name"),
        (ProjectChange(description="x" * 256), "description"),
    ):
        with pytest.raises(InvalidParameter) as refused:
            projects.change(database, HOME, project.id, asked)
        assert refused.value.field == field


def test_a_project_with_a_vault_is_not_removed(world: World) -> None:
    world.vault()
    with pytest.raises(StillInUse, match="has vaults"):
        projects.remove(world.db, HOME, world.blue.id)
    world.directory()
    projects.remove(world.db, HOME, world.red.id)


def test_a_project_that_never_had_a_vault_goes_with_its_resources(world: World) -> None:
    world.directory()
    projects.remove(world.db, HOME, world.blue.id)
    assert projects.in_domain(world.db, HOME) == [world.red]


def test_a_project_of_another_domain_is_not_there(database: Database, project: Project) -> None:
    north = domains.add(database, "North")
    with pytest.raises(ProjectNotFound):
        projects.show(database, north.id, project.id)
    with pytest.raises(ProjectNotFound):
        projects.change(database, north.id, project.id, ProjectChange(enabled=False))
    with pytest.raises(ProjectNotFound):
        projects.remove(database, north.id, project.id)


# ── roles ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_role_is_granted_instead_of_another_and_taken_back(
    database: Database, ann: User, project: Project
) -> None:
    roles.grant(database, HOME, ann.id, project.id, Role.READER)
    assert roles.of_user(database, HOME, ann.id, project.id) is Role.READER
    with pytest.raises(NotFound, match="such role of ann"):
        roles.revoke(database, HOME, ann.id, project.id, Role.OPERATOR)
    roles.revoke(database, HOME, ann.id, project.id, Role.READER)
    assert roles.of_user(database, HOME, ann.id, project.id) is None
    with pytest.raises(NotFound, match="such role of ann"):
        roles.revoke(database, HOME, ann.id, project.id)


def test_nobody_gets_a_role_in_a_project_of_another_domain(database: Database, ann: User) -> None:
    north = domains.add(database, "North")
    away = projects.add(database, NewProject(name="away", domain_id=north.id))
    for domain_id in (HOME, north.id):
        with pytest.raises(NotFound):
            roles.grant(database, domain_id, ann.id, away.id, Role.ADMIN)
    assert roles.assignments(database, north.id) == []


def test_a_role_has_an_id_and_no_other_id_is_one() -> None:
    assert [roles.of_id(roles.id_of(role)) for role in Role] == list(Role)
    with pytest.raises(NotFound):
        roles.of_id("admin")


@pytest.mark.parametrize("role", Role)
def test_no_role_is_more_than_itself_within_another(role: Role) -> None:
    assert role.within(Role.ADMIN) is role
    assert role.within(Role.READER) is Role.READER
    assert Role.ADMIN.within(role) is role


# ── domains ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_domain_is_removed_when_it_is_empty(database: Database) -> None:
    north = domains.add(database, "North")
    assert [domain.name for domain in domains.every(database)] == ["Default", "North"]
    assert domains.named(database, "North") == domains.named(database, north.id) == north
    eve = users.add(database, NewUser(name="eve", domain_id=north.id))
    with pytest.raises(StillInUse):
        domains.remove(database, north.id)
    users.remove(database, north.id, eve.id)
    domains.remove(database, north.id)
    with pytest.raises(NotFound):
        domains.named(database, "North")
    with pytest.raises(NotFound):
        domains.remove(database, north.id)


def test_the_default_domain_stays_and_no_name_is_taken_twice(database: Database) -> None:
    with pytest.raises(InvalidParameter, match="stays"):
        domains.remove(database, HOME)
    with pytest.raises(NameTaken):
        domains.add(database, "Default")
    with pytest.raises(InvalidParameter, match="name"):
        domains.add(database, "")


# ── the machine ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_project_of_another_domain_does_not_get_what_is_configured_by_taking_a_name(world: World) -> None:
    folder = world.folder / "mail"
    folder.mkdir()
    north = domains.add(world.db, "North")
    away = projects.add(world.db, NewProject(name="office", domain_id=north.id))
    asked = ConfiguredResource(
        type="directory", name="mail", provider="directory", project="office", settings={"path": str(folder)}
    )
    with pytest.raises(ConfigError, match="no project office"):
        resources.register_configured(world.db, replace(world.config, resources=(asked,)))
    by_id = replace(asked, project=away.id)
    (found,) = resources.register_configured(world.db, replace(world.config, resources=(by_id,)))
    assert found.project_id == away.id


def test_an_administrator_of_another_domain_does_not_reach_the_machine(world: World) -> None:
    caller = Caller(
        user_id="u2",
        user_name="eve",
        project_id=world.red.id,
        project_name="red",
        domain_id="elsewhere",
        role=Role.ADMIN,
    )
    away = Context(db=world.db, config=world.config, caller=caller, request_id="r", wake=lambda: None)
    asked = NewResource(type="directory", name="etc", provider="directory", settings={"path": "/etc"})
    with pytest.raises(NotAllowed, match="default domain"):
        resources.register(away, asked)
    with pytest.raises(NotAllowed, match="default domain"):
        resources.forget(away, "anything")
