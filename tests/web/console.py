"""A real holdfast, a real browser, and what a test needs of both: a project of its own, signed in."""

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from tests.end_to_end.serving import Server, password_request
from tests.service.people import CHEAP

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# No screen, no sandbox as root, and no word to any other host.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
AXE = Path(__file__).parents[2] / ".venv/web/node_modules/axe-core/axe.min.js"
PATIENCE_SECONDS = 60
SHOTS = os.environ.get("HOLDFAST_SHOTS")  # the folder that pictures of the screens go to, if they shall
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@dataclass
class Place:
    """A project of its own in a house that serves, with a user who has signed in to it."""

    server: Server
    project_id: str
    user: str
    password: str
    folder: Path
    api: httpx.Client
    browser: Browser
    role: str = "admin"
    zone: str = "Europe/Berlin"
    language: str = "en-GB"
    _contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the console is."""
        return self.server.credentials["endpoint"]

    # ── the API, asked as any client asks it ──

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """A call of the project that must succeed; its JSON."""
        answer = self.api.request(method, f"/v3/{self.project_id}{path}", json=body, params=query)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    def files(self, name: str, **content: str | bytes) -> Path:
        """A folder with files in it; `a__txt` is the file `a.txt`."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in content.items():
            path = folder / file.replace("__", ".")
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    def protect(self, path: Path, name: str | None = None, **more: Any) -> str:
        """Make a folder known; the resource's id."""
        told = {"type": "directory", "name": name or path.name, "provider": "directory"}
        body = {"resource": {**told, "settings": {"path": str(path)}, **more}}
        return str(self.ask("POST", "/resources", body)["resource"]["id"])

    def vault(self, name: str, *resource_ids: str, size: int = 10) -> str:
        """A vault for folders with these in it; its id."""
        billing = {"consistent_level": "crash_consistent", "object_type": "turbo", "protect_type": "backup"}
        resources = [{"id": one, "type": "OS::Sfs::Turbo"} for one in resource_ids]
        body = {"vault": {"name": name, "billing": {**billing, "size": size}, "resources": resources}}
        return str(self.ask("POST", "/vaults", body)["vault"]["id"])

    def back_up(self, vault_id: str, **more: Any) -> list[dict[str, Any]]:
        """Back up all that a vault has; the tasks, when they have ended."""
        made = self.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault_id, **more}})
        checkpoint_id = made["checkpoint"]["id"]
        found = self.ask("GET", "/operation-logs", checkpoint_id=checkpoint_id)["operation_logs"]
        return [self.ended(task["id"]) for task in found]

    def ended(self, task_id: str) -> dict[str, Any]:
        """A task, when it has ended."""
        told: dict[str, Any] = self.ask("GET", f"/operation-logs/{task_id}", wait=PATIENCE_SECONDS)
        task: dict[str, Any] = told["operation_log"]
        assert task["status"] not in ("waiting", "running"), task
        return task

    # ── the browser ──

    def page(self, hash: str = "", *, signed_in: bool = True, **more: Any) -> "Watched":
        """A fresh window of a browser, at a screen of this project: `tasks?status=failed`."""
        options: dict[str, Any] = {
            "viewport": WIDE,
            "timezone_id": self.zone,
            "locale": self.language,
            **more,
        }
        context = self.browser.new_context(**options)
        self._contexts.append(context)
        context.add_init_script(path=AXE)
        context.set_default_timeout(PATIENCE_SECONDS * 1000 / 4)
        if signed_in:
            context.add_cookies([{"name": "holdfast_session", "value": self.cookie(), "url": self.url}])
        return Watched(self, context.new_page()).go(hash)

    def cookie(self) -> str:
        """The token that a browser has in its cookie."""
        person = {"name": self.user, "password": self.password}
        answer = httpx.post(f"{self.url}/v3/auth/session", json={"session": person}, timeout=30)
        assert answer.status_code == 201, answer.text
        return answer.cookies["holdfast_session"]

    def close(self) -> None:
        """Close all windows."""
        for context in self._contexts:
            context.close()
        self.api.close()


