"""The stream of events, as a window hears it over a break."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.end_to_end.serving import Server
from tests.web.console import Place, made


@pytest.fixture
def own_place(tmp_path: Path, browser: Browser) -> Iterator[Place]:
    """A house of its own, which comes back at the same address when it is started again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    server = Server(tmp_path / "data", ("--listen", address))
    server.data.mkdir()
    server.start()
    place = made(server, browser, tmp_path)
    yield place
    place.close()
    if server.process is not None:
        server.kill()


def test_a_window_says_when_it_is_not_live_and_goes_on_where_it_was(own_place: Place) -> None:
    place = own_place
    vault = place.vault("files", place.protect(place.files("letters", a__txt="dear you")))
    window = place.page("tasks").forgive(
        "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "ERR_CONNECTION_RESET"
    )
    page = window.page
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_text("Nothing has been asked for yet")).to_be_visible()  # the screen is loaded
    place.server.kill()
    expect(page.get_by_text("Not live: trying again")).to_be_visible()
    place.server.start()
    (task,) = place.back_up(vault)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.locator(f'a[href*="{task["id"]}"]').first).to_be_visible()  # it ran while nobody heard
    window.check()


def test_a_screen_that_cannot_be_loaded_says_what_to_do(own_place: Place) -> None:
    window = own_place.page("tasks").forgive("ERR_")
    page = window.page
    expect(page.get_by_text("Nothing has been asked for yet")).to_be_visible()
    own_place.server.kill()
    page.get_by_role("link", name="Policies").click()
    expect(page.get_by_role("alert")).to_contain_text("This screen could not be loaded.")
    expect(page.get_by_role("alert")).to_contain_text("Check that holdfast runs")
    own_place.server.start()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Policies", level=1)).to_be_visible()
