"""This house: its regions, its workers, and for how long it remembers tasks."""

from pathlib import Path

from playwright.sync_api import Browser, expect
from tests.end_to_end.serving import Server
from tests.web.console import Place, made


def test_an_administrator_sees_regions_and_workers_and_sets_how_long_tasks_are_kept(place: Place) -> None:
    window = place.page("regions")
    page = window.page
    expect(page.get_by_text("This house", exact=True)).to_be_visible()
    expect(page.get_by_text("There is no other region yet")).to_be_visible()
    expect(page.get_by_text("Alive").first).to_be_visible()
    window.looks("regions")
    page.get_by_label("A rule of this project's own").check()
    page.get_by_label("Days").fill("0")
    expect(page.get_by_role("button", name="Save the rule")).to_be_disabled()
    page.get_by_label("Days").fill("30")
    page.get_by_role("button", name="Save the rule").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("30 days")).to_be_visible()
    if dialog.get_by_label("Type 30 to go on").count():
        dialog.get_by_label("Type 30 to go on").fill("30")
    dialog.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_role("definition").get_by_text("30 days")).to_be_visible()
    assert place.ask("GET", "/holdfast/history")["history"]["days"] == 30

    place.ask("PUT", "/holdfast/history", {"history": {"days": 900}})
    page.reload()
    page.get_by_label("A rule of this project's own").uncheck()
    page.get_by_role("button", name="Save the rule").click()
    expect(dialog.get_by_text("400 days")).to_be_visible()
    dialog.get_by_label("Type 400 to go on").fill("400")
    dialog.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_role("definition").get_by_text("400 days")).to_have_count(2)
    window.check()


def test_a_reader_sees_the_regions_and_nothing_to_change(
    house: Server, browser: Browser, tmp_path: Path
) -> None:
    place = made(house, browser, tmp_path, role="reader")
    window = place.page("regions")
    expect(window.page.get_by_text("History of tasks")).to_be_visible()
    expect(window.page.get_by_text("Workers of this house")).to_have_count(0)
    expect(window.page.get_by_role("button", name="Save the rule")).to_have_count(0)
    window.check()
    place.close()
