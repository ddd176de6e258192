"""What a caller may know of projects beyond their own."""

import httpx
import pytest
from tests.api.asking import House

from holdfast.db import accounts, domains, projects
from holdfast.db.tables import member
from holdfast.model import clock, ids
from holdfast.model.domain import Domain
from holdfast.model.project import Project, Role

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def get(house: House, path: str, who: str = "admin") -> httpx.Response:
    return house.client.request("GET", f"/v3/{path}", headers={"X-Auth-Token": house.tokens.get(who, "")})


def code(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error_code"]


def test_a_caller_sees_the_projects_of_their_roles(house: House) -> None:
    blue, green = house.world.blue, Project(id=ids.new_project(), name="a green", created_at=clock.now())
    with house.world.db.transaction() as tx:
        projects.add(tx, green)
        admin = accounts.find_user(tx, "default", "admin")
        assert admin is not None
        accounts.grant(tx, admin[0].id, green.id, Role.READER)
    told = get(house, "region-projects").json()
    assert told["links"] == {"self": "http://testserver/v3/region-projects"}
    assert [project["name"] for project in told["projects"]] == ["a green", "blue"]
    assert told["projects"][1] == {
        "id": blue.id,
        "name": "blue",
        "description": "",
        "domain_id": "default",
        "parent_id": "default",
        "enabled": True,
        "is_domain": False,
        "links": {"self": f"http://testserver/identity/v3/projects/{blue.id}"},
    }
    seen = get(house, "region-projects", "reader").json()["projects"]
    assert [project["name"] for project in seen] == ["blue"]


def test_a_caller_asks_whose_project_it_is(house: House) -> None:
    assert get(house, f"domain/{house.world.blue.id}").json() == {
        "project_id": house.world.blue.id,
        "project_name": "blue",
        "domain_id": "default",
        "domain_name": "Default",
    }


def test_of_others_nothing_is_known(house: House) -> None:
    assert code(get(house, f"domain/{house.world.red.id}")) == (404, "BackupService.6302")
    assert code(get(house, "domain/none")) == (404, "BackupService.6302")


def test_whoever_shares_a_backup_is_known_to_the_receiver(house: House) -> None:
    (backup,) = house.world.back_up(house.world.vault(house.world.directory()))
    with house.world.db.transaction() as tx:
        now = clock.now()
        shared = {"id": "m1", "backup_id": backup.id, "project_id": house.world.red.id}
        tx.execute(member.insert().values(**shared, status="pending", created_at=now, updated_at=now))
    told = get(house, f"domain/{house.world.blue.id}", "stranger").json()
    assert (told["project_name"], told["domain_name"]) == ("blue", "Default")


def test_a_domain_tells_the_projects_that_the_caller_may_enter(house: House) -> None:
    own = [{"project_id": house.world.blue.id, "project_name": "blue"}]
    assert get(house, "domain/Default/projects").json() == {"projects": own}


def test_other_domains_are_closed(house: House) -> None:
    with house.world.db.transaction() as tx:
        domains.add(tx, Domain(id="d2", name="Elsewhere", created_at=clock.now()))
    assert code(get(house, "domain/Elsewhere/projects")) == (404, "BackupService.6302")
    assert code(get(house, "domain/Nowhere/projects")) == (404, "BackupService.6302")


def test_nobody_is_told_nothing(house: House) -> None:
    for path in ("region-projects", f"domain/{house.world.blue.id}", "domain/Default/projects"):
        assert code(get(house, path, "")) == (401, "APIGW.0301")
