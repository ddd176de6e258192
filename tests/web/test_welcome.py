"""The first run: from an empty project to a first backup, without reading documentation."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.end_to_end.serving import Server
from tests.web.console import Place, Watched, made


@pytest.fixture
def reader(house: Server, browser: Browser, tmp_path: Path) -> Iterator[Place]:
    """A project of its own with a reader in it."""
    fresh = made(house, browser, tmp_path, role="reader")
    yield fresh
    fresh.close()


LONG = 60_000  # milliseconds, for what a worker does


def step(window: Watched, name: str) -> None:
    """The step that is shown."""
    expect(window.page.get_by_role("heading", level=2, name=name, exact=True)).to_be_visible(timeout=LONG)


def following(window: Watched) -> None:
    """Go to the next step."""
    window.page.get_by_role("button", name="Next", exact=True).click()


def test_an_empty_project_comes_to_a_first_backup(place: Place) -> None:
    folder = place.files("letters", a__txt="dear", b__tmp="scrap")
    window = place.page("overview").forgive("status of 404")
    page = window.page
    expect(page.get_by_text("Protect something first")).to_be_visible()
    page.get_by_role("button", name="Begin with a first backup").click()
    step(window, "What to protect")
    page.get_by_label("Path of the folder").fill(f"{folder}-of-nobody")
    following(window)
    expect(page.get_by_text("There is no such folder on the server's machine.")).to_be_visible()
    expect(page.get_by_label("Path of the folder")).to_have_attribute("aria-invalid", "true")
    window.looks("welcome-what")
    page.get_by_label("Path of the folder").fill(str(folder))
    page.get_by_text("Leave something out").click()
    page.get_by_label("Patterns, one per line").fill("*.tmp")
    following(window)
    step(window, "Where backups go")
    following(window)
    step(window, "When they are made")
    window.check()
    following(window)
    step(window, "The first backup")
    page.get_by_role("button", name="Back up now").click()
    expect(page.get_by_text("Success")).to_be_visible(timeout=LONG)
    window.check()
    following(window)
    expect(page.get_by_text("letters has a backup in the vault directories.")).to_be_visible()
    window.looks("welcome-done")
    page.get_by_role("link", name="Go to the overview").click()
    expect(page.get_by_text("1 not proven restorable in 90 days")).to_be_visible()
    expect(page.get_by_text("Protect something first")).to_have_count(0)
    [resource] = place.ask("GET", "/resources")["resources"]
    assert resource["settings"] == {"path": str(folder), "exclude": ["*.tmp"]}
    [policy] = place.ask("GET", "/policies")["policies"]
    assert policy["holdfast"]["timezone"] == place.zone
    assert policy["operation_definition"]["retention_duration_days"] == 30


def test_who_goes_back_or_breaks_off_makes_nothing_twice(place: Place) -> None:
    wrong, folder = place.files("drafts", a__txt="no"), place.files("letters", a__txt="dear")
    window = place.page("welcome")
    page = window.page
    page.get_by_label("Path of the folder").fill(str(wrong))
    following(window)
    step(window, "Where backups go")
    page.get_by_role("link", name="What to protect").click()
    step(window, "What to protect")
    page.get_by_label("Path of the folder").fill(str(folder))
    page.get_by_label("Name (optional)").fill("")
    following(window)
    step(window, "Where backups go")
    page.get_by_label("Name of the vault").fill("post")
    following(window)
    step(window, "When they are made")
    page.get_by_role("radio", name="Every hour").check()
    following(window)
    step(window, "The first backup")
    page.get_by_role("link", name="When they are made").click()
    expect(page.get_by_role("radio", name="Every hour")).to_be_checked()
    page.get_by_role("radio", name="Every Sunday").check()
    following(window)
    step(window, "The first backup")
    page.get_by_role("link", name="Where backups go").click()
    expect(page.get_by_text("letters is in the vault post.")).to_be_visible()
    window.check()
    resumed = place.page("welcome")
    step(resumed, "The first backup")
    resumed.page.get_by_role("button", name="Back up now").click()
    expect(resumed.page.get_by_text("Success")).to_be_visible(timeout=LONG)
    following(resumed)
    step(resumed, "Done")
    expect(resumed.page.get_by_text("The policy weekly makes the next backup by itself.")).to_be_visible()
    resumed.check()
    assert [one["name"] for one in place.ask("GET", "/resources")["resources"]] == ["letters"]
    assert [one["name"] for one in place.ask("GET", "/vaults")["vaults"]] == ["post"]
    assert [one["name"] for one in place.ask("GET", "/policies")["policies"]] == ["weekly"]
    assert place.ask("GET", "/operation-logs", operation_type="backup")["count"] == 1


def test_what_is_not_protected_is_offered_however_much_is(place: Place) -> None:
    ids = [place.protect(place.files(f"a{at}"), f"a{at:03}") for at in range(101)]
    place.vault("full", *ids)
    for name in "stuvwxyz":
        place.protect(place.files(name))
    window = place.page("welcome")
    offered = window.page.get_by_role("group", name="Known already, but not protected yet")
    expect(offered.get_by_role("listitem")).to_have_count(6)
    expect(offered.get_by_role("listitem").first).to_contain_text(str(place.folder / "s"))
    expect(offered.get_by_role("link", name="and 2 more")).to_be_visible()
    this = offered.get_by_role("button", name=re.compile("Protect this ?: t$"))
    this.click()
    step(window, "Where backups go")
    window.page.get_by_role("link", name="What to protect").click()
    expect(offered.get_by_role("link", name="and 1 more")).to_be_visible()
    expect(this).to_have_count(0)
    window.check()


def test_a_reader_is_asked_to_make_nothing(reader: Place) -> None:
    window = reader.page("overview")
    expect(window.page.get_by_text("Nothing is protected yet")).to_be_visible()
    expect(window.page.get_by_role("button", name="Begin with a first backup")).to_have_count(0)
    window.go("welcome")
    expect(window.page.get_by_text("You may look at this project, but not change it")).to_be_visible()
    expect(window.page.get_by_role("textbox")).to_have_count(0)
    window.check()
