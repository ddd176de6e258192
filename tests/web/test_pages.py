"""The console's files over HTTP: what is told, to whom, and that a wheel has them all."""

import asyncio
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from holdfast.web.pages import Console

ROOT = Path(__file__).parents[2]
Ask = Callable[..., httpx.Response]


async def api(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands in for everything else that is served."""
    await PlainTextResponse(f"the API at {scope['path']}")(scope, receive, send)


@pytest.fixture
def ask() -> Ask:
    console = Console(api)

    async def answered(path: str, method: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=console)
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            return await client.request(method, path, headers=headers)

    def asked(path: str, method: str = "GET", **headers: str) -> httpx.Response:
        # In a thread of its own: Playwright keeps a loop in this one.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, answered(path, method, headers)).result()

    return asked


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_programs_get_what_the_api_says_at_the_root(ask: Ask, accept: str) -> None:
    assert ask("/", accept=accept).text == "the API at /"
    assert ask("/", "POST", accept="text/html").text == "the API at /"
    assert ask("/v3/x/vaults", accept="text/html").text == "the API at /v3/x/vaults"


def test_a_browser_gets_the_page_which_may_run_nothing_but_the_consoles_files(ask: Ask) -> None:
    page = ask("/", accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text), "a script in the page itself"
    assert not re.search(r"\s(on\w+|style)=", page.text)
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_every_file_that_the_page_and_the_scripts_name_is_there_for_ever(ask: Ask) -> None:
    page = ask("/", accept="text/html")
    seen: set[str] = set()
    waiting = set(re.findall(r'(?:src|href)="(/console/[^"]+)"', page.text))
    assert waiting
    while waiting:
        address = waiting.pop()
        seen.add(address)
        answer = ask(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        if address.endswith(".js"):
            assert answer.headers["content-type"].startswith("text/javascript")
            named = re.findall(r'(?:from|import)\s*\(?\s*"(\.{1,2}/[^"]+)"', answer.text)
            waiting |= {str(httpx.URL(address).join(one)) for one in named} - seen
    assert len(seen) > 40


def test_what_is_not_there_is_said_and_not_kept(ask: Ask) -> None:
    for path in ("/console/0000000000000000/app.js", "/console/%2e%2e/pages.py", "/console/app.js"):
        answer = ask(path)
        assert answer.status_code == 404
        assert "no-store" in answer.headers.get("cache-control", "no-store")
    assert ask("/console").headers["location"] == "/"


def test_a_wheel_has_the_console_with_its_libraries(tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("uv")),
        "build",
        "--wheel",
        "--quiet",
        "--out-dir",
        str(tmp_path),
    ]
    built = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, timeout=240, check=False)
    if built.returncode:  # a site with an authority of its own
        built = subprocess.run(
            [*command, "--system-certs", str(ROOT)], capture_output=True, text=True, timeout=240, check=False
        )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    static = ROOT / "src/holdfast/web/static"
    files = {f"holdfast/web/static/{one.relative_to(static)}" for one in static.rglob("*") if one.is_file()}
    assert files <= names
    assert "holdfast/web/static/vendor/preact.js" in names
