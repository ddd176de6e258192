"""Resources in the console: whether each is safe, and what can be done about it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.end_to_end.serving import Server
from tests.web.console import Place, made, until


def tile(page: Page, name: str) -> str:
    """The number that stands with a state."""
    return (
        page.get_by_label("By state")
        .get_by_role("link", name=re.compile(rf"\b{name}$"))
        .locator(".value")
        .inner_text()
    )


def row(page: Page, name: str) -> str:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True)).inner_text()


def test_from_unprotected_to_backed_up_without_leaving_the_browser(place: Place) -> None:
    letters = place.files("letters", a__txt="dear")
    window = place.page("resources").forgive("status of 404")  # it is asked for once more while it goes
    page = window.page
    expect(page.get_by_text("Nothing to protect yet")).to_be_visible()
    page.get_by_role("button", name="Add a folder or disk image").first.click()
    page.get_by_label("Path").fill(str(letters) + "-nowhere")
    page.get_by_role("button", name="Add", exact=True).click()
    window.forgive("status of 404")
    expect(page.get_by_text("There is nothing at this path on the server.")).to_be_visible()
    page.get_by_label("Path").fill(str(letters))
    page.get_by_label("Tags").fill("team=web, team=x")
    expect(page.get_by_text("A key is there twice.")).to_be_visible()
    page.get_by_label("Tags").fill("team=web, gold")
    page.get_by_label("Leave out").fill("*.tmp\n\n*.bak")
    window.looks("resource-add")
    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.get_by_role("heading", name="letters", level=1)).to_be_visible()
    expect(page.get_by_text("In no vault: nothing backs it up.")).to_be_visible()
    expect(page.get_by_text("*.tmp, *.bak")).to_be_visible()
    expect(page.get_by_text("team=web")).to_be_visible()
    page.get_by_role("button", name="Protect…").click()
    page.get_by_label("Name of the vault").fill("papers")
    window.looks("resource-protect")
    page.get_by_role("button", name="Protect", exact=True).click()
    expect(page.get_by_text("In a vault, and not backed up yet.")).to_be_visible()

    page.get_by_role("button", name="Back up now").click()
    expect(page.get_by_text("In a vault, and the last backup went well.")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Last good backup")).to_be_visible()
    restore = page.get_by_role("button", name="Restore…")
    expect(restore).to_have_attribute("href", re.compile(r"restore\?backup_id="))
    expect(page.locator("ol.resource-days").get_by_role("link", name="1 good backup")).to_be_visible()
    window.looks("resource")
    page.route("**/backups?*", more_than_shown)
    page.reload()
    expect(page.get_by_text("Only the newest 1,000 are shown: those since")).to_be_visible()
    expect(page.locator("ol.resource-days").get_by_text(": not shown")).to_have_count(89)
    page.unroute("**/backups?*")

    page.get_by_role("button", name="Edit tags").click()
    page.get_by_role("textbox", name="Tags").fill("team=mail")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("team=mail")).to_be_visible()
    page.get_by_role("button", name="Remove from vault").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove from vault").click()
    expect(page.get_by_text("In no vault: nothing backs it up.")).to_be_visible()
    window.check()


def more_than_shown(route: Route) -> None:
    """What is there, as the newest of many."""
    reply = route.fetch()
    route.fulfill(response=reply, json=reply.json() | {"count": 2160})


@pytest.fixture
def town(place: Place) -> Place:
    """Resources in all states, and one whose name is markup."""
    names = ("accounts", "blog", "<b>calendar</b>", "drafts", "e-mail archive", "photos 2024")
    ids = {name: place.protect(place.files(f"f{at}", a__txt="a"), name) for at, name in enumerate(names)}
    fine = place.vault("first-floor", ids["accounts"], ids["<b>calendar</b>"])
    place.back_up(fine)
    broken = place.vault("cellar", ids["blog"])
    place.back_up(broken)
    gone = place.folder / "f1"
    gone.rename(place.folder / "elsewhere")
    place.back_up(broken)
    asleep = place.vault("attic", ids["drafts"])
    place.ask(
        "PUT",
        f"/vaults/{asleep}/set-resources",
        {"resource_ids": [ids["drafts"]], "action": "suspend"},
    )
    return place


def followed(town: Place, vault: str) -> None:
    """A vault follows a policy that backs up, one that is switched off, and one that replicates."""
    vaults = {one["name"]: one["id"] for one in town.ask("GET", "/vaults")["vaults"]}
    billing = {"consistent_level": "crash_consistent", "object_type": "turbo", "protect_type": "replication"}
    copies = {"name": "copies", "billing": billing | {"size": 10}, "resources": []}
    there = town.ask("POST", "/vaults", {"vault": copies})["vault"]["id"]
    offsite = {"destination_region": "local-1", "destination_project_id": town.project_id}
    for name, enabled, kind, definition in (
        ("nightly", True, "backup", {}),
        ("weekly", False, "backup", {}),
        ("offsite", True, "replication", offsite),
    ):
        policy = {
            "name": name,
            "enabled": enabled,
            "operation_type": kind,
            "operation_definition": definition,
        }
        trigger = {"properties": {"pattern": ["FREQ=DAILY;BYHOUR=2;BYMINUTE=0"]}}
        made = town.ask("POST", "/policies", {"policy": policy | {"trigger": trigger}})["policy"]["id"]
        more = {"destination_vault_id": there} if kind == "replication" else {}
        bound = {"policy_id": made, "holdfast": {"keep_others": True}} | more
        town.ask("POST", f"/vaults/{vaults[vault]}/associatepolicy", bound)


def test_every_state_is_told_counted_and_found(town: Place) -> None:
    window = town.page("resources")
    page = window.page
    expect(page.get_by_role("link", name="<b>calendar</b>")).to_be_visible()
    assert [tile(page, one) for one in ("All", "Protected", "Failing", "Unprotected", "Suspended")] == list(
        "62121"
    )
    assert tile(page, "Unproven") == "3"
    for name, word in {"blog": "Failing", "accounts": "Protected", "drafts": "Suspended"}.items():
        assert word in row(page, name)
    assert "Unproven" in row(page, "accounts")
    window.looks("resources")

    followed(town, "cellar")
    page.get_by_label("By state").get_by_role("link", name="Failing").click()
    expect(page.get_by_role("row")).to_have_count(2)
    assert "state=failing" in page.url
    page.get_by_role("link", name="blog").click()
    expect(page.get_by_text("The last backup failed.")).to_be_visible()
    expect(page.locator("ol.resource-days a.failed")).to_have_attribute("href", re.compile(r"/tasks/"))
    plan = page.get_by_role("region", name="When it is backed up")
    expect(plan.get_by_role("heading")).to_have_text(["When it is backed up", "nightly", "weekly"])
    expect(plan.get_by_role("listitem")).to_have_count(3)
    expect(plan.get_by_text("It is switched off: no backup comes by it.")).to_have_count(1)
    expect(plan.get_by_role("definition")).to_have_text("offsite")
    window.looks("resource-failing")
    window.go("resources?state=suspended")
    page.get_by_role("link", name="drafts").click()
    expect(plan.get_by_text("Its backups are suspended")).to_be_visible()

    window.go("resources")
    page.get_by_label("Search by name").fill("MAIL")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page).to_have_url(re.compile("q=MAIL"))
    page.reload()
    expect(page.get_by_label("Search by name")).to_have_value("MAIL")
    page.get_by_label("Search by name").fill("nothing like it")
    expect(page.get_by_text("No resource fits")).to_be_visible()
    window.check()


def test_several_are_put_into_a_vault_and_backed_up_at_once(town: Place) -> None:
    window = town.page("resources?state=unprotected")
    page = window.page
    page.get_by_label("Choose all of this page").check()
    page.get_by_role("button", name="Protect…").click()
    chosen = page.get_by_role("dialog").get_by_label("Vault", exact=True)
    vaults = town.ask("GET", "/vaults")["vaults"]
    chosen.select_option(value=next(one["id"] for one in vaults if one["name"] == "first-floor"))
    page.get_by_role("button", name="Protect", exact=True).click()
    expect(page.get_by_text("2 resources are in a vault now.")).to_be_visible()
    window.go("resources?state=new")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_label("Choose e-mail archive").check()
    page.get_by_label("Choose photos 2024").check()
    window.looks("resources-chosen")
    page.get_by_role("button", name="Back up now").click()
    expect(page.get_by_text("2 backups have been asked for.")).to_be_visible()

    def told() -> bool:
        summary = town.ask("GET", "/holdfast/protection/summary")["protection_summary"]
        return bool(summary["protected"] == 4)

    until(told, "both to be backed up")
    window.check()


def test_a_reader_looks_and_changes_nothing(house: Server, browser: Browser, tmp_path: Path) -> None:
    place = made(house, browser, tmp_path, role="reader")
    window = place.page("resources")
    page = window.page
    expect(page.get_by_text("An administrator makes known what there is to protect.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    window.check()
    place.close()
