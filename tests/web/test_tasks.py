"""The console's tasks: found, watched as they go on, understood when they fail, and done once more."""

import csv
import io
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, expect
from tests.web.console import Place, Watched, until

from holdfast.model import clock

MIB = 1024 * 1024
NASTY = '<img src=x onerror="window.gone=1"><script>alert(1)</script>'


def test_a_backup_is_watched_from_waiting_to_its_end(place: Place) -> None:
    source = heavy(place, "letters", 400)
    vault = place.vault("files", place.protect(source))
    shut(place, vault)
    task = ask_for(place, vault)
    window = place.page(f"tasks/{task}")
    page = window.page
    loads: list[Request] = []
    page.on("request", lambda one: loads.append(one) if one.is_navigation_request() else None)
    expect(page.get_by_text("The vault is in a maintenance window.")).to_be_visible()
    expect(page.get_by_text("This goes on if you close this tab.")).to_be_visible()
    window.looks("task-waiting")
    place.ask("PUT", f"/vaults/{vault}", {"vault": {"holdfast": {"maintenance_windows": []}}})
    expect(page.get_by_role("list", name="Phases")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text(re.compile(r"MiB of 400 MiB · .*/s"))).to_be_visible()
    expect(page.get_by_text("Success", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("This goes on if you close this tab.")).to_be_hidden()
    expect(page.get_by_role("region", name="Data")).to_contain_text("400 MiB")
    assert loads == []
    window.looks("task-success")


def test_a_failed_task_is_understood_and_retried(place: Place) -> None:
    source = place.files("letters", a__txt="dear you")
    vault = place.vault("files", place.protect(source, NASTY))
    elsewhere = source.rename(source.with_name("moved"))
    (failed,) = place.back_up(vault)
    assert failed["status"] == "failed"
    window = place.page("tasks")
    page = window.page
    expect(page.get_by_role("link", name=NASTY)).to_be_visible()
    page.get_by_role("link", name=NASTY).click()
    expect(page.get_by_text("What should be worked on is not there any more.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>alert(1)</script>")
    window.looks("task-failed")
    elsewhere.rename(source)
    page.get_by_role("button", name="Retry").click()
    expect(page).not_to_have_url(re.compile(failed["id"]))
    expect(page.get_by_text("Success", exact=True)).to_be_visible()
    page.get_by_role("link", name="The task that this one does once more").click()
    expect(page).to_have_url(re.compile(failed["id"]))
    expect(page.get_by_role("link", name=re.compile("Done once more"))).to_be_visible()
    page.get_by_text("The request in the audit trail").click()
    expect(page.get_by_text(re.compile(r"POST /v3/.*/checkpoints"))).to_be_visible()
    page.get_by_text("As the API tells it").click()
    expect(page.locator("pre")).to_contain_text('"operation_type": "backup"')
    assert page.evaluate("window.gone") is None
    window.check()


def test_a_running_task_is_cancelled(place: Place) -> None:
    vault = place.vault("files", place.protect(heavy(place, "films", 400)))
    window = place.page("tasks")
    page = window.page
    expect(page.get_by_text("Nothing has been asked for yet")).to_be_visible()
    task = ask_for(place, vault)
    expect(page.get_by_role("progressbar")).to_be_visible()  # it came without being looked for
    page.get_by_role("link", name="Backup films").click()
    page.get_by_role("button", name="Cancel the task").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the task").click()
    expect(page.get_by_text("Somebody cancelled it.")).to_be_visible()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    assert place.ended(task)["error_info"]["code"] == "Holdfast.0001"
    window.check()


def test_what_is_looked_for_stands_in_the_address(place: Place) -> None:
    many(place)
    window = place.page("tasks")
    page = window.page
    expect(counted(page)).to_have_text("6 tasks")
    window.looks("tasks")
    page.get_by_role("list", name="Status").get_by_role("button", name="Failed").click()
    expect(counted(page)).to_have_text("2 tasks")
    page.get_by_role("button", name="Kind").click()
    page.get_by_label("Backup", exact=True).check()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="When").click()
    page.get_by_role("button", name="Last 24 hours").click()
    expect(page.get_by_role("list", name="Active filters").get_by_role("listitem")).to_have_count(4)
    assert "status=failed&operation_type=backup&last=24h" in page.url
    page.reload()
    expect(counted(page)).to_have_text("2 tasks")
    page.get_by_role("link", name="Backup photos").first.click()
    expect(page.get_by_text("What went wrong")).to_be_visible()
    page.go_back()
    expect(counted(page)).to_have_text("2 tasks")
    page.get_by_role("button", name="Created: Last 24 hours Remove this filter").click()
    page.get_by_role("button", name="Clear all filters").click()
    expect(counted(page)).to_have_text("6 tasks")
    page.get_by_label("Search tasks").fill("phot")
    expect(counted(page)).to_have_text("2 tasks")
    assert page.url.endswith("tasks?q=phot")
    page.get_by_label("Search tasks").fill("nothing like it")
    expect(page.get_by_text("No task fits")).to_be_visible()
    window.check()


def test_a_span_of_ones_own_is_in_the_viewers_zone(place: Place) -> None:
    many(place)
    page = place.page("tasks").page
    page.get_by_role("button", name="When").click()
    page.get_by_label("What happened").select_option("ended")
    page.get_by_label("From").fill("2026-03-01T13:00")
    page.get_by_label("Until before").fill("2026-03-01T12:00")
    expect(page.get_by_text("The end must be after the beginning.")).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_be_disabled()
    page.get_by_label("Until before").fill("2099-03-01T12:00")
    page.get_by_role("button", name="Apply").click()
    assert "ended_after=2026-03-01T12%3A00%3A00.000Z" in page.url
    expect(counted(page)).to_have_text("6 tasks")


def test_rarer_filters_find_by_name_and_by_id(place: Place) -> None:
    many(place)
    window = place.page("tasks")
    page = window.page
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Vault", exact=True).fill("phot")
    page.get_by_role("button", name="photos", exact=True).click()
    expect(counted(page)).to_have_text("2 tasks")
    window.looks("tasks-more")
    page.get_by_label("Code or id").fill("BackupService.6302")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("button", name=re.compile("Vault: photos"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("BackupService.6302"))).to_be_visible()
    expect(counted(page)).to_have_text("2 tasks")
    page.keyboard.press("Escape")
    page.goto(page.url.split("?")[0] + "?sum=1")
    expect(page.get_by_text("Success rate")).to_be_visible()
    expect(page.get_by_role("link", name="2 × BackupService.6302")).to_be_visible()
    window.looks("tasks-sum")


def test_an_export_is_what_is_filtered(place: Place, tmp_path: Path) -> None:
    many(place)
    page = place.page("tasks?status=failed").page
    expect(counted(page)).to_have_text("2 tasks")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="CSV").click()
    coming.value.save_as(tmp_path / "tasks.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "tasks.csv").read_text())))
    failed = place.ask("GET", "/operation-logs", status="failed")["operation_logs"]
    assert [row["id"] for row in rows] == [task["id"] for task in failed]


def test_the_list_by_keyboard_alone(place: Place) -> None:
    many(place)
    page = place.page("tasks").page
    expect(counted(page)).to_have_text("6 tasks")
    page.keyboard.press("/")
    expect(page.get_by_label("Search tasks")).to_be_focused()
    page.keyboard.type("letters")
    expect(counted(page)).to_have_text("4 tasks")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("ArrowDown")
    expect(page.locator("tbody tr").nth(1).locator("a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("letters")


def test_pages_go_by_what_was_seen_last_and_news_is_offered(place: Place) -> None:
    vault = place.vault("files", place.protect(place.files("letters", a__txt="dear you")))
    shut(place, vault)
    tasks = [ask_for(place, vault) for _ in range(52)]
    window = place.page("tasks")
    page = window.page
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("51 to 52 of 52")).to_be_visible()
    assert opened(page)[-1] == tasks[0]
    ask_for(place, vault)
    expect(counted(page)).to_have_text("53 tasks")
    page.reload()
    expect(page.get_by_text("51 to 52 of 53")).to_be_visible()
    newest = ask_for(place, vault)
    page.get_by_role("button", name="1 new task: show").click()
    expect(page.locator("tbody tr")).to_have_count(50)
    assert opened(page)[0] == newest
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(50)
    window.check()


def test_two_windows_share_one_stream(place: Place) -> None:
    vault = place.vault("files", place.protect(place.files("letters", a__txt="dear you")))
    first = place.page("tasks")
    expect(first.page.get_by_text("Live", exact=True)).to_be_visible()
    second = Watched(place, first.page.context.new_page())
    asked: list[Request] = []
    second.page.on("request", lambda one: asked.append(one))
    second.go("tasks")
    expect(second.page.get_by_text("Nothing has been asked for yet")).to_be_visible()
    place.back_up(vault)
    for window in (first, second):
        expect(window.page.get_by_role("row").get_by_text("Success")).to_be_visible()
        assert not window.faults
    paths = [urlsplit(one.url).path.rsplit("/", 1)[-1] for one in asked]
    assert "events" not in paths
    assert paths.count("operation-logs") <= 2  # no call for an event


def counted(page: Page) -> Any:
    """How many tasks there are, as the list says."""
    return page.locator(".list-head .task-count")


def opened(page: Page) -> list[str]:
    """The ids of the tasks in the list."""
    links = page.locator("a.task-open").evaluate_all("all => all.map(one => one.href)")
    return [str(link).rsplit("/", 1)[-1] for link in links]


def heavy(place: Place, name: str, mebibytes: int) -> Path:
    """A folder whose backup takes a moment."""
    folder = place.files(name)
    for number in range(mebibytes // 20):
        (folder / f"{number}.bin").write_bytes(os.urandom(20 * MIB))
    return folder


def shut(place: Place, vault: str) -> None:
    """Have nothing begin in a vault: a maintenance window around now."""
    now = clock.now()
    begin, end = now - timedelta(hours=2), now + timedelta(hours=2)
    days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    window = {"weekdays": days, "begin": f"{begin:%H:%M}", "end": f"{end:%H:%M}"}
    place.ask("PUT", f"/vaults/{vault}", {"vault": {"holdfast": {"maintenance_windows": [window]}}})


def ask_for(place: Place, vault: str) -> str:
    """Ask for a backup of the one resource of a vault; its task."""
    made = place.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault}})
    found = place.ask("GET", "/operation-logs", checkpoint_id=made["checkpoint"]["id"])
    return str(found["operation_logs"][0]["id"])


def many(place: Place) -> None:
    """Four good backups of letters, and two of photos that failed."""
    letters = place.vault("files", place.protect(place.files("letters", a__txt="dear you")))
    photos = place.files("photos", a__jpg=b"\xff\xd8")
    vault = place.vault("photos", place.protect(photos))
    for _ in range(2):
        place.back_up(letters)
    photos.rename(photos.with_name("moved"))
    for _ in range(2):
        place.back_up(vault)
        place.back_up(letters)
    until(lambda: place.ask("GET", "/operation-logs")["count"] == 6, "six tasks")
