"""The overview: what is wrong is said first, and what is not known is not called well."""

import os
import re
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from playwright.sync_api import Page, Route, expect
from tests.web.console import Place

DAY_MICROSECONDS = 86_400_000_000
LONG = 60_000  # milliseconds, for what a worker does
SUM = "**/v3/*/holdfast/protection/summary"
OVERDUE = "**/v3/*/holdfast/overdue?*"
STATES = ("unprotected", "suspended", "failing", "overdue", "new", "unproven")


def failing(place: Place) -> None:
    """A folder with a good backup and a failed one after it."""
    folder = place.files("letters", a__txt="dear")
    vault = place.vault("post", place.protect(folder))
    place.back_up(vault)
    folder.rename(folder.with_name("moved"))
    place.back_up(vault)


def neglected(place: Place) -> None:
    """A folder whose policy came due yesterday, and nothing came of it."""
    vault = place.vault("archive", place.protect(place.files("papers", a__txt="x")))
    pattern = ["FREQ=DAILY;BYHOUR=2;BYMINUTE=0"]
    policy = {
        "name": "nightly",
        "operation_type": "backup",
        "operation_definition": {},
        "trigger": {"properties": {"pattern": pattern}},
    }
    made = place.ask("POST", "/policies", {"policy": policy})["policy"]["id"]
    place.ask("POST", f"/vaults/{vault}/associatepolicy", {"policy_id": made})
    followed_for_days(place.server.data / "holdfast.db", vault, made)


def followed_for_days(rows: Path, vault: str, policy: str) -> None:
    """Three days have passed since the vault followed the policy, and no scheduler ran."""
    changes = (
        ("UPDATE policy SET created_at = created_at - ? WHERE id = ?", policy),
        ("UPDATE vault_policy SET since = since - ? WHERE vault_id = ?", vault),
        ("UPDATE attachment SET since = since - ? WHERE vault_id = ?", vault),
    )
    with sqlite3.connect(rows, timeout=30) as tx:
        for change, key in changes:
            tx.execute(change, (3 * DAY_MICROSECONDS, key))


def test_what_is_wrong_stands_first_and_leads_to_what_to_do(place: Place) -> None:
    failing(place)
    neglected(place)
    place.protect(place.files("alone", a__txt="nobody backs me up"))
    window = place.page("overview")
    page = window.page
    standing = page.get_by_role("region", name="How it stands")
    expect(standing.get_by_role("link")).to_have_text(
        ["1 resource failing", "1 overdue", "1 unprotected", "1 not proven restorable in 90 days"]
    )
    expect(standing).to_contain_text("As of")
    expect(standing).to_contain_text("live")
    problems = page.get_by_role("region", name="What failed lately")
    expect(problems.get_by_role("listitem")).to_have_count(1)
    expect(problems).to_contain_text("letters")
    expect(page.get_by_role("grid").get_by_role("link").first).to_be_visible()
    expect(page.get_by_role("table").get_by_role("row", name="letters")).to_be_visible()
    window.looks("overview")
    place.folder.joinpath("moved").rename(place.folder / "letters")
    problems.get_by_role("button", name="Retry").click()
    expect(problems.get_by_text("Tried again: see how it goes")).to_be_visible()
    expect(standing.get_by_text("1 resource failing")).to_have_count(0, timeout=LONG)
    expect(standing.get_by_role("link", name="1 overdue")).to_have_attribute(
        "href", address(place, "resources?state=overdue")
    )
    window.check()

    page.route("**/operation-logs?*", crowded)
    page.reload()
    expect(problems).to_contain_text("Only the newest 1 of 250 failures are looked at here.")
    now = page.get_by_role("region", name="75 tasks run now")
    expect(now.get_by_role("link", name="and 75 more")).to_have_attribute(
        "href", address(place, "tasks?status=running")
    )
    expect(now).to_contain_text("2 tasks wait: for their turn")
    night = page.get_by_role("region", name="Last night")
    expect(night).to_contain_text("250 failed, 75 are running.")
    expect(night).to_contain_text("of them are drawn: the newest of those that failed, and of the rest.")


def crowded(route: Route) -> None:
    """As if there were many more tasks of a status than an answer tells."""
    reply = route.fetch()
    told = reply.json()
    status = parse_qs(urlsplit(route.request.url).query).get("status", [""])[0]
    if status == "waiting":
        told["operation_logs"] = [waiting(str(number)) for number in range(2)]
    counts = {"waiting": 2, "running": 75, "failed,timeout": 250}
    route.fulfill(response=reply, json=told | {"count": counts.get(status, told["count"])})