class Watched:
    """A window in which nothing may go wrong unseen: an error in its console fails the test."""

    def __init__(self, place: Place, page: Page) -> None:
        self.place = place
        self.page = page
        self.faults: list[str] = []
        self.forgiven: tuple[str, ...] = ()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(one in message.text for one in self.forgiven):
            self.faults.append(f"{message.text} {message.location.get('url', '')}")

    def _see(self, request: Request) -> None:
        """Nothing is asked of any other host."""
        if not request.url.startswith((f"{self.place.url}/", "data:", "blob:")):
            self.faults.append(f"asks for {request.url}")

    def forgive(self, *parts: str) -> "Watched":
        """What a browser says by itself of answers that a test wants: `status of 403`."""
        self.forgiven += parts
        return self

    def go(self, hash: str = "") -> "Watched":
        """Go to a screen of the project."""
        self.page.goto(f"{self.place.url}/#/{self.place.project_id}/{hash}")
        return self

    def check(self) -> None:
        """Nothing went wrong, and axe finds nothing that keeps people from using what is shown."""
        self.check_access()
        assert not self.faults, self.faults

    def check_access(self) -> None:
        """WCAG 2.2 A and AA, by axe-core."""
        self._violations(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])

    def _violations(self, rules: list[str]) -> None:
        # Only these are asked for: to hand over all that axe tells takes longer than to find it.
        asked = (
            "rules => axe.run({runOnly: rules, resultTypes: ['violations']}).then(told => told.violations)"
        )
        found = self.page.evaluate(asked, rules)
        told = [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found
            for node in one["nodes"]
        ]
        assert not told, "\n".join(told)

    def looks(self, name: str) -> None:
        """Check it in light, in dark and as wide as a phone; keep pictures of each, where they are wanted."""
        for suffix, scheme, size in (
            ("light", "light", WIDE),
            ("dark", "dark", WIDE),
            ("phone", "light", PHONE),
        ):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            if suffix == "light":
                self.check()
            else:  # what other colours and widths can change
                self._violations(["color-contrast"] if suffix == "dark" else ["target-size"])
            self._check_fits(name, suffix)
            if SHOTS:
                self.page.screenshot(path=Path(SHOTS) / f"{name}-{suffix}.png", full_page=True)
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="light")

    def _check_fits(self, name: str, suffix: str) -> None:
        too_wide = self.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
        assert not too_wide, f"{name}-{suffix} must be scrolled sideways"


def until(holds: Callable[[], Any], what: str) -> Any:
    """What this gives, as soon as it gives something; a test fails that waits in vain."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(IndexError, KeyError):
            found = holds()
            if found:
                return found
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain for {what}")
        time.sleep(0.1)


def made(server: Server, browser: Browser, folder: Path, role: str = "admin", **more: Any) -> Place:
    """A project of its own with a user in it."""
    known = server.credentials
    administrator = _administrator(known["auth_url"], json.dumps(password_request(known)))
    name, password = f"t-{secrets.token_hex(4)}", secrets.token_hex(8)
    with httpx.Client(base_url=known["endpoint"], headers=administrator, timeout=60) as admin:
        project = _asked(admin, "POST", "/v3/projects", {"project": {"name": name, "domain_id": "default"}})
        user = {"name": name, "password": password, "domain_id": "default"}
        user_id = _asked(admin, "POST", "/v3/users", {"user": user})["user"]["id"]
        roles = _asked(admin, "GET", "/v3/roles")["roles"]
        role_id = next(one["id"] for one in roles if one["name"] == role)
        project_id = project["project"]["id"]
        _asked(admin, "PUT", f"/v3/projects/{project_id}/users/{user_id}/roles/{role_id}")
    _hash_cheaply(server, user_id, password)
    asked = password_request({**known, "username": name, "password": password, "project_name": name})
    token = httpx.post(f"{known['auth_url']}/auth/tokens", json=asked, timeout=30).headers["X-Subject-Token"]
    api = httpx.Client(
        base_url=known["endpoint"], headers={"X-Auth-Token": token}, timeout=PATIENCE_SECONDS + 30
    )
    return Place(server, project_id, name, password, folder, api, browser, role, **more)


@cache
def _administrator(auth_url: str, asked: str) -> dict[str, str]:
    answer = httpx.post(f"{auth_url}/auth/tokens", content=asked, timeout=30)
    return {"X-Auth-Token": answer.headers["X-Subject-Token"]}


def _hash_cheaply(server: Server, user_id: str, password: str) -> None:
    """A hash names its own cost, and a browser that signs in for each test had better not pay for it."""
    with contextlib.closing(sqlite3.connect(server.data / "holdfast.db", timeout=30)) as database, database:
        changed = database.execute(
            "UPDATE account SET password_hash = ? WHERE id = ?", (CHEAP.hash(password), user_id)
        )
        assert changed.rowcount == 1


def _asked(client: httpx.Client, method: str, path: str, body: Any = None) -> Any:
    answer = client.request(method, path, json=body)
    assert answer.is_success, f"{method} {path}: {answer.text}"
    return answer.json() if answer.content else {}


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Server]:
    """A house that serves while the context is open."""
    server = Server(folder / "data", environment={"HOLDFAST_TOKEN_HOURS": "12"})
    server.data.mkdir(parents=True)
    server.start()
    yield server
    if server.process is not None:
        server.kill()
