"""One holdfast and one browser for all tests of the console in a process; a project for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from tests.end_to_end.serving import Server
from tests.web.console import CHROMIUM, FLAGS, PATIENCE_SECONDS, Place, made, served

expect.set_options(timeout=PATIENCE_SECONDS * 1000 / 2)


# Not longer than a module: as long as Playwright is there, its loop runs in this thread, and no other can.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as player:
        started = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("console")) as server:
        yield server


@pytest.fixture
def place(house: Server, browser: Browser, tmp_path: Path) -> Iterator[Place]:
    """A project of its own with an administrator in it."""
    fresh = made(house, browser, tmp_path)
    yield fresh
    fresh.close()
