"""Brings the console's libraries into the package when it is built: whoever installs it needs no Node.js.

`libraries.json` names each library as npm has it, its version, the hash of its archive, and which files are
taken. Nothing of it is in the repository. `python hatch_build.py` does the same by itself.
"""

import base64
import hashlib
import io
import json
import os
import sys
import tarfile
import urllib.request
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # called by itself, where nothing is built
    BuildHookInterface = object

WEB = Path(__file__).parent / "src/holdfast/web"
LIST = WEB / "libraries.json"
TARGET = WEB / "static/vendor"
STAMP = TARGET / "libraries.json"
REGISTRY = "https://registry.npmjs.org"
PATIENCE_SECONDS = 120
# The browser has no notion of packages: what imports another library names its file.
BARE = {b'from"preact"': b'from"./preact.js"'}


class Hook(BuildHookInterface):
    """What hatchling calls before it gathers the files of a wheel or an editable installation."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - its signature
        """Bring what is missing."""
        bring()


def bring() -> None:
    """Have exactly the listed libraries in `static/vendor`; raises RuntimeError where one cannot be had."""
    wanted = LIST.read_bytes()
    if STAMP.exists() and STAMP.read_bytes() == wanted:
        return
    for library in json.loads(wanted):
        archive = _archive(library["name"], library["version"])
        _check(archive, library)
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            for source, target in library["files"].items():
                content = _member(members, library["name"], source)
                _put(TARGET / target, _for_browsers(content) if target.endswith(".js") else content)
            if "icons" in library:
                _put(TARGET / "icons.svg", _sprite(members, library))
    STAMP.write_bytes(wanted)


def _archive(name: str, version: str) -> bytes:
    registry = os.environ.get("NPM_CONFIG_REGISTRY") or REGISTRY
    url = f"{registry.rstrip('/')}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
    if not url.startswith(("https://", "http://")):
        raise RuntimeError(f"{url} is no address of a registry")
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as reply:  # noqa: S310 - checked above
            content: bytes = reply.read()
    except OSError as error:
        raise RuntimeError(
            f"the console needs {name} {version} from {url}, which cannot be had: {error}."
            " NPM_CONFIG_REGISTRY names another registry."
        ) from error
    return content


def _check(archive: bytes, library: dict[str, Any]) -> None:
    method, _, promised = library["integrity"].partition("-")
    if base64.b64encode(hashlib.new(method, archive).digest()).decode() != promised:
        raise RuntimeError(f"{library['name']} {library['version']} is not what libraries.json promises")


def _member(members: tarfile.TarFile, name: str, path: str) -> bytes:
    found = members.extractfile(path)
    if found is None:
        raise RuntimeError(f"{name} has no {path}")
    return found.read()


def _for_browsers(content: bytes) -> bytes:
    for bare, named in BARE.items():
        content = content.replace(bare, named)
    return b"// @ts-nocheck\n" + b"\n".join(
        line for line in content.splitlines() if not line.startswith(b"//# sourceMappingURL")
    )


def _sprite(members: tarfile.TarFile, library: dict[str, Any]) -> bytes:
    """All icons as the symbols of one picture: one request, whatever is shown."""
    symbols = []
    for icon in library["icons"]:
        drawn = _member(members, library["name"], f"package/icons/{icon}.svg").decode()
        _, _, inner = drawn.partition("<svg")[2].partition(">")
        symbols.append(
            f'<symbol id="{icon}" viewBox="0 0 24 24">{inner.partition("</svg>")[0].strip()}</symbol>'
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode()


def _put(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.part")
    fresh.write_bytes(content)
    fresh.replace(target)


if __name__ == "__main__":
    try:
        bring()
    except RuntimeError as fault:
        sys.exit(str(fault))
