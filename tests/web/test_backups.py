"""Backups in the console: found, looked into, searched, compared, and files got out of them."""

import io
import os
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Download, Page, expect
from tests.web.console import Place, made

ODD = "<img src=x onerror=alert(1)>.html"
LATIN = b"caf\xe9.txt"
SLOW = 30_000  # milliseconds: a repository is opened, which takes a while the first time
NOTE = b"remember the milk\n" * 500


def documents(place: Place) -> Path:
    """A folder as people have them, with a name that is markup and one that is no UTF-8."""
    folder = place.files("documents", Letter__txt="dear all")
    (folder / "Report 2026.pdf").write_bytes(os.urandom(90_000))
    for name in ("Invoices/2025", "Invoices/2026", "Photos/Summer", "Empty"):
        (folder / name).mkdir(parents=True)
    for number in range(1, 8):
        (folder / f"Invoices/2026/invoice-{number:03}.pdf").write_bytes(os.urandom(20_000 * number))
    (folder / "Photos/Summer/beach.jpg").write_bytes(os.urandom(400_000))
    (folder / "Photos/notes.md").write_bytes(NOTE)
    (folder / ODD).write_text("<script>alert(1)</script>")
    Path(os.fsdecode(os.fsencode(folder) + b"/" + LATIN)).write_text("latin")
    (folder / "latest").symlink_to("Report 2026.pdf")
    return folder


def backed_up(place: Place, folder: Path, name: str = "monday") -> tuple[str, str]:
    """The vault and the backup of a folder."""
    vault = place.vault("office", place.protect(folder, "documents"))
    return vault, again(place, vault, name)


def again(place: Place, vault: str, name: str) -> str:
    (task,) = place.back_up(vault, parameters={"name": name})
    assert task["status"] == "success", task
    found = place.ask("GET", "/backups", vault_id=vault, sort="created_at:desc", limit=1)["backups"]
    return str(found[0]["id"])


def content(download: Download) -> bytes:
    return download.path().read_bytes()


def folder_link(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def test_somebody_looks_into_a_backup_and_gets_files_out(place: Place) -> None:
    folder = documents(place)
    _, backup = backed_up(place, folder)
    window = place.page("backups")
    page = window.page
    expect(page.get_by_role("row", name="monday")).to_be_visible()
    window.looks("backups")
    page.get_by_role("row", name="monday").get_by_role("link").first.click()

    expect(page.get_by_role("link", name="Invoices")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text(ODD, exact=True)).to_be_visible()
    expect(page.get_by_text("caf%E9.txt", exact=True)).to_be_visible()
    assert page.locator("img[src='x']").count() == 0
    window.looks("backup-files")

    folder_link(page, "Empty")
    expect(page.get_by_text("This folder is empty")).to_be_visible()
    page.go_back()
    with page.expect_download() as got:
        page.get_by_role("button", name="Download caf%E9.txt").click()
    assert content(got.value) == b"latin"
    with page.expect_download() as got:
        page.get_by_role("button", name=f"Download {ODD}").click()
    assert content(got.value) == b"<script>alert(1)</script>"

    page.get_by_role("link", name="Photos", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("notes.md", exact=True)).to_be_visible()
    assert "path=" in page.url
    page.reload()
    expect(page.get_by_text("notes.md", exact=True)).to_be_visible()
    with page.expect_download() as got:
        page.get_by_role("button", name="Download this folder").click()
    assert got.value.suggested_filename == "Photos.zip"
    with ZipFile(io.BytesIO(content(got.value))) as archive:
        assert archive.testzip() is None
        assert archive.read("Photos/notes.md") == NOTE
        assert archive.read("Photos/Summer/beach.jpg") == (folder / "Photos/Summer/beach.jpg").read_bytes()

    page.get_by_label("Choose notes.md").check()
    page.get_by_label("Choose Summer").check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    restore = page.get_by_role("button", name="Restore the chosen ones").get_attribute("href")
    assert restore is not None
    assert f"backup_id={backup}" in restore
    assert restore.count("path=") == 2
    with page.expect_download() as got:
        page.get_by_role("button", name="Download the chosen ones").click()
    with ZipFile(io.BytesIO(content(got.value))) as archive:
        assert set(archive.namelist()) == {"notes.md", "Summer/", "Summer/beach.jpg"}
    window.check()


def test_a_file_is_found_by_its_name(place: Place) -> None:
    _, backup = backed_up(place, documents(place))
    window = place.page(f"backups/{backup}")
    page = window.page
    page.get_by_label("Search in the backup").fill("*-00?.PDF")
    expect(page.get_by_text("7 found")).to_be_visible(timeout=SLOW)
    assert "q=" in page.url
    page.get_by_label("Search in the backup").fill("no such name")
    expect(page.get_by_text("Nothing is called so")).to_be_visible()
    page.get_by_label("Search in the backup").fill("beach")
    page.get_by_role("link", name="Photos/Summer").click()
    expect(page.get_by_role("navigation", name="Folder").get_by_text("Summer")).to_be_visible()
    page.get_by_role("navigation", name="Folder").get_by_role("link", name="documents").click()
    expect(page.get_by_role("link", name="Invoices")).to_be_visible()
    page.get_by_role("link", name="Empty").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Invoices")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.keyboard.press("Backspace")
    expect(page.get_by_role("link", name="documents", exact=True)).to_be_focused()
    window.check()


def test_the_keyboard_goes_through_a_large_folder_and_takes_files_of_several(place: Place) -> None:
    folder = documents(place)
    (folder / "Scans").mkdir()
    for number in range(1, 206):
        (folder / f"Scans/scan-{number:03}.txt").write_text(f"page {number}")
    _, backup = backed_up(place, folder)
    window = place.page(f"backups/{backup}")
    page, keys = window.page, window.page.keyboard
    said = page.get_by_role("region", name="Files in the backup").get_by_role("status")
    page.get_by_role("link", name="Scans").focus(timeout=SLOW)
    keys.press("Enter")
    expect(page.get_by_text("scan-001.txt", exact=True).locator("..")).to_be_focused()
    expect(said.last).to_have_text("Scans: 1 to 200 of 205")
    keys.press("Space")
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.get_by_text("scan-201.txt", exact=True).locator("..")).to_be_focused()
    expect(said.last).to_have_text("Scans: 201 to 205 of 205")
    keys.press("Space")
    expect(said.first).to_have_text("2 chosen, 1 of them elsewhere")

    keys.press("Backspace")
    expect(page.get_by_role("link", name="Scans")).to_be_focused()
    expect(said.first).to_have_text("2 chosen, 2 of them elsewhere")
    page.get_by_label("Choose Letter.txt").check()
    with page.expect_download() as got:
        page.get_by_role("button", name="Download the chosen ones").click()
    with ZipFile(io.BytesIO(content(got.value))) as archive:
        taken = [name for name in archive.namelist() if not name.endswith("/")]
        assert sorted(taken) == ["Letter.txt", "Scans/scan-001.txt", "Scans/scan-201.txt"]

    page.get_by_label("Choose Scans").check()
    expect(said.first).to_have_text("2 chosen")  # the folder has the two that were chosen in it
    folder_link(page, "Scans")
    expect(page.get_by_label("Choose scan-002.txt")).to_be_checked()
    expect(page.get_by_label("Choose scan-002.txt")).to_be_disabled()
    page.get_by_role("button", name="Choose none").click()
    page.get_by_label("Choose all").check()
    expect(page.get_by_text("At most 100 can be downloaded at once")).to_be_visible()
    expect(page.get_by_role("button", name="Download the chosen ones")).to_be_disabled()
    window.check()


