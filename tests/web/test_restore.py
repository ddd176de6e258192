"""The guided restore: from a resource to its files back where they belong, with nothing unforeseen."""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.end_to_end.serving import password_request
from tests.small_disks import mounted
from tests.web.console import Place

FILES: dict[str, str | bytes] = {
    "letter__txt": "dear all",
    "report__txt": b"figures\n" * 5000,
    "notes__md": "remember",
}


def protected(place: Place, name: str = "letters") -> tuple[Path, str]:
    """A folder with a backup of it; the folder, and the backup's id."""
    folder = place.files(name, **FILES)
    (folder / "deep").mkdir()
    (folder / "deep" / "photo.raw").write_bytes(os.urandom(50_000))
    vault = place.vault(f"of-{name}", place.protect(folder))
    (task,) = place.back_up(vault)
    assert task["status"] == "success", task
    return folder, str(task["extra_info"]["backup"]["backup_id"])


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def choose(page: Page, label: str) -> None:
    page.get_by_label(label, exact=True).check()


def on(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that is too small."""
    with mounted(tmp_path, "32k") as folder:
        yield folder


def test_one_file_comes_back_into_another_folder(place: Place) -> None:
    folder, _ = protected(place)
    elsewhere = place.folder / "elsewhere"
    window = place.page("restore")
    page = window.page
    expect(page.get_by_role("link", name="letters")).to_be_visible()
    page.get_by_role("link", name="letters").click()
    expect(page.get_by_role("heading", name="Which backup of letters?")).to_be_visible()
    window.looks("restore-1-moment")
    page.get_by_text("Newest").click()
    choose(page, "Only some files and folders")
    page.get_by_role("button", name="letters", exact=True).or_(
        page.get_by_role("button", name="deep", exact=True)
    ).first.click()
    expect(page.locator(".rs-files input").first).to_be_focused()
    page.get_by_label("Find by name").fill("photo*")
    page.get_by_role("checkbox", name=re.compile(r"photo\.raw$")).check()
    expect(page.get_by_role("heading", name="1 chosen")).to_be_visible()
    window.looks("restore-2-what")
    on(page, "Next")
    choose(page, "Another folder")
    page.get_by_label("Folder", exact=True).fill(str(elsewhere))
    expect(page.get_by_role("button", name="See what would happen")).to_be_enabled()
    window.looks("restore-3-where")
    on(page, "See what would happen")
    expect(page.get_by_text("1 file will be made")).to_be_visible()
    expect(page.get_by_text("Nothing will be overwritten")).to_be_visible()
    page.reload()  # the address says all of it
    expect(page.get_by_text("1 file will be made")).to_be_visible()
    assert not elsewhere.exists()
    on(page, "Restore now")
    expect(page.get_by_role("heading", name="Everything was restored")).to_be_visible()
    assert content(elsewhere) == {"deep/photo.raw": (folder / "deep" / "photo.raw").read_bytes()}
    window.looks("restore-5-done")
    page.go_back()
    expect(page.get_by_role("heading", name="What will happen")).to_be_visible()
    expect(page.get_by_text("1 file is the same already")).to_be_visible()
    window.check()


def test_a_resource_comes_back_in_place_as_was_told(place: Place) -> None:
    folder, backup_id = protected(place)
    wanted = content(folder)
    (folder / "letter.txt").write_text("scribbled over")
    (folder / "report.txt").unlink()
    (folder / "mine.txt").write_text("made since")
    window = place.page(f"restore?backup_id={backup_id}&step=where")
    page = window.page
    on(page, "See what would happen")
    expect(page.get_by_text("1 file will be overwritten")).to_be_visible()
    expect(page.get_by_text("1 file will be made")).to_be_visible()
    expect(page.get_by_text("2 files are the same already")).to_be_visible()
    expect(page.get_by_text("1 other file stays")).to_be_visible()
    expect(page.get_by_role("cell", name="letter.txt")).to_be_visible()
    begin = page.get_by_role("button", name="Restore now")
    expect(begin).to_be_disabled()
    window.looks("restore-4-check")
    page.get_by_label("Type letters to go on").fill("letters")
    begin.click()
    expect(page.get_by_role("heading", name="Everything was restored")).to_be_visible()
    assert content(folder) == {**wanted, "mine.txt": b"made since"}
    window.check()


def test_a_folder_that_is_gone_is_made_anew_with_the_keyboard_alone(place: Place) -> None:
    folder, _ = protected(place)
    wanted = content(folder)
    shutil.rmtree(folder)
    window = place.page("restore")
    page = window.page
    press(page, "link", re.compile("letters"))
    press(page, "link", re.compile("Newest"))
    expect(page.get_by_label("Everything in the backup")).to_be_checked()
    press(page, "button", "Next")
    expect(page.get_by_label("Where it came from")).to_be_checked()
    press(page, "button", "See what would happen")
    expect(page.get_by_text("4 files will be made")).to_be_visible()
    tab_to(page, "textbox", "Type letters to go on")
    page.keyboard.type("letters")
    press(page, "button", "Restore now")
    expect(page.get_by_role("heading", name="Everything was restored")).to_be_visible()
    assert content(folder) == wanted
    window.check()


def test_a_place_that_takes_nothing_is_told_before_anything_is_written(
    place: Place, small_disk: Path
) -> None:
    folder, backup_id = protected(place)
    window = place.page(f"restore?backup_id={backup_id}&step=check&to=folder&folder={folder}/letter.txt/in")
    page = window.page
    expect(page.get_by_role("alert")).to_contain_text("a file stands in the way", timeout=30_000)
    expect(page.get_by_role("button", name="Restore now")).to_have_count(0)
    window.go(f"restore?backup_id={backup_id}&step=check&to=folder&folder={small_disk}")
    expect(page.get_by_text("There may not be enough room.")).to_be_visible()
    on(page, "Restore now")
    expect(page.get_by_role("heading", name="The restore failed")).to_be_visible()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    window.go(f"restore?backup_id={backup_id}&step=check&to=folder&folder={small_disk}")
    expect(page.get_by_text("The server may not write here.").first).to_be_visible()
    window.check()


def test_an_operator_restores_below_the_open_folders_only_and_a_reader_nothing(place: Place) -> None:
    _, backup_id = protected(place)
    operator = joined(place, "operator")
    window = operator.page(f"restore?backup_id={backup_id}&step=where&to=folder&folder=/etc/restored")
    window.forgive("status of 403")
    expect(window.page.get_by_text("restore_roots")).to_be_visible()
    on(window.page, "See what would happen")
    expect(window.page.get_by_role("alert")).to_contain_text("You may not restore to this place.")
    window.check()
    window = joined(place, "reader").page(f"restore?backup_id={backup_id}")
    expect(window.page.get_by_text("You may look, but not restore")).to_be_visible()


def test_a_server_goes_to_another_server_disk_by_disk(place: Place) -> None:
    web, spare = server(place, "web"), server(place, "spare")
    billing = {"consistent_level": "crash_consistent", "object_type": "server", "protect_type": "backup"}
    held = [{"id": web, "type": "OS::Nova::Server"}]
    vault = {"name": "servers", "billing": {**billing, "size": 10}, "resources": held}
    (task,) = place.back_up(place.ask("POST", "/vaults", {"vault": vault})["vault"]["id"])
    window = place.page(f"restore?backup_id={task['extra_info']['backup']['backup_id']}&step=what")
    page = window.page
    page.get_by_label(re.compile("^web-1")).uncheck()
    on(page, "Next")
    choose(page, "Another server")
    page.get_by_label("Write over").select_option(spare)
    expect(page.get_by_label(re.compile("^web-0"))).not_to_have_value("")
    on(page, "See what would happen")
    expect(page.get_by_text("1 disk will be overwritten as a whole")).to_be_visible()
    window.looks("restore-4-server")
    page.get_by_label("Type spare to go on").fill("spare")
    on(page, "Restore now")
    expect(page.get_by_role("heading", name="Everything was restored")).to_be_visible()
    web_0 = (place.folder / "web-0.img").read_bytes()
    assert [(place.folder / f"spare-{number}.img").read_bytes() == web_0 for number in range(2)] == [
        True,
        False,
    ]
    window.check()


def joined(place: Place, role: str) -> Place:
    """Somebody else in the same project."""
    known = place.server.credentials
    answer = httpx.post(f"{known['auth_url']}/auth/tokens", json=password_request(known), timeout=30)
    headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
    name, password = f"t-{secrets.token_hex(4)}", secrets.token_hex(8)
    with httpx.Client(base_url=place.url, headers=headers, timeout=30) as admin:
        user = {"name": name, "password": password, "domain_id": "default"}
        user_id = admin.post("/v3/users", json={"user": user}).json()["user"]["id"]
        roles = admin.get("/v3/roles").json()["roles"]
        role_id = next(one["id"] for one in roles if one["name"] == role)
        granted = admin.put(f"/v3/projects/{place.project_id}/users/{user_id}/roles/{role_id}")
        assert granted.is_success, granted.text
    return replace(place, user=name, password=password, role=role)


def server(place: Place, name: str) -> str:
    """A server of two disks."""
    paths = [place.folder / f"{name}-{number}.img" for number in range(2)]
    for path in paths:
        path.write_bytes(os.urandom(1 << 20))
    settings = {"disks": [str(path) for path in paths]}
    told = {"type": "server", "name": name, "provider": "image_server", "settings": settings}
    return str(place.ask("POST", "/resources", {"resource": told})["resource"]["id"])


def tab_to(page: Page, role: str, name: str | re.Pattern[str]) -> None:
    """Go on with the tabulator until something has the focus."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    expect(wanted).to_be_enabled()
    for _ in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {name}")


def press(page: Page, role: str, name: str | re.Pattern[str]) -> None:
    tab_to(page, role, name)
    page.keyboard.press("Enter")
