"""A backup of one project that another one may have."""

from typing import Any

from tests.api.asking import House

from holdfast.db import projects
from holdfast.model import clock, ids
from holdfast.model.project import Project
from holdfast.model.resource import ObjectType, Resource
from holdfast.model.vault import Vault
from holdfast.service import resources
from holdfast.service import vaults as vault_service
from holdfast.service.resources import NewResource, ResourceFilter
from holdfast.service.vaults import NewVault

UNKNOWN = (404, "6200", "The backup does not exist.")


class Sharing:
    """A server's backup of the blue project, and the red project that it is shared with."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
        web = house.world.server(disks=2)
        self.vault = house.world.vault(web, object_type=ObjectType.SERVER)
        self.backup = house.world.back_up_server(self.vault, web)
        self.path = f"/backups/{self.backup.id}"
        self.mine = f"{self.path}/members/{house.world.red.id}"

    def share(self, *project_ids: str) -> list[dict[str, Any]]:
        body = {"members": list(project_ids or (self.house.world.red.id,))}
        reply = self.house.ask("POST", f"{self.path}/members", body)
        assert set(reply) == {"members"}
        shared: list[dict[str, Any]] = reply["members"]
        return shared

    def red_vault(self, **more: Any) -> Vault:
        asked = {"name": "theirs", "object_type": ObjectType.SERVER, "size_gb": 100, **more}
        return vault_service.create(self.house.world.context(project=self.house.world.red), NewVault(**asked))

    def accept(self, vault: Vault) -> dict[str, Any]:
        body = {"status": "accepted", "vault_id": vault.id}
        member: dict[str, Any] = self.house.ask("PUT", self.mine, body, **self.red)["member"]
        return member

    def reject(self) -> dict[str, Any]:
        member: dict[str, Any] = self.house.ask("PUT", self.mine, {"status": "rejected"}, **self.red)[
            "member"
        ]
        return member

    def red_sees(self, **parameters: Any) -> list[str]:
        page = self.house.ask("GET", "/backups", **self.red, **parameters)
        assert page["count"] == len(page["backups"])
        return [one["id"] for one in page["backups"]]

    def red_server(self) -> tuple[Resource, list[Resource]]:
        context = self.house.world.context(project=self.house.world.red)
        paths = [str(self.house.world.image(f"red-{number}.img")) for number in range(2)]
        asked = NewResource(type="server", name="red-web", provider="image_server", settings={"disks": paths})
        server = resources.register(context, asked)
        return server, resources.find(context, ResourceFilter(parent_id=server.id))

    def restore(self, expect: int = 202, **asked: Any) -> Any:
        return self.house.ask("POST", f"{self.path}/restore", {"restore": asked}, expect=expect, **self.red)

    def restore_onto_red(self) -> str:
        server, disks = self.red_server()
        pairs = zip(self.backup.children, disks, strict=True)
        mappings = [{"backup_id": child.id, "volume_id": disk.id} for child, disk in pairs]
        job: str = self.restore(server_id=server.id, mappings=mappings)["job_id"]
        return job


def others(house: House, count: int) -> list[Project]:
    made = [
        Project(id=ids.new_project(), name=f"other {number}", created_at=clock.now())
        for number in range(count)
    ]
    with house.world.db.transaction() as tx:
        for project in made:
            projects.add(tx, project)
    return made
