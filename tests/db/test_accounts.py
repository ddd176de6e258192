import pytest
import sqlalchemy as sa
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_project, add_projects, later

from holdfast.db import accounts, projects, tokens
from holdfast.db.database import Database
from holdfast.model.errors import InvalidParameter, NotFound, ProjectNotFound
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


def test_a_token_is_known_until_it_is_revoked_or_trimmed(database: Database) -> None:
    with database.transaction() as tx:
        add_project(tx)
        accounts.add_user(tx, ANNA, "hash")
        for number in range(3):
            tokens.add(tx, f"digest {number}", "u1", PROJECT if number else None, NOON, later(number))
        assert tokens.find(tx, "digest 0") == tokens.StoredToken(
            digest="digest 0", user_id="u1", project_id=None, issued_at=NOON, expires_at=NOON
        )
        found = tokens.find(tx, "digest 1")
        assert found is not None
        assert found.project_id == PROJECT
        tokens.revoke(tx, "digest 1")
        tokens.revoke(tx, "digest 1")
        tokens.trim(tx, later(2))
        assert [tokens.find(tx, f"digest {number}") is not None for number in range(3)] == [
            False,
            False,
            True,
        ]