def test_two_backups_are_compared(place: Place) -> None:
    folder = documents(place)
    vault, _ = backed_up(place, folder)
    (folder / "Letter.txt").write_text("dear you all")
    (folder / "Photos/notes.md").unlink()
    for number in range(3):
        (folder / f"Invoices/2025/old-{number}.pdf").write_bytes(os.urandom(30_000))
    tuesday = again(place, vault, "tuesday")
    window = place.page(f"backups/{tuesday}?view=changes")
    page = window.page
    expect(page.get_by_role("row", name="Letter.txt")).to_contain_text("Modified", timeout=SLOW)
    expect(page.get_by_role("row", name="Letter.txt")).to_contain_text("8 B")
    expect(page.get_by_role("row", name="Letter.txt")).to_contain_text("12 B")
    expect(page.get_by_role("row", name="notes.md")).to_contain_text("Removed")
    window.looks("backup-changes")
    page.get_by_role("button", name="Added 3").click()
    expect(page.get_by_role("row", name="Letter.txt")).to_have_count(0)
    expect(page.get_by_role("row", name="old-")).to_have_count(3)
    page.reload()
    expect(page.get_by_role("row", name="old-")).to_have_count(3)
    page.get_by_role("link", name="old-1.pdf").click()
    expect(page.get_by_role("button", name="Download old-1.pdf")).to_be_visible()
    window.check()


def test_a_backup_is_renamed_and_deleted(place: Place) -> None:
    _, backup = backed_up(place, place.files("letters", a__txt="1"))
    window = place.page(f"backups/{backup}?view=details")
    page = window.page
    expect(page.get_by_role("heading", name="What it is")).to_be_visible(timeout=SLOW)
    window.looks("backup-details")
    page.get_by_role("button", name="Rename").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("a <b>")
    expect(dialog.get_by_text("no angle brackets")).to_be_visible()
    dialog.get_by_label("Name").fill("before the move")
    dialog.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("before the move")
    page.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    dialog.get_by_label("Type").fill("before the move")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("There is no backup yet")).to_be_visible()
    window.check()


def test_a_reader_looks_and_downloads_nothing(place: Place) -> None:
    _, backup = backed_up(place, documents(place))
    reader = made(place.server, place.browser, place.folder, "reader")
    own, reader.project_id = reader.project_id, place.project_id
    as_reader(reader, own)
    window = reader.page(f"backups/{backup}")
    page = window.page
    expect(page.get_by_role("link", name="Invoices")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("can be downloaded by operators")).to_be_visible()
    expect(page.get_by_role("button", name="Download")).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    window.check()
    reader.close()


def as_reader(reader: Place, project_id: str) -> None:
    """Let somebody read in the project that they go to, besides their own."""
    admin = reader.server.client
    assert admin is not None
    base = str(admin.base_url).partition("/v3/")[0]
    users = admin.get(f"{base}/v3/users", params={"name": reader.user}).json()["users"]
    roles = {one["name"]: one["id"] for one in admin.get(f"{base}/v3/roles").json()["roles"]}
    assert project_id != reader.project_id
    path = f"/v3/projects/{reader.project_id}/users/{users[0]['id']}/roles/{roles['reader']}"
    assert admin.put(base + path).is_success
