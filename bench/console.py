"""How fast the console is, in a real browser, before a million tasks and ten thousand resources.

    make bench-console                    # or: python -m bench.console [TASKS [PAGE]]

The server is a process of its own over the database of `bench.tasks`, the browser Debian's chromium. First
paint is what the browser says of itself (`first-contentful-paint`), with nothing kept from before; what is
shown is complete when the screen's own content is there. An interaction is measured from the input to the
next frame that is painted after all that it led to has run (the browser's `event` timings); how long the
answer of the server took to be shown is told beside it.
"""

import logging
import shutil
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import Connection

from bench import machine, report
from bench.tasks import cases, fresh, generate, serving
from bench.tasks.fresh import Bell
from bench.tasks.places import SQLITE, Place, places
from holdfast.db import backups, resources, vaults
from holdfast.model import clock, ids
from holdfast.model.backup import Backup, BackupState
from holdfast.model.resource import ObjectType, Resource, ResourceType
from holdfast.model.vault import Attachment, Vault
from holdfast.web.pages import Console

TASKS = 1_000_000
RESOURCES = 10_000
ROUNDS = 7
FILE_SHARE = ResourceType.FILE_SHARE
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
_PATIENCE_MS = 60_000
_VAULTS = 20
_SETTLED_MS = 1500  # what a screen asks for afterwards is there
_TOLD_MS = 300  # the browser tells of an event a little later
_CHANGED = """
([selector, before]) => {
  const now = [...document.querySelectorAll(selector)].map((one) => one.innerText);
  return now.length > 0 && JSON.stringify(now) !== JSON.stringify(before);
}
"""
_WATCH = """
window.__seen = [];
new PerformanceObserver((list) => window.__seen.push(...list.getEntries()))
  .observe({ type: "event", durationThreshold: 16, buffered: true });
"""


class Painted(msgspec.Struct, frozen=True):
    """A screen, opened anew: milliseconds until something, and until its own content, was there."""

    screen: str
    first: list[float]
    whole: list[float]


class Done(msgspec.Struct, frozen=True):
    """Something that somebody does: milliseconds until the next frame, and until its answer was there."""

    what: str
    frame: list[float]
    answer: list[float]


@dataclass(frozen=True)
class Screen:
    """A screen, and what is there when it is complete."""

    name: str
    path: str
    complete: str


@dataclass(frozen=True)
class Deed:
    """Something to do on a screen, and what is there when it is done."""

    what: str
    path: str
    ready: str
    do: Callable[[Page], None]
    answered: str


DEEDS = (
    Deed(
        "Tasks: narrow the list to failed ones",
        "tasks",
        "main table tbody tr",
        lambda page: page.get_by_role("button", name="Failed").first.click(),
        "main table tbody tr",
    ),
    Deed(
        "Tasks: the next page",
        "tasks",
        "main table tbody tr",
        lambda page: page.get_by_role("button", name="Next").click(),
        "main table tbody tr",
    ),
    Deed(
        "Tasks: open one",
        "tasks",
        "main table tbody tr",
        lambda page: page.locator("main table tbody tr a").first.click(),
        "main dl",
    ),
    Deed(
        "Resources: type in the search",
        "resources",
        "main table tbody tr",
        lambda page: page.get_by_role("searchbox").first.press_sequentially("folder 07", delay=20),
        "main table tbody tr",
    ),
    Deed(
        "From tasks to the overview",
        "tasks",
        "main table tbody tr",
        lambda page: page.get_by_role("link", name="Overview").click(),
        "main .heat-week",
    ),
)
SCREENS = (
    Screen("Overview", "overview", "main .heat-week"),
    Screen("Tasks", "tasks", "main table tbody tr"),
    Screen("Tasks, two filters", "tasks?status=failed&operation_type=backup", "main table tbody tr"),
    Screen("Resources, 10,000 of them", "resources", "main table tbody tr"),
    Screen("Backups", "backups", "main table tbody tr"),
    Screen("Vaults", "vaults", "main table tbody tr"),
)


def main(tasks: int, page: Path) -> None:
    """Measure everything, and put the tables into a page."""
    logging.disable(logging.WARNING)
    with places([SQLITE], [tasks]) as (place,):
        generate.generate(place)
        columns = cases.of(place.columns, place.rows)
        _settle(place, columns.largest)
        token = serving.admit(place, columns.largest, scope=None)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        with fresh.beside(_serve, place, port):
            painted, done = _look(f"http://127.0.0.1:{port}", columns.largest, token)
    report.put(page, "console", "\n".join(_written(tasks, painted, done)))


def _serve(bell: Bell, place: Place, port: int) -> None:
    """Answer with the console before the API."""
    serving.answer(bell, place, port, Console)


def _settle(place: Place, project_id: str) -> None:
    """The project has its resources, once."""
    db = place.open()
    with db.transaction() as tx:
        if not resources.find(tx, project_id):
            _fill(tx, project_id, clock.now())
    db.close()


