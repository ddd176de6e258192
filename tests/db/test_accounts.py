from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.db.making import (
    NOON,
    OTHER_PROJECT,
    PROJECT,
    add_project,
    add_projects,
    add_vault,
    later,
    resource,
)

from holdfast.db import accounts, application_credentials, domains, projects, resources, tokens
from holdfast.db.database import Database
from holdfast.db.tables import metadata
from holdfast.db.tokens import StoredToken
from holdfast.model.application_credential import ApplicationCredential
from holdfast.model.domain import Domain
from holdfast.model.errors import InvalidParameter, NameTaken, NotFound, ProjectNotFound
from holdfast.model.project import Project, Role, User

ANNA = User(id="u1", name="anna", created_at=NOON)


def test_projects_are_found_by_name_and_id(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        assert [project.id for project in projects.find(tx)] == [PROJECT, OTHER_PROJECT]
        assert [project.id for project in projects.find(tx, name=f"project {OTHER_PROJECT}")] == [
            OTHER_PROJECT
        ]
        assert projects.find(tx, name="project") == []
        assert projects.get(tx, PROJECT).created_at == NOON
        with pytest.raises(ProjectNotFound):
            projects.get(tx, "nothing")


def test_a_name_is_taken_once_in_a_domain(database: Database) -> None:
    with database.transaction() as tx:
        add_project(tx)
        with pytest.raises(InvalidParameter):
            projects.add(tx, Project(id="p2", name=f"project {PROJECT}", created_at=NOON))
        projects.add(tx, Project(id="p3", name=f"project {PROJECT}", domain_id="elsewhere", created_at=NOON))
        accounts.add_user(tx, ANNA, "hash")
        with pytest.raises(InvalidParameter):
            accounts.add_user(tx, User(id="u2", name="anna", created_at=NOON), "hash")


def test_a_user_is_found_with_the_hash_in_its_own_domain(database: Database) -> None:
    with database.transaction() as tx:
        accounts.add_user(tx, ANNA, "hash")
        accounts.set_password(tx, "u1", "other hash")
        assert accounts.find_user(tx, "default", "anna") == (ANNA, "other hash")
        assert accounts.find_user_by_id(tx, "u1") == (ANNA, "other hash")
        assert accounts.find_user(tx, "elsewhere", "anna") is None
        assert accounts.find_user(tx, "default", "Anna") is None
        assert accounts.get_user(tx, "u1") == ANNA
        with pytest.raises(NotFound):
            accounts.get_user(tx, "nobody")
        with pytest.raises(NotFound):
            accounts.set_password(tx, "nobody", "hash")


def test_a_user_has_one_role_in_each_project(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        accounts.add_user(tx, ANNA, "hash")
        accounts.grant(tx, "u1", OTHER_PROJECT, Role.READER)
        accounts.grant(tx, "u1", PROJECT, Role.READER)
        accounts.grant(tx, "u1", PROJECT, Role.ADMIN)
        found = [(project.id, role) for project, role in accounts.roles(tx, "u1")]
        assert found == [(PROJECT, Role.ADMIN), (OTHER_PROJECT, Role.READER)]
        assert accounts.roles(tx, "nobody") == []


def test_a_role_needs_a_user_and_a_project_that_exist(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as tx:
        accounts.grant(tx, "nobody", "nothing", Role.ADMIN)


def token(digest: str, **given: Any) -> StoredToken:
    values: dict[str, Any] = {"digest": digest, "user_id": "u1", "issued_at": NOON, "expires_at": later(60)}
    return StoredToken(**values | given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"project_id": PROJECT, "methods": ("password", "token")},
        {"domain_id": "default"},
        {
            "project_id": PROJECT,
            "role": Role.READER,
            "methods": ("application_credential",),
            "credential_id": "c1",
        },
    ],
)
def test_a_token_is_kept_as_it_is(database: Database, given: dict[str, Any]) -> None:
    with database.transaction() as tx:
        add_project(tx)
        accounts.add_user(tx, ANNA, "hash")
        tokens.add(tx, token("digest", **given))
        assert tokens.find(tx, "digest") == token("digest", **given)


def test_tokens_are_revoked_by_user_project_or_credential(database: Database) -> None:
    def left() -> set[str]:
        return {name for name in ("of ann", "for p1", "for p2", "of c1") if tokens.find(tx, name)}

    with database.transaction() as tx:
        add_projects(tx)
        accounts.add_user(tx, ANNA, "hash")
        accounts.add_user(tx, User(id="u2", name="bert", created_at=NOON), "hash")
        tokens.add(tx, token("of ann"))
        tokens.add(tx, token("for p1", project_id=PROJECT))
        tokens.add(tx, token("for p2", project_id=OTHER_PROJECT, user_id="u2"))
        tokens.add(tx, token("of c1", user_id="u2", credential_id="c1"))
        tokens.revoke_of_credential(tx, "c1")
        assert left() == {"of ann", "for p1", "for p2"}
        tokens.revoke_for_project(tx, OTHER_PROJECT)
        assert left() == {"of ann", "for p1"}
        tokens.revoke_of_user(tx, "u1", PROJECT)
        assert left() == {"of ann"}
        tokens.revoke_of_user(tx, "u1")
        assert left() == set()


def test_a_user_is_renamed_and_switched_off_but_not_to_a_name_that_is_taken(database: Database) -> None:
    with database.transaction() as tx:
        accounts.add_user(tx, ANNA, "hash")
        accounts.add_user(tx, User(id="u2", name="bert", created_at=NOON), "hash")
        changed = User(id="u1", name="anne", enabled=False, created_at=NOON)
        accounts.change_user(tx, changed)
        assert accounts.get_user(tx, "u1") == changed
        assert [user.name for user in accounts.users(tx, domain_id="default")] == ["anne", "bert"]
        assert accounts.users(tx, domain_id="elsewhere") == []
    with pytest.raises(NameTaken), database.transaction() as tx:
        accounts.change_user(tx, User(id="u1", name="bert", created_at=NOON))


def test_a_project_is_changed_but_not_to_a_name_that_is_taken(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        changed = replace(projects.get(tx, PROJECT), name="new", description="for tests", enabled=False)
        projects.change(tx, changed)
        assert projects.get(tx, PROJECT) == changed
    with pytest.raises(NameTaken), database.transaction() as tx:
        projects.change(tx, replace(changed, name=f"project {OTHER_PROJECT}"))


def test_who_has_which_role_is_told_by_domain_user_and_project(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        away = Project(id="p3", name="away", domain_id="elsewhere", created_at=NOON)
        projects.add(tx, away)
        accounts.add_user(tx, ANNA, "hash")
        eve = User(id="u2", name="eve", domain_id="elsewhere", created_at=NOON)
        accounts.add_user(tx, eve, "hash")
        accounts.grant(tx, "u1", PROJECT, Role.ADMIN)
        accounts.grant(tx, "u1", OTHER_PROJECT, Role.READER)
        accounts.grant(tx, "u2", "p3", Role.ADMIN)
        ours = accounts.assignments(tx, domain_id="default")
        assert [(one.user, one.project.id, one.role) for one in ours] == [
            (ANNA, PROJECT, Role.ADMIN),
            (ANNA, OTHER_PROJECT, Role.READER),
        ]
        assert [one.project.id for one in accounts.assignments(tx, user_id="u2")] == ["p3"]
        assert [one.role for one in accounts.assignments(tx, project_id=PROJECT)] == [Role.ADMIN]
        accounts.revoke(tx, "u1", PROJECT)
        assert accounts.role(tx, "u1", PROJECT) is None
        assert accounts.role(tx, "u1", OTHER_PROJECT) is Role.READER


def test_what_belongs_to_a_project_that_is_not_used_goes_with_it(database: Database) -> None:
    with database.transaction() as tx:
        add_project(tx)
        accounts.add_user(tx, ANNA, "hash")
        accounts.grant(tx, "u1", PROJECT, Role.ADMIN)
        resources.put(tx, resource())
        assert not projects.is_used(tx, PROJECT)
        projects.remove(tx, PROJECT)
        assert projects.find(tx) == []
        assert accounts.roles(tx, "u1") == []


def test_all_that_belongs_to_a_project_goes_with_it_or_keeps_it() -> None:
    """A table that names projects and is new must say which."""
    staying = {
        table.name
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "project" and key.ondelete is None
    }
    assert staying == {table.name for table in (*projects.GOING, *projects.STAYING)} - {"work"}


def test_a_project_with_a_vault_is_used(database: Database) -> None:
    with database.transaction() as tx:
        add_project(tx)
        add_vault(tx)
        assert projects.is_used(tx, PROJECT)


def test_a_domain_is_found_by_id_and_name_and_is_empty_until_somebody_is_in_it(database: Database) -> None:
    north = Domain(id="d1", name="North", created_at=NOON)
    with database.transaction() as tx:
        domains.add(tx, north)
        assert [one.name for one in domains.find(tx)] == ["Default", "North"]
        assert domains.find(tx, name="North") == domains.find(tx, domain_id="d1") == [north]
        assert domains.find(tx, domain_id="d1", name="Default") == []
        assert domains.is_empty(tx, "d1")
        accounts.add_user(tx, User(id="u1", name="anna", domain_id="d1", created_at=NOON), "hash")
        assert not domains.is_empty(tx, "d1")
        accounts.remove_user(tx, "u1")
        domains.remove(tx, "d1")
        with pytest.raises(NotFound):
            domains.get(tx, "d1")
        with pytest.raises(NameTaken):
            domains.add(tx, Domain(id="d2", name="Default", created_at=NOON))


def test_an_application_credential_is_kept_for_its_user_and_project(database: Database) -> None:
    credential = ApplicationCredential(
        id="c1", user_id="u1", project_id=PROJECT, name="robot", role=Role.READER, created_at=NOON
    )
    with database.transaction() as tx:
        add_projects(tx)
        accounts.add_user(tx, ANNA, "hash")
        application_credentials.add(tx, credential, "hash of it")
        assert application_credentials.find(tx, "c1") == (credential, "hash of it")
        assert application_credentials.of_user(tx, "u1") == [credential]
        assert application_credentials.of_user(tx, "u1", name="other") == []
        application_credentials.remove_of_user(tx, "u1", OTHER_PROJECT)
        assert application_credentials.of_user(tx, "u1", name="robot") == [credential]
        with pytest.raises(NameTaken):
            application_credentials.add(tx, replace(credential, id="c2"), "hash")
        application_credentials.remove_of_user(tx, "u1", PROJECT)
        assert application_credentials.find(tx, "c1") is None


def test_a_token_is_known_until_it_is_revoked_or_trimmed(database: Database) -> None:
    with database.transaction() as tx:
        add_project(tx)
        accounts.add_user(tx, ANNA, "hash")
        for number in range(3):
            tokens.add(tx, token(f"digest {number}", project_id=PROJECT, expires_at=later(number)))
        found = tokens.find(tx, "digest 1")
        assert found is not None
        tokens.revoke(tx, "digest 1")
        tokens.revoke(tx, "digest 1")
        tokens.trim(tx, later(2))
        assert [tokens.find(tx, f"digest {number}") is not None for number in range(3)] == [
            False,
            False,
            True,
        ]
