"""Sharing on the wire, between two projects: what the owner does, and what the receiver."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.api.sharing import UNKNOWN, Sharing, others

from holdfast.db import projects, vaults
from holdfast.model import clock, ids
from holdfast.model.project import Project
from holdfast.model.resource import ObjectType
from holdfast.model.vault import Vault

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def sharing(house: House) -> Sharing:
    return Sharing(house)


# ── the owner ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_share_waits_for_its_receiver(sharing: Sharing) -> None:
    (shared,) = sharing.share()
    for name in ("created_at", "updated_at"):
        assert len(shared[name]) == len("2025-03-25T06:32:07.951164")
    assert shared == {
        "id": shared["id"],
        "backup_id": sharing.backup.id,
        "dest_project_id": sharing.house.world.red.id,
        "vault_id": None,
        "image_id": None,
        "status": "pending",
        "created_at": shared["created_at"],
        "updated_at": shared["updated_at"],
    }
    listed = sharing.house.ask("GET", f"{sharing.path}/members")
    assert listed == {"members": [shared], "count": 1, "limit": 1000, "offset": 0}
    assert sharing.house.ask("GET", sharing.mine) == {"member": shared}
    assert sharing.house.ask("GET", f"{sharing.path}/members/{shared['id']}") == {"member": shared}


def test_members_are_found_by_every_filter(sharing: Sharing) -> None:
    house = sharing.house
    one, two = others(house, 2)
    (first,) = sharing.share(one.id)
    second, third = sharing.share(two.id, house.world.red.id)
    vault = sharing.red_vault()
    sharing.accept(vault)

    def found(**parameters: Any) -> list[str]:
        page = house.ask("GET", f"{sharing.path}/members", **parameters)
        return [member["id"] for member in page["members"]]

    assert sorted(found()) == sorted([first["id"], second["id"], third["id"]])
    assert found(dest_project_id=one.id) == [first["id"]]
    assert found(status="accepted") == found(vault_id=vault.id) == [third["id"]]
    assert sorted(found(status="pending")) == sorted([first["id"], second["id"]])
    assert found(status="rejected") == found(image_id="x") == []
    assert found(sort="created_at:asc")[0] == first["id"]
    assert found(sort="updated_at")[0] == third["id"]
    assert found(sort="id") == sorted(found(), reverse=True)
    ordered = sorted([one.id, two.id, house.world.red.id])
    page = house.ask("GET", f"{sharing.path}/members", sort="dest_project_id:asc", limit=2)
    assert [member["dest_project_id"] for member in page["members"]] == ordered[:2]
    assert page["count"] == 3
    last = page["members"][-1]["id"]
    rest = house.ask("GET", f"{sharing.path}/members", sort="dest_project_id:asc", marker=last)
    assert [member["dest_project_id"] for member in rest["members"]] == ordered[2:]
    assert found(offset=3) == []
    for name, value in (("sort", "size"), ("status", "x"), ("limit", "0"), ("marker", "x")):
        status, code, message = house.refused("GET", f"{sharing.path}/members", **{name: value})
        assert (status, code) == (400, "9900")
        assert message.startswith(f"Parameter verification failed. {name}: ")


def test_only_servers_backups_are_shared(sharing: Sharing) -> None:
    house = sharing.house
    (files,) = house.world.back_up(house.world.vault(house.world.directory()))
    body = {"members": [house.world.red.id]}
    only_servers = (400, "6700", "Only cloud server backups can be shared.")
    assert house.refused("POST", f"/backups/{files.id}/members", body) == only_servers
    child = sharing.backup.children[0]
    assert house.refused("POST", f"/backups/{child.id}/members", body) == only_servers


def test_only_an_available_backup_is_shared(sharing: Sharing) -> None:
    (task,) = sharing.house.world.start(sharing.vault)
    body = {"members": [sharing.house.world.red.id]}
    refusal = sharing.house.refused("POST", f"/backups/{task.backup_id}/members", body)
    assert refusal == (400, "6702", "Only backups in the Available status can be shared.")


def test_a_doomed_vault_shares_nothing(sharing: Sharing) -> None:
    sharing.house.ask("DELETE", f"/vaults/{sharing.vault.id}", expect=204)
    refusal = sharing.house.refused(
        "POST", f"{sharing.path}/members", {"members": [sharing.house.world.red.id]}
    )
    assert refusal == (400, "6712", "Backup sharing is not allowed in the current vault status.")


def test_a_receiver_is_another_project_that_there_is(sharing: Sharing) -> None:
    for stranger in ("nobody", sharing.house.world.blue.id):
        body = {"members": [sharing.house.world.red.id, stranger]}
        refusal = sharing.house.refused("POST", f"{sharing.path}/members", body)
        assert refusal == (400, "6704", "Invalid project ID of the tenant for sharing.")
    assert sharing.house.ask("GET", f"{sharing.path}/members")["count"] == 0


def test_a_backup_is_shared_with_a_project_once(sharing: Sharing) -> None:
    sharing.share()
    again = {"members": [sharing.house.world.red.id]}
    (other,) = others(sharing.house, 1)
    twice = {"members": [other.id, other.id]}
    for body in (again, twice):
        refusal = sharing.house.refused("POST", f"{sharing.path}/members", body)
        assert refusal == (400, "6714", "A shared backup cannot be shared to the same member again.")
    sharing.house.ask("DELETE", sharing.mine, expect=204)
    sharing.share()


def test_a_backup_is_shared_with_ten_projects_at_most(sharing: Sharing) -> None:
    many = [project.id for project in others(sharing.house, 11)]
    too_many = (400, "6701", "The maximum number of backups that can be shared has been reached.")
    assert sharing.house.refused("POST", f"{sharing.path}/members", {"members": many}) == too_many
    sharing.share(*many[:10])
    assert sharing.house.refused("POST", f"{sharing.path}/members", {"members": many[10:]}) == too_many


def test_a_domain_stands_for_all_its_projects(sharing: Sharing) -> None:
    reply = sharing.house.ask(
        "POST", f"{sharing.path}/members", {"domains": [sharing.house.world.red.domain_id]}
    )
    assert [member["dest_project_id"] for member in reply["members"]] == [sharing.house.world.red.id]
    refusal = sharing.house.refused("POST", f"{sharing.path}/members", {"domains": ["nowhere"]})
    assert refusal[:2] == (400, "6704")


def test_another_domain_does_not_tell_its_projects(sharing: Sharing) -> None:
    far = Project(id=ids.new_project(), name="far", domain_id="elsewhere", created_at=clock.now())
    with sharing.house.world.db.transaction() as tx:
        projects.add(tx, far)
    refusal = sharing.house.refused("POST", f"{sharing.path}/members", {"domains": ["elsewhere"]})
    assert refusal[:2] == (400, "6704")
    (member,) = sharing.share(far.id)
    assert member["dest_project_id"] == far.id


def test_a_malformed_share_is_400_and_named(sharing: Sharing) -> None:
    for body, named in [
        ({}, "members"), ({"members": []}, "members"), ({"members": "p"}, "members"),
        ({"members": [5]}, "members[0]"), ({"members": [""]}, "members[0]"), ({"domains": 5}, "domains"),
    ]:  # fmt: skip
        status, code, message = sharing.house.refused("POST", f"{sharing.path}/members", body)
        assert (status, code) == (400, "9900")
        assert message.startswith(f"Parameter verification failed. {named}: "), message


def test_a_reader_shares_and_accepts_nothing(sharing: Sharing) -> None:
    body = {"members": [sharing.house.world.red.id]}
    forbidden = (403, "8600", "Not authenticated.")
    assert sharing.house.refused("POST", f"{sharing.path}/members", body, who="reader") == forbidden
    sharing.share()
    assert sharing.house.refused("DELETE", sharing.mine, who="reader") == forbidden
    assert sharing.house.ask("GET", sharing.mine, who="reader")["member"]["status"] == "pending"


def test_an_unknown_member_and_an_unknown_backup_are_404(sharing: Sharing) -> None:
    missing = (404, "6705", "The share member does not exist.")
    for method, body in (("GET", None), ("DELETE", None)):
        assert sharing.house.refused(method, sharing.mine, body) == missing
        assert sharing.house.refused(method, "/backups/x/members/y", body) == UNKNOWN
    assert sharing.house.refused("GET", "/backups/x/members") == UNKNOWN
    assert sharing.house.refused("POST", "/backups/x/members", {"members": ["p"]}) == UNKNOWN


def test_the_owner_answers_for_nobody(sharing: Sharing) -> None:
    sharing.share()
    refusal = sharing.house.refused("PUT", sharing.mine, {"status": "rejected"})
    assert refusal == (403, "8600", "Not authenticated.")


# ── the receiver ────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_accepted_is_the_receivers_to_see(sharing: Sharing) -> None:
    sharing.share()
    vault = sharing.red_vault()
    accepted = sharing.accept(vault)
    assert (accepted["status"], accepted["vault_id"]) == ("accepted", vault.id)
    shown = sharing.house.ask("GET", sharing.path, **sharing.red)["backup"]
    own = sharing.house.ask("GET", sharing.path)["backup"]
    assert shown["vault_id"] == vault.id
    assert own["vault_id"] == sharing.vault.id
    for one in (shown, own):
        parts = (one, *one["children"])
        snapshots = {part["extend_info"].pop("snapshot_id") for part in parts}
        assert (snapshots == {None}) is (one is shown)
        for part in parts:
            part.pop("vault_id")
    assert shown.pop("holdfast") != own.pop("holdfast")  # why it is kept is its owner's business
    assert shown == own
    assert shown["project_id"] == sharing.house.world.blue.id
    assert shown["extend_info"]["contain_system_disk"] is True
    child = shown["children"][0]["id"]
    assert sharing.house.ask("GET", f"/backups/{child}", **sharing.red)["backup"]["id"] == child
    metadata = sharing.house.ask("GET", f"{sharing.path}/metadata", **sharing.red)
    assert metadata["backup_id"] == sharing.backup.id


def test_shared_backups_are_listed_where_they_are_asked_for(sharing: Sharing) -> None:
    sharing.share()
    assert sharing.red_sees(own_type="shared") == sharing.red_sees(own_type="all_granted") == []
    assert sharing.red_sees(own_type="shared", member_status="pending") == [sharing.backup.id]
    vault = sharing.red_vault()
    sharing.accept(vault)
    only = [sharing.backup.id]
    assert sharing.red_sees() == sharing.red_sees(own_type="private") == []
    assert sharing.red_sees(own_type="shared") == sharing.red_sees(own_type="all_granted") == only
    assert sharing.red_sees(own_type="shared", member_status="accepted") == only
    assert sharing.red_sees(own_type="shared", member_status="rejected") == []
    assert sharing.red_sees(own_type="shared", vault_id=vault.id) == only
    assert sharing.red_sees(own_type="shared", vault_id=sharing.vault.id) == []
    assert sharing.red_sees(own_type="shared", used_percent="1") == []
    assert sharing.red_sees(own_type="shared", status="available", name=sharing.backup.name) == only
    page = sharing.house.ask("GET", "/backups", **sharing.red, own_type="shared", marker=sharing.backup.id)
    assert page["backups"] == []
    disks = sorted(child.id for child in sharing.backup.children)
    assert sorted(sharing.red_sees(own_type="shared", parent_id=sharing.backup.id)) == disks
    assert sharing.red_sees(parent_id=sharing.backup.id) == []
    shared_out = sharing.house.ask("GET", "/backups", member_status="accepted")["backups"]
    assert [one["id"] for one in shared_out] == only
    assert sharing.house.ask("GET", "/backups", member_status="pending")["count"] == 0
    assert sharing.house.ask("GET", "/backups", own_type="shared")["count"] == 0
    assert sharing.house.ask("GET", "/backups", own_type="all_granted")["count"] == 1


def test_an_offer_is_listed_without_what_is_in_it(sharing: Sharing) -> None:
    sharing.share()
    page = sharing.house.ask("GET", "/backups", **sharing.red, own_type="shared", member_status="pending")
    (offer,) = page["backups"]
    assert (offer["vault_id"], offer["children"]) == (None, [])


def test_nothing_is_to_be_had_before_it_is_accepted_or_after_it_is_rejected(sharing: Sharing) -> None:
    sharing.share()

    def is_closed() -> bool:
        return all(
            sharing.house.refused(method, path, body, **sharing.red) == UNKNOWN
            for method, path, body in (
                ("GET", sharing.path, None),
                ("GET", f"/backups/{sharing.backup.children[0].id}", None),
                ("GET", f"{sharing.path}/metadata", None),
                ("POST", f"{sharing.path}/restore", {"restore": {}}),
                ("PUT", sharing.path, {"backup": {"name": "mine"}}),
                ("DELETE", sharing.path, None),
                ("POST", f"{sharing.path}/members", {"members": ["p"]}),
            )
        )

    assert is_closed()
    assert sharing.house.ask("GET", sharing.mine, **sharing.red)["member"]["status"] == "pending"
    assert sharing.reject()["status"] == "rejected"
    assert is_closed()
    assert sharing.red_sees(own_type="shared") == []
    assert sharing.accept(sharing.red_vault())["status"] == "accepted"
    assert sharing.house.ask("GET", sharing.path, **sharing.red)["backup"]["status"] == "available"
    rejected = sharing.reject()
    assert (rejected["status"], rejected["vault_id"]) == ("rejected", None)
    assert is_closed()


def test_a_receiver_changes_deletes_and_shares_on_nothing(sharing: Sharing) -> None:
    sharing.share()
    sharing.accept(sharing.red_vault())
    forbidden = (403, "8600", "Not authenticated.")
    refused = sharing.house.refused
    assert refused("PUT", sharing.path, {"backup": {"name": "mine"}}, **sharing.red) == forbidden
    assert refused("DELETE", sharing.path, **sharing.red) == forbidden
    not_shared_on = (400, "6707", "Backup sharing is not allowed.")
    (other,) = others(sharing.house, 1)
    assert refused("POST", f"{sharing.path}/members", {"members": [other.id]}, **sharing.red) == not_shared_on
    assert refused("DELETE", sharing.mine, **sharing.red) == not_shared_on
    assert sharing.house.ask("GET", sharing.path)["backup"]["name"] == sharing.backup.name


def test_receivers_do_not_see_each_other(sharing: Sharing) -> None:
    (other,) = others(sharing.house, 1)
    sharing.share(other.id, sharing.house.world.red.id)
    page = sharing.house.ask("GET", f"{sharing.path}/members", **sharing.red)
    assert [member["dest_project_id"] for member in page["members"]] == [sharing.house.world.red.id]
    missing = (404, "6705", "The share member does not exist.")
    theirs = f"{sharing.path}/members/{other.id}"
    assert sharing.house.refused("GET", theirs, **sharing.red) == missing
    assert sharing.house.refused("PUT", theirs, {"status": "rejected"}, **sharing.red) == missing


def test_a_share_is_taken_into_an_open_vault_of_the_receiver_of_the_right_kind(sharing: Sharing) -> None:
    sharing.share()

    def refused(vault: Vault) -> tuple[int, str]:
        body = {"status": "accepted", "vault_id": vault.id}
        return sharing.house.refused("PUT", sharing.mine, body, **sharing.red)[:2]

    assert refused(sharing.vault) == (404, "6105")
    assert refused(sharing.red_vault(object_type=ObjectType.DISK)) == (400, "6713")
    small = sharing.red_vault(size_gb=1)
    with sharing.house.world.db.transaction() as tx:
        vaults.set_used(tx, small.id, 1)
    assert refused(small) == (400, "6114")
    doomed = sharing.red_vault()
    sharing.house.ask("DELETE", f"/vaults/{doomed.id}", expect=204, **sharing.red)
    assert refused(doomed) == (400, "6712")
    assert sharing.house.ask("GET", sharing.mine)["member"]["status"] == "pending"


def test_an_answer_that_is_none_is_refused(sharing: Sharing) -> None:
    sharing.share()
    none = (400, "6706", "Invalid update parameter value for the share member.")
    for word in ("pending", "maybe", ""):
        assert sharing.house.refused("PUT", sharing.mine, {"status": word}, **sharing.red) == none
    for body, named in [
        ({}, "status"), ({"status": "accepted"}, "vault_id"), ({"status": 5}, "status"),
        ({"status": "accepted", "vault_id": 5}, "vault_id"), ({"member": {}}, "member.status"),
    ]:  # fmt: skip
        status, code, message = sharing.house.refused("PUT", sharing.mine, body, **sharing.red)
        assert (status, code) == (400, "9900")
        assert message.startswith(f"Parameter verification failed. {named}: "), message


def test_an_answer_may_come_wrapped_and_name_the_share_by_its_id(sharing: Sharing) -> None:
    (shared,) = sharing.share()
    vault = sharing.red_vault()
    body = {"member": {"status": "accepted", "vault_id": vault.id, "id": shared["id"]}}
    path = f"{sharing.path}/members/{shared['id']}"
    assert sharing.house.ask("PUT", path, body, **sharing.red)["member"]["status"] == "accepted"


def test_a_share_waits_again_when_the_vault_that_took_it_is_gone(sharing: Sharing) -> None:
    sharing.share()
    vault = sharing.red_vault()
    sharing.accept(vault)
    with sharing.house.world.db.transaction() as tx:
        vaults.remove(tx, vault.id)
    member = sharing.house.ask("GET", sharing.mine)["member"]
    assert (member["status"], member["vault_id"]) == ("pending", None)
    assert sharing.house.refused("GET", sharing.path, **sharing.red) == UNKNOWN
    assert sharing.accept(sharing.red_vault())["status"] == "accepted"