def _fill(tx: Connection, project_id: str, now: datetime) -> None:
    """Ten thousand folders in twenty vaults, each with a good backup of last night."""
    for number in range(_VAULTS):
        vault = Vault(
            id=ids.new(),
            project_id=project_id,
            user_id="bench",
            name=f"vault {number}",
            object_type=ObjectType.TURBO,
            size_gb=1000,
            used_bytes=number << 34,
            created_at=now - timedelta(days=400),
        )
        vaults.add(tx, vault, "no secret")
        for place in range(RESOURCES // _VAULTS):
            _add(tx, vault, f"folder {number:02}-{place:03}", now)


def _written(tasks: int, painted: Sequence[Painted], done: Sequence[Done]) -> Iterator[str]:
    yield from report.head(["screen, opened anew", "first paint", "slowest", "its content", "slowest"])
    for one in painted:
        yield report.row([one.screen, *_both(one.first), *_both(one.whole)])
    yield ""
    yield from report.head(["what is done", "next frame", "slowest", "its answer", "slowest"])
    for deed in done:
        yield report.row([deed.what, *_both(deed.frame), *_both(deed.answer)])
    yield ""
    conditions = f"{machine.describe(machine.work_folder())}; source {machine.source_digest()}"
    yield f"{tasks:,} tasks, {RESOURCES:,} resources, SQLite; {ROUNDS} times each, Chromium; {conditions}"


def _both(milliseconds: Sequence[float]) -> tuple[str, str]:
    return f"{statistics.median(milliseconds):.0f} ms", f"{max(milliseconds):.0f} ms"


def _add(tx: Connection, vault: Vault, name: str, now: datetime) -> None:
    resource = Resource(
        id=ids.new(),
        project_id=vault.project_id,
        name=name,
        type=FILE_SHARE,
        provider="directory",
        settings={"path": f"/srv/{name}"},
        size_bytes=1 << 30,
        created_at=vault.created_at,
    )
    resources.put(tx, resource)
    vaults.attach(
        tx,
        vault.id,
        Attachment(resource_id=resource.id, name=name, type=FILE_SHARE, size_gb=1),
    )
    backups.add(
        tx,
        Backup(
            id=ids.new(),
            project_id=vault.project_id,
            vault_id=vault.id,
            checkpoint_id=ids.new(),
            resource_id=resource.id,
            resource_name=name,
            resource_type=FILE_SHARE,
            name=f"backup of {name}",
            state=BackupState.AVAILABLE,
            snapshot_id=ids.new().replace("-", "") * 2,
            read_bytes=1 << 30,
            created_at=now - timedelta(hours=6),
            updated_at=now - timedelta(hours=6),
            protected_at=now - timedelta(hours=6),
        ),
    )


def _look(url: str, project_id: str, token: str) -> tuple[list[Painted], list[Done]]:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)

        def opened(path: str) -> Page:
            context = browser.new_context(
                viewport={"width": 1280, "height": 860}, timezone_id="Europe/Berlin"
            )
            context.set_default_timeout(_PATIENCE_MS)
            context.add_cookies([{"name": "holdfast_session", "value": token, "url": url}])
            page = context.new_page()
            page.add_init_script(_WATCH)
            page.goto(f"{url}/#/{project_id}/{path}")
            return page

        painted = [_painted(screen, opened) for screen in SCREENS]
        done = [_done(deed, opened) for deed in DEEDS]
        browser.close()
    return painted, done


def _painted(screen: Screen, opened: Callable[[str], Page]) -> Painted:
    first, whole = [], []
    for _ in range(ROUNDS):
        page = opened(screen.path)
        page.wait_for_selector(screen.complete)
        whole.append(page.evaluate("performance.now()"))
        first.append(
            page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
        )
        page.context.close()
    return Painted(screen.name, first, whole)


def _done(deed: Deed, opened: Callable[[str], Page]) -> Done:
    frame, answer = [], []
    for _ in range(ROUNDS):
        page = opened(deed.path)
        page.wait_for_selector(deed.ready)
        page.wait_for_timeout(_SETTLED_MS)
        page.evaluate("window.__seen = []")
        before = page.locator(deed.ready).all_inner_texts()
        begun = time.monotonic()
        deed.do(page)
        if deed.answered == deed.ready:  # other rows than before
            page.wait_for_function(_CHANGED, arg=[deed.ready, before], polling="raf")
        else:
            page.wait_for_selector(deed.answered)
        answer.append((time.monotonic() - begun) * 1000)
        page.wait_for_timeout(_TOLD_MS)
        frame.append(page.evaluate("Math.max(0, ...window.__seen.map((one) => one.duration))"))
        page.context.close()
    return Done(deed.what, frame, answer)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else TASKS,
        Path(sys.argv[2]) if len(sys.argv) > 2 else report.PAGE,
    )
