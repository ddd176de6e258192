"""Vaults in the console: made, filled, watched as they grow, tagged, locked, deleted."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from tests.end_to_end.serving import Server
from tests.web.console import Place, made, until

from holdfast.model import clock

GIB = 1 << 30
MARKUP = '<img src=x onerror="boom()"> & <b>bold</b>'


@contextmanager
def rows(house: Server) -> Iterator[sqlite3.Connection]:
    """The rows of a house, for what cannot be asked for: time that has passed."""
    with closing(sqlite3.connect(house.data / "holdfast.db", timeout=30)) as kept, kept:
        yield kept


def grown(place: Place, vault_id: str, *, days: int, per_day: int) -> None:
    """The vault has grown by so much on each of the last days, as its history will tell."""
    today = clock.now().date()
    held = [per_day * (number + 1) + (number % 7) * per_day // 5 for number in range(days)]
    with rows(place.server) as kept:
        kept.execute("DELETE FROM vault_usage WHERE vault_id = ?", (vault_id,))
        for number, used in enumerate(held):
            day = today - timedelta(days=days - 1 - number)
            kept.execute("INSERT INTO vault_usage VALUES (?, ?, ?)", (vault_id, day.isoformat(), used))
        kept.execute("UPDATE vault SET used_bytes = ? WHERE id = ?", (held[-1], vault_id))


def policy(place: Place, name: str) -> str:
    """A policy that never gets in the way of a test."""
    body = {
        "name": name,
        "enabled": False,
        "operation_type": "backup",
        "operation_definition": {"max_backups": 7},
        "trigger": {"properties": {"pattern": ["FREQ=WEEKLY;BYDAY=SU;BYHOUR=3;BYMINUTE=0"]}},
    }
    return str(place.ask("POST", "/policies", {"policy": body})["policy"]["id"])


DAYS_AHEAD = """async () => {
    const base = document.querySelector("script[type=module]").src.replace(/app\\.js$/, "");
    const { points } = await import(`${base}screens/vaults/growth.js`);
    const days = ["2026-10-23", "2026-10-24"].map((day) => ({ day, used_bytes: 1 }));
    const { data } = points({ days, bytes_per_day: 1, capacity_bytes: null, full_at: null });
    return data[0].slice(0, 4).map((at) => new Date(at * 1000).toString().slice(4, 21));
}"""


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Parts of the vault").get_by_role("link", name=name).click()


def test_a_vault_is_made_filled_tagged_locked_and_refuses_to_be_deleted(place: Place) -> None:
    place.protect(place.files("letters", a__txt="dear " * 5000, b__txt="friend"))
    policy(place, "weekly")
    window = place.page("vaults").forgive("status of 400")
    page = window.page
    expect(page.get_by_text("There is no vault yet")).to_be_visible()
    page.get_by_role("button", name="New vault").first.click()
    page.get_by_label("Name", exact=True).last.fill("archive")
    page.get_by_label("Size", exact=True).select_option("A size of its own")
    page.get_by_label("Description").fill("what was")
    window.looks("vault-create")
    page.get_by_label("Size in GiB").fill("0")
    page.get_by_role("button", name="Make the vault").click()
    expect(page.get_by_label("Size in GiB")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("A size is a whole number of GiB, from 1")).to_be_visible()
    page.get_by_label("Size in GiB").fill("20")
    page.get_by_role("button", name="Make the vault").click()
    expect(page.get_by_role("heading", name="archive", level=1)).to_be_visible()

    open_tab(page, "Resources")
    page.get_by_role("button", name="Add resources").first.click()
    page.get_by_label("letters").check()
    page.get_by_role("button", name="Add 1").click()
    expect(page.get_by_role("link", name="letters")).to_be_visible()
    page.get_by_role("button", name="Suspend letters").click()
    expect(page.get_by_text("Suspended")).to_be_visible()
    page.get_by_role("button", name="Resume letters").click()
    page.get_by_role("button", name="Back up now").click()
    page.get_by_role("dialog").get_by_role("button", name="Back up now").click()
    expect(page.get_by_role("link", name="Watch it")).to_be_visible()
    vault = place.ask("GET", "/vaults")["vaults"][0]
    task = until(lambda: place.ask("GET", "/operation-logs")["operation_logs"][0], "the task")
    place.ended(task["id"])
    expect(page.get_by_role("cell", name="1", exact=True)).to_be_visible()  # its backups, by itself

    open_tab(page, "Policies")
    page.get_by_role("button", name="Follow a policy").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Follow", exact=True).click()
    expect(page.get_by_role("link", name="weekly", exact=True)).to_be_visible()

    open_tab(page, "At a glance")
    page.get_by_role("button", name="Edit tags").click()
    page.get_by_label("Key").fill("not a key!")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A key has 1 to 36")).to_be_visible()
    page.get_by_label("Key").fill("team")
    page.get_by_label("Value").fill("office")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("team=office")).to_be_visible()
    expect(page.get_by_text("1 good backup read")).to_be_visible()

    open_tab(page, "Settings")
    page.get_by_role("button", name="Lock for good").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Lock for good")).to_be_disabled()
    dialog.get_by_label("Type archive to go on").fill("archive")
    dialog.get_by_role("button", name="Lock for good").click()
    expect(page.get_by_text("This vault is locked for good.")).to_be_visible()
    page.get_by_role("button", name="Delete the vault").click()
    expect(dialog).to_contain_text("1 backup is deleted with it")
    expect(dialog).to_contain_text("the server refuses this as long as")
    dialog.get_by_label("Type archive to go on").fill("archive")
    dialog.get_by_role("button", name="Delete the vault").click()
    expect(dialog.get_by_role("alert")).to_contain_text("prohibited from being manually deleted")
    window.check()
    page.keyboard.press("Escape")
    assert place.ask("GET", f"/vaults/{vault['id']}")["vault"]["locked"] is True


def test_its_growth_says_when_it_is_full(place: Place) -> None:
    vault = place.vault("growing", place.protect(place.files("x", a__txt="a")), size=100)
    grown(place, vault, days=60, per_day=GIB)
    still = place.vault("still", size=500)
    grown(place, still, days=20, per_day=0)
    window = place.page(f"vaults/{vault}")
    page = window.page
    words = page.get_by_text("At that rate it is full in about 3")
    expect(words).to_be_visible()
    days = re.search(r"about (\d+) days", words.inner_text())
    assert days
    ahead = page.evaluate(DAYS_AHEAD)  # the clocks of the viewer go back on the 25th
    assert ahead == [f"Oct {day} 2026 00:00" for day in (23, 24, 25, 26)]
    expect(page.get_by_role("img", name="It grows by")).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_visible()
    window.looks("vault-glance")
    page.get_by_label("How far back").select_option("A year")
    assert page.url.endswith("days=365")
    page.goto(f"{place.url}/#/{place.project_id}/vaults/{still}")
    expect(page.get_by_text("It does not grow.")).to_be_visible()
    window.go("overview")
    expect(page.get_by_text(f"full in {days[1]} days")).to_be_visible()
    window.check()


def test_the_list_is_searched_sorted_and_shared_by_its_address(place: Place) -> None:
    for number, name in enumerate(("letters", "pictures", "mail", "archive-2019")):
        vault = place.vault(name, size=40 * (number + 1))
        grown(place, vault, days=30 - number * 5, per_day=GIB if number != 3 else 6 * GIB + 300_000_000)
        if number:
            place.ask("POST", f"/vault/{vault}/tags", {"tag": {"key": "team", "value": f"t{number}"}})
    place.ask("POST", f"/vaults/{vault}/associatepolicy", {"policy_id": policy(place, "weekly")})
    place.vault("unlimited", size=10_485_760)
    window = place.page("vaults")
    page = window.page
    rows = page.get_by_role("row")
    expect(rows).to_have_count(6)
    expect(page.get_by_text("full first:")).to_be_visible()
    window.looks("vaults")
    page.get_by_role("button", name="Vault", exact=True).click()
    expect(rows.nth(1)).to_contain_text("unlimited")
    page.get_by_role("button", name="Capacity").click()
    expect(rows.nth(1)).to_contain_text("letters")
    assert "sort=used_percent" in page.url
    page.get_by_label("Name").fill("mai")
    expect(rows).to_have_count(2)
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("mai")
    expect(rows).to_have_count(2)
    page.get_by_label("Name").fill("nothing like it")
    expect(page.get_by_text("No vault fits")).to_be_visible()
    window.check()


def test_a_name_with_markup_is_only_a_name(place: Place) -> None:
    vault = place.vault("plain", place.protect(place.files("x", a__txt="a"), name=MARKUP))
    with rows(place.server) as kept:  # as another client may have named it, before names were checked
        kept.execute("UPDATE vault SET name = ? WHERE id = ?", (MARKUP, vault))
    window = place.page("vaults")
    page = window.page
    page.get_by_role("button", name="New vault").first.click()
    page.get_by_label("Name", exact=True).last.fill(MARKUP)
    page.get_by_role("button", name="Make the vault").click()
    expect(page.get_by_text("A name has 1 to 64 letters")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name=MARKUP).first.click()
    expect(page.get_by_role("heading", name=MARKUP, level=1)).to_be_visible()
    open_tab(page, "Resources")
    expect(page.get_by_role("link", name=MARKUP)).to_be_visible()
    window.looks("vault-resources")
    open_tab(page, "Settings")
    window.looks("vault-settings")
    page.get_by_role("button", name="Delete the vault").click()
    expect(page.get_by_role("dialog")).to_contain_text(MARKUP)
    page.get_by_role("dialog").get_by_role("textbox").fill(MARKUP)
    page.get_by_role("dialog").get_by_role("button", name="Delete the vault").click()
    expect(page.get_by_text("There is no vault yet")).to_be_visible(timeout=60_000)  # as soon as it is gone
    assert place.ask("GET", "/vaults")["vaults"] == []
    assert page.locator("main b, img[src=x]").count() == 0
    window.check()


def test_sizes_windows_and_limits_are_changed_in_their_place(place: Place) -> None:
    vault = place.vault("small", place.protect(place.files("x", a__txt="a"), size_gb=5), size=10)
    grown(place, vault, days=5, per_day=GIB)
    window = place.page(f"vaults/{vault}?tab=settings").forgive("status of 400")
    page = window.page
    size = page.get_by_label("Size in GiB")
    expect(page.get_by_role("button", name="Save").first).to_be_disabled()
    place.ask("PUT", f"/vaults/{vault}", {"vault": {"smn_notify": False}})  # somebody else does
    size.fill("2")  # less than what is stored: only the server knows
    page.get_by_role("button", name="Save").first.click()
    expect(size).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text(re.compile("not less than the 5.* GiB that is stored"))).to_be_visible()
    size.fill("30")
    page.get_by_label("Warn from this fullness on").fill("60")
    page.get_by_label("Grows when it is full").check()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("The vault has been changed.")).to_be_visible()
    page.get_by_role("button", name="Add a window").click()
    for day in ("Mon", "Tue", "Wed", "Thu", "Fri"):
        page.get_by_label(day).uncheck()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Sat, Sun, 22:00 to 02:00 (Europe/Berlin)")).to_be_visible()
    page.get_by_label("Tasks at once, at most").fill("2")
    page.get_by_role("button", name="Save").nth(1).click()
    until(lambda: place.ask("GET", f"/vaults/{vault}")["vault"]["holdfast"]["max_running_tasks"], "the limit")
    told = place.ask("GET", f"/vaults/{vault}")["vault"]
    assert (told["billing"]["size"], told["threshold"], told["auto_expand"]) == (30, 60, True)
    assert told["smn_notify"] is False
    expect(page.get_by_label("Warn in the server's log")).not_to_be_checked()
    expect(page.get_by_role("button", name="Save").first).to_be_disabled()
    assert told["holdfast"]["maintenance_windows"] == [
        {"weekdays": ["SA", "SU"], "begin": "22:00", "end": "02:00", "timezone": "Europe/Berlin"}
    ]
    window.check()


def test_the_password_is_shown_only_when_asked_for(place: Place) -> None:
    vault = place.vault("open")
    window = place.page(f"vaults/{vault}?tab=repository")
    page = window.page
    lines = page.get_by_role("region", name="Lines for a shell", exact=True)
    expect(lines).to_contain_text(f"/v3/{place.project_id}/vaults/{vault}/repository/")
    expect(lines).to_contain_text("'PASSWORD'")
    page.get_by_role("button", name="Show the password").click()
    secret = place.ask("GET", f"/vaults/{vault}/repository-key")["password"]
    expect(lines).to_contain_text(f"RESTIC_PASSWORD='{secret}'")
    page.get_by_role("button", name="Synchronize now").click()
    expect(page.get_by_role("link", name="Watch it")).to_be_visible()
    window.check()


def test_a_reader_sees_it_all_and_no_buttons(
    house: Server, browser: Browser, place: Place, tmp_path: Path
) -> None:
    reader = made(house, browser, tmp_path, role="reader")
    window = reader.page("vaults")
    expect(window.page.get_by_text("There is no vault yet")).to_be_visible()
    expect(window.page.get_by_role("button", name="New vault")).to_have_count(0)
    vault = place.vault("theirs", place.protect(place.files("x", a__txt="a")))
    with rows(house) as kept:
        for table in ("vault", "resource"):
            moved = (reader.project_id, place.project_id)
            kept.execute(f"UPDATE {table} SET project_id = ? WHERE project_id = ?", moved)
    for tab in ("", "resources", "policies", "repository", "settings"):
        window.go(f"vaults/{vault}?tab={tab}")
        expect(window.page.get_by_role("heading", name="theirs")).to_be_visible()
        expect(window.page.get_by_role("heading", level=2).first).to_be_visible()
        shown = window.page.get_by_role("main").get_by_role("button")
        names = [one for one in shown.all_inner_texts() if one.strip() not in ("Copy", "Skip to the content")]
        assert names == [], (tab, names)
    window.check()
    reader.close()
