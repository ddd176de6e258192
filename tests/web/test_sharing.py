"""Sharing in the console: a backup is offered to another project, which accepts or rejects it."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.end_to_end.serving import Server
from tests.web.console import Place, made

SERVER, DISK = "OS::Nova::Server", "OS::Cinder::Volume"
SLOW = 30_000  # milliseconds: a repository is opened, which takes a while the first time


@pytest.fixture
def other(house: Server, browser: Browser, tmp_path: Path) -> Iterator[Place]:
    """Another project."""
    fresh = made(house, browser, tmp_path)
    yield fresh
    fresh.close()


def vault_for(place: Place, kind: str, *resources: dict[str, str]) -> str:
    """A vault for servers or disks."""
    billing = {"consistent_level": "crash_consistent", "object_type": kind, "protect_type": "backup"}
    vault = {"name": f"of-{kind}s", "billing": {**billing, "size": 10}, "resources": list(resources)}
    return str(place.ask("POST", "/vaults", {"vault": vault})["vault"]["id"])


def backed_up(place: Place, told: dict[str, Any], kind: str, of: str) -> tuple[str, str]:
    """The vault and the backup of a resource."""
    resource = place.ask("POST", "/resources", {"resource": told})["resource"]
    vault = vault_for(place, kind, {"id": resource["id"], "type": of})
    (task,) = place.back_up(vault)
    assert task["status"] == "success", task
    return vault, str(task["extra_info"]["backup"]["backup_id"])


def image(place: Place, name: str) -> Path:
    path = place.folder / name
    path.write_bytes(os.urandom(1 << 20))
    return path


def granted(who: Place, project_id: str, role: str) -> None:
    """Give somebody a role in a project, besides that in their own."""
    admin = who.server.client
    assert admin is not None
    users = admin.get(f"{who.url}/v3/users", params={"name": who.user}).json()["users"]
    roles = {one["name"]: one["id"] for one in admin.get(f"{who.url}/v3/roles").json()["roles"]}
    path = f"/v3/projects/{project_id}/users/{users[0]['id']}/roles/{roles[role]}"
    assert admin.put(who.url + path).is_success


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def confirm(page: Page, button: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()


def test_a_server_is_shared_accepted_read_and_withdrawn(place: Place, other: Place) -> None:
    disks = [image(place, f"web-{number}.img") for number in range(2)]
    settings = {"disks": [str(disk) for disk in disks]}
    told = {"type": "server", "name": "web", "provider": "image_server", "settings": settings}
    vault, backup = backed_up(place, told, "server", SERVER)
    vault_for(other, "server")
    vault_for(other, "disk")
    granted(place, other.project_id, "reader")

    owner = place.page(f"backups/{backup}")
    page = owner.page
    page.get_by_role("navigation", name="Parts of the backup").get_by_role("link", name="Shared").click()
    expect(page.get_by_text("No other project has this backup")).to_be_visible()
    press(page, "Share with a project")
    expect(page.get_by_role("dialog").get_by_label("Project")).to_have_value(other.project_id)
    owner.looks("backup-share")
    confirm(page, "Share")
    row = page.get_by_role("row", name=other.user)
    expect(row).to_contain_text("Offered")

    receiver = other.page("backups").forgive("status of 404")
    theirs = receiver.page
    expect(theirs.get_by_text("1 backup is offered to this project.")).to_be_visible()
    receiver.looks("backups-offered")
    theirs.get_by_role("link", name="See what is offered").click()
    offer = theirs.get_by_role("row", name=place.project_id)
    expect(offer).to_contain_text("Offered")
    offer.get_by_role("link").click()
    expect(theirs.get_by_role("region", name="This backup is offered to this project")).to_be_visible()
    receiver.looks("backup-offered")
    press(theirs, "Accept")
    expect(theirs.get_by_label("Vault").get_by_role("option")).to_have_text(["of-servers"])
    confirm(theirs, "Accept")
    theirs.get_by_role("link", name="web-0").click()
    with theirs.expect_download(timeout=SLOW) as got:
        theirs.get_by_role("button", name="Download web-0.img").click()
    assert got.value.path().read_bytes() == disks[0].read_bytes()
    receiver.go(f"restore?backup_id={backup}&step=where")
    expect(theirs.get_by_text("web is another project's")).to_be_visible()
    receiver.check()

    page.reload()
    expect(row).to_contain_text("Accepted")
    owner.looks("backup-shared")
    owner.go(f"vaults/{vault}?tab=sharing")
    expect(page.get_by_role("listitem").filter(has_text=other.user)).to_contain_text("Accepted")
    page.get_by_role("region", name="Shared with other projects").get_by_role("link").click()
    press(page, f"Withdraw from {other.user}")
    expect(page.get_by_role("dialog")).to_contain_text(f"{other.user} loses the backup at once")
    confirm(page, "Withdraw")
    expect(page.get_by_text("No other project has this backup")).to_be_visible()
    owner.check()
    receiver.go(f"backups/{backup}")
    expect(theirs.get_by_role("alert")).to_contain_text("does not exist")


def test_a_disk_is_shared_by_an_id_rejected_and_accepted_after_all(place: Place, other: Place) -> None:
    path = {"path": str(image(place, "disk.img"))}
    told = {"type": "disk", "name": "disk", "provider": "disk_image", "settings": path}
    _, backup = backed_up(place, told, "disk", DISK)
    owner = place.page(f"backups/{backup}?view=shared").forgive("status of 400")
    page = owner.page
    press(page, "Share with a project")
    typed = page.get_by_label("Id of the project")
    typed.fill("abc")
    confirm(page, "Share")
    expect(typed).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("This has 3.")).to_be_visible()
    typed.fill(place.project_id)
    expect(page.get_by_text("That is this project")).to_be_visible()
    typed.fill(secrets.token_hex(16))
    confirm(page, "Share")
    expect(page.get_by_text("There is no project with this id.")).to_be_visible()
    typed.fill(other.project_id)
    confirm(page, "Share")
    expect(page.get_by_role("row", name=other.project_id)).to_contain_text("Offered")

    receiver = other.page("backups?own=offered").forgive("status of 404")
    theirs = receiver.page
    theirs.get_by_role("row", name=place.project_id).get_by_role("link").click()
    press(theirs, "Accept")
    expect(theirs.get_by_text("No vault of this project can take it")).to_be_visible()
    theirs.keyboard.press("Escape")
    press(theirs, "Reject")
    confirm(theirs, "Reject")
    expect(theirs.get_by_role("region", name="This project rejected the backup")).to_be_visible()
    page.reload()
    expect(page.get_by_role("row", name=other.project_id)).to_contain_text("Rejected")
    vault_for(other, "disk")
    press(theirs, "Accept it after all")
    confirm(theirs, "Accept")
    press(theirs, "Give back")
    confirm(theirs, "Give back")
    expect(theirs.get_by_role("button", name="Accept it after all")).to_be_visible()
    receiver.check()
    owner.check()


def test_a_reader_sees_who_has_a_backup_and_changes_nothing(
    house: Server, browser: Browser, place: Place, other: Place
) -> None:
    path = {"path": str(image(place, "disk.img"))}
    told = {"type": "disk", "name": "disk", "provider": "disk_image", "settings": path}
    _, backup = backed_up(place, told, "disk", DISK)
    shared = {"shared": {"backup_id": backup, "to_project_ids": [other.project_id]}}
    place.api.post(f"/vbs/v2/{place.project_id}/os-vendor-backup-sharing", json=shared).raise_for_status()
    for side, address in ((place, f"backups/{backup}?view=shared"), (other, f"backups/{backup}")):
        reader = made(house, browser, place.folder, "reader")
        granted(reader, side.project_id, "reader")
        reader.project_id = side.project_id
        window = reader.page(address).forgive("status of 404")
        expect(window.page.get_by_text("Offered", exact=True).first).to_be_visible()
        for button in ("Share with a project", "Withdraw", "Accept", "Reject"):
            expect(window.page.get_by_role("button", name=button)).to_have_count(0)
        window.check()
        reader.close()
