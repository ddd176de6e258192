"""Restoring what another project shares, on the wire."""

from pathlib import Path
from typing import Any

import pytest
from tests.api.asking import House
from tests.api.sharing import UNKNOWN, Sharing

from holdfast.db import backups, tasks, work
from holdfast.model.backup import Backup
from holdfast.model.task import Ending, RestoreDetail, Status

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def sharing(house: House) -> Sharing:
    return Sharing(house)


def test_a_shared_backup_is_restored_onto_what_is_the_receivers(sharing: Sharing) -> None:
    sharing.share()
    vault = sharing.red_vault()
    sharing.accept(vault)
    job = sharing.restore_onto_red()
    task = sharing.house.ask("GET", f"/operation-logs/{job}", **sharing.red)["operation_log"]
    assert (task["operation_type"], task["status"]) == ("restore", "waiting")
    assert (task["project_id"], task["vault_id"]) == (sharing.house.world.red.id, vault.id)
    assert task["extra_info"]["restore"]["target_resource_name"] == "red-web"
    assert sharing.vault.id not in str(task)
    assert sharing.house.ask("GET", sharing.path, **sharing.red)["backup"]["status"] == "waiting_restore"
    assert sharing.red_sees(own_type="shared", status="waiting_restore") == [sharing.backup.id]
    # Nothing of it is the owner's business, but that the backup is in use.
    assert sharing.house.ask("GET", sharing.path)["backup"]["status"] == "available"
    assert sharing.house.ask("GET", "/backups")["backups"][0]["status"] == "available"
    assert sharing.house.ask("GET", "/operation-logs", operation_type="restore")["count"] == 0
    shown = sharing.house.ask("GET", f"/vaults/{sharing.vault.id}")["vault"]
    assert shown["resources"][0]["protect_status"] == "available"
    in_use = (400, "6216", "The backup cannot be deleted because it is in use.")
    assert sharing.house.refused("DELETE", sharing.path) == in_use


def test_a_shared_backup_never_goes_to_what_is_the_owners(sharing: Sharing) -> None:
    sharing.share()
    sharing.accept(sharing.red_vault())

    def refused(**asked: Any) -> tuple[int, str, str]:
        return sharing.house.refused("POST", f"{sharing.path}/restore", {"restore": asked}, **sharing.red)

    web, child = sharing.backup.resource_id, sharing.backup.children[0]
    nowhere = refused()
    assert nowhere[:2] == (400, "9900")
    assert nowhere[2].startswith("Parameter verification failed. restore.server_id: ")
    assert refused(server_id=web)[:2] == (404, "7100")
    assert refused(resource_id=web)[:2] == (404, "7100")
    server, (disk, _) = sharing.red_server()
    owners = [{"backup_id": child.id, "volume_id": child.resource_id}]
    assert refused(server_id=server.id, mappings=owners)[:2] == (404, "7000")
    assert refused(server_id=server.id)[:2] == (400, "9900")
    path = f"/backups/{child.id}/restore"
    body = {"restore": {"volume_id": child.resource_id}}
    assert sharing.house.refused("POST", path, body, **sharing.red)[:2] == (404, "7000")
    body = {"restore": {"volume_id": disk.id}}
    sharing.house.ask("POST", path, body, expect=202, **sharing.red)
    with sharing.house.world.db.reading() as tx:
        assert work.unfinished(tx, sharing.house.world.blue.id) == []


def test_a_shared_backup_may_go_to_a_folder(sharing: Sharing) -> None:
    sharing.share()
    sharing.accept(sharing.red_vault())
    job = sharing.restore(details={"destination_path": str(sharing.house.world.folder / "restored")})[
        "job_id"
    ]
    with sharing.house.world.db.reading() as tx:
        detail = tasks.get(tx, sharing.house.world.red.id, job).detail
    assert isinstance(detail, RestoreDetail)
    assert (detail.target_resource_id, detail.source_vault_id) == ("", sharing.vault.id)


def test_removing_a_member_ends_its_access_and_stops_what_it_restores(sharing: Sharing) -> None:
    sharing.share()
    sharing.accept(sharing.red_vault())
    job = sharing.restore_onto_red()
    sharing.house.ask("DELETE", sharing.mine, expect=204)
    assert sharing.house.refused("GET", sharing.path, **sharing.red) == UNKNOWN
    assert sharing.red_sees(own_type="shared") == []
    assert sharing.house.refused("GET", sharing.mine)[:2] == (404, "6705")
    with sharing.house.world.db.transaction() as tx:
        claim = work.claim(tx, job, "w1")
        assert claim is not None
        assert claim.cancel_requested
        work.finish(tx, job, claim.epoch, Ending(status=Status.FAILED))
    sharing.house.ask("DELETE", sharing.path, expect=204)


def test_whoever_deletes_a_backup_takes_it_from_everybody(sharing: Sharing) -> None:
    sharing.share()
    sharing.accept(sharing.red_vault())
    sharing.house.ask("DELETE", sharing.path, expect=204)
    assert sharing.red_sees(own_type="shared", status="waiting_delete") == [sharing.backup.id]
    assert sharing.house.ask("GET", sharing.path, **sharing.red)["backup"]["status"] == "waiting_delete"
    with sharing.house.world.db.transaction() as tx:
        backups.remove(tx, sharing.backup.id)
    assert sharing.house.refused("GET", sharing.path, **sharing.red) == UNKNOWN
    assert sharing.house.refused("GET", sharing.mine, **sharing.red) == UNKNOWN


def test_a_doomed_vault_of_either_side_restores_nothing(sharing: Sharing) -> None:
    sharing.share()
    vault = sharing.red_vault()
    sharing.accept(vault)
    server, disks = sharing.red_server()
    mappings = [{"backup_id": sharing.backup.children[0].id, "volume_id": disks[0].id}]
    body = {"restore": {"server_id": server.id, "mappings": mappings}}
    sharing.house.ask("DELETE", f"/vaults/{vault.id}", expect=204, **sharing.red)
    assert sharing.house.refused("POST", f"{sharing.path}/restore", body, **sharing.red)[:2] == (400, "6202")
    sharing.accept(sharing.red_vault(name="another"))
    sharing.house.ask("DELETE", f"/vaults/{sharing.vault.id}", expect=204)
    assert sharing.red_sees(own_type="shared", status="waiting_delete") == [sharing.backup.id]
    assert sharing.house.refused("POST", f"{sharing.path}/restore", body, **sharing.red)[:2] == (400, "6202")


def test_a_target_that_is_too_small_is_refused_for_a_receiver_too(sharing: Sharing) -> None:
    sharing.share()
    sharing.accept(sharing.red_vault())
    server, disks = sharing.red_server()
    with Path(disks[0].settings["path"]).open("r+b") as image:
        image.truncate(1 << 20)
    mappings = [{"backup_id": sharing.backup.children[0].id, "volume_id": disks[0].id}]
    body = {"restore": {"server_id": server.id, "mappings": mappings}}
    assert sharing.house.refused("POST", f"{sharing.path}/restore", body, **sharing.red)[:2] == (400, "2001")


def test_the_owners_and_the_receivers_restores_are_each_their_own(sharing: Sharing) -> None:
    sharing.share()
    sharing.accept(sharing.red_vault())
    sharing.restore_onto_red()
    own: Backup = sharing.backup
    sharing.house.ask("POST", f"/backups/{own.id}/restore", {"restore": {}}, expect=202)
    again = sharing.house.refused("POST", f"{sharing.path}/restore", {"restore": {}}, **sharing.red)
    assert again[:2] == (400, "2010")
