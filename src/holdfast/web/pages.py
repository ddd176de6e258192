"""The console's files over HTTP, before everything else that is served.

| Where | What |
|---|---|
| `/`, asked by a browser | the page; a program that does not ask for HTML gets what the API says there |
| `/console/{digest}/…` | scripts, styles, words and pictures, which never change under this address |
| `/console`, `/console/` | leads to `/` |

The page names every script that the first one needs, and those need, so that a browser asks for all at once.
What is served can run no script and show no style but its own: `Content-Security-Policy` has no `unsafe-…`.
"""

import gzip
import hashlib
import mimetypes
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

PLACE = "/console"
PAGE = "index.html"
DIGEST = "{digest}"
PRELOADS = "    {preloads}"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:;"  # data: the marks of Pico's form fields
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
GUARDS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
)
FOR_EVER = "public, max-age=31536000, immutable"
_IMPORT = re.compile(r'^(?:import|export)\b[^"\n]*?"(\.[^"]+)";|^\} from "(\.[^"]+)";', re.MULTILINE)
_LEVEL = 6
_READING = ("GET", "HEAD")
_TYPES: Mapping[str, str] = MappingProxyType({".js": "text/javascript", ".svg": "image/svg+xml"})


@dataclass(frozen=True)
class File:
    """One file of the console."""

    content: bytes
    media_type: str

    @cached_property
    def packed(self) -> bytes:
        """Its content by gzip, made when somebody asks for it first."""
        return gzip.compress(self.content, _LEVEL, mtime=0)


class Console:
    """An ASGI application that serves the console, and hands everything else on to `api`."""

    def __init__(self, api: ASGIApp) -> None:
        self._api = api
        found = dict(_files(files("holdfast.web") / "static", ""))
        self._place = f"{PLACE}/{_digest(found)}/"
        page = found.pop(PAGE).content.decode().replace(PRELOADS, _preloads(found))
        self._page = File(page.replace(DIGEST, self._place).encode(), "text/html")
        self._files = {self._place + name: file for name, file in found.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = self._answer(scope) if scope["type"] == "http" else None
        await (answer or self._api)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if scope["method"] not in _READING:
            return None
        if path == "/" and _asks_for_page(scope):
            return _response(self._page, "no-cache", scope)
        if path in (PLACE, f"{PLACE}/"):
            return RedirectResponse("/", headers=GUARDS)
        if not path.startswith(f"{PLACE}/"):
            return None
        file = self._files.get(path)
        return _response(file, FOR_EVER, scope) if file else _missing()


def _asks_for_page(scope: Scope) -> bool:
    """Whether HTML is asked for by name, as browsers do and programs do not."""
    return b"text/html" in _header(scope, b"accept")


def _header(scope: Scope, name: bytes) -> bytes:
    values: list[bytes] = [value for one, value in scope["headers"] if one == name]
    return b",".join(values).lower()


def _response(file: File, caching: str, scope: Scope) -> Response:
    headers = {**GUARDS, "Cache-Control": caching, "Vary": "Accept, Accept-Encoding"}
    if b"gzip" not in _header(scope, b"accept-encoding"):
        return Response(file.content, headers=headers, media_type=file.media_type)
    return Response(file.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=file.media_type)


def _missing() -> Response:
    """A page that was loaded before an upgrade asks for files that are gone: nobody may keep that answer."""
    headers = {**GUARDS, "Cache-Control": "no-store"}
    return Response("no such file of the console\n", 404, headers=headers, media_type="text/plain")


def _files(folder: Traversable, above: str) -> list[tuple[str, File]]:
    found = []
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        name = above + one.name
        if one.is_dir():
            found += _files(one, f"{name}/")
        else:
            found.append((name, File(one.read_bytes(), _media_type(name))))
    return found


def _preloads(found: Mapping[str, File]) -> str:
    """A line for each script that the first one leads to, without those that are fetched when needed."""
    needed, waiting = set[str](), ["app.js"]
    while waiting:
        name = waiting.pop()
        for match in _IMPORT.finditer(found[name].content.decode()):
            other = match[1] or match[2]
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), other))
            if path not in needed:
                needed.add(path)
                waiting.append(path)
    return "\n".join(f'    <link rel="modulepreload" href="{DIGEST}{name}">' for name in sorted(needed))


def _media_type(name: str) -> str:
    ending = name[name.rfind(".") :]
    return _TYPES.get(ending) or mimetypes.types_map.get(ending, "text/plain")


def _digest(found: Mapping[str, File]) -> str:
    """Another one for whatever is different, so that browsers may keep what they have."""
    digest = hashlib.sha256()
    for name, file in found.items():
        digest.update(f"{name}\0{len(file.content)}\0".encode() + file.content)
    return digest.hexdigest()[:16]