def waiting(task_id: str) -> dict[str, Any]:
    task = {"id": task_id, "status": "waiting", "operation_type": "backup", "vault_name": "v"}
    return task | {"extra_info": {}, "holdfast": {"waits_because": {"reason": "queue"}}}


def address(place: Place, hash: str) -> str:
    return f"#/{place.project_id}/{hash}"


def test_a_backup_is_seen_while_it_runs_and_a_day_leads_to_its_tasks(place: Place) -> None:
    folder = place.files("films")
    for number in range(3):
        (folder / f"{number}.bin").write_bytes(os.urandom(1 << 24))
    vault = place.vault("store", place.protect(folder))
    window = place.page("overview")
    page = window.page
    running = page.get_by_role("region", name="now")
    expect(running).to_contain_text("Nothing runs and nothing waits")
    expect(page.get_by_role("region", name="How it stands")).to_contain_text("live")
    task_id = place.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault}})["operation_log_id"]
    row = running.get_by_role("listitem").filter(has=page.get_by_role("link", name="Backup · films"))
    expect(row.get_by_role("progressbar", name="Progress of films")).to_be_visible()
    place.ended(task_id)
    expect(running).to_contain_text("Nothing runs and nothing waits")
    expect(page.get_by_role("table").get_by_role("row", name="films")).to_be_visible(timeout=LONG)
    page.reload()
    days = page.get_by_role("grid")
    today = days.get_by_role("link", name=": 1 of 1 well")
    expect(today).to_be_visible()
    expect(days.get_by_role("link")).to_have_count(90)
    today.focus()
    for key, back in (("ArrowUp", 1), ("ArrowLeft", 7), ("ArrowDown", -1), ("ArrowRight", -7), ("Home", 89)):
        before = focused(page)
        page.keyboard.press(key)
        assert before - focused(page) == back, key
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks?*")
    asked = dict(one.split("=") for one in page.url.split("?")[1].split("&"))
    assert set(asked) == {"created_after", "created_before"}
    span = {name: unquote(value) for name, value in asked.items()}
    day = datetime.fromisoformat(span["created_before"]) - datetime.fromisoformat(span["created_after"])
    assert timedelta(hours=23) <= day <= timedelta(hours=25)
    assert [one["id"] for one in place.ask("GET", "/operation-logs", **span)["operation_logs"]] == [task_id]
    older = {"created_before": span["created_after"]}
    assert place.ask("GET", "/operation-logs", **older)["count"] == 0


def focused(page: Page) -> int:
    """The number of the day that has the focus, the oldest being the first."""
    found: int = page.evaluate("[...document.querySelectorAll('a.heat')].indexOf(document.activeElement)")
    return found


def test_it_is_never_green_when_something_is_not_known(place: Place) -> None:
    """What resources are like is told and good; what is overdue besides is not told at first."""
    window = place.page("policies").forgive("status of 503")
    page = window.page
    page.route(SUM, all_well)
    page.route(OVERDUE, spoil)
    window.go("overview")
    standing = page.get_by_role("region", name="How it stands")
    expect(standing).to_contain_text("Nobody can say that all is well")
    expect(standing).to_contain_text("Some figures could not be loaded")
    expect(standing).not_to_have_class(re.compile("tone-good"))
    expect(page.get_by_role("region", name="Last night")).to_contain_text("Nothing ran since")
    window.check()
    page.unroute(OVERDUE)
    standing.get_by_role("button", name="Try again").click()
    expect(standing).to_contain_text("All 3 resources are protected and proven")
    expect(standing).to_have_class(re.compile("tone-good"))
    page.unroute(SUM)
    page.route(SUM, spoil)
    page.reload()
    expect(standing).to_contain_text("Nobody can say that all is well")
    expect(standing).not_to_have_class(re.compile("tone-good"))


def all_well(route: Route) -> None:
    told = {"resources": 3, "protected": 3} | dict.fromkeys(STATES, 0)
    route.fulfill(status=200, json={"protection_summary": told})


def spoil(route: Route) -> None:
    route.fulfill(status=503, json={"error_code": "Holdfast.0058", "error_msg": "Not now."})
