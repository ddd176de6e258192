"""A real holdfast with real folders to protect, which the clients of others are pointed at."""

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.end_to_end.serving import Server

PATIENCE_SECONDS = 120

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Folder:
    """A folder with one file, and the id by which the server knows it."""

    path: Path
    id: str

    @property
    def file(self) -> Path:
        return self.path / "first.txt"


DISK_BYTES = 8 << 20


@dataclass(frozen=True)
class Machine:
    """A server with disks of a few MiB each, and the ids by which the service knows them."""

    id: str
    disks: list[str]
    files: list[Path]

    def spoil(self) -> None:
        """Write something else all over the first disk."""
        self.files[0].write_bytes(b"spoilt".ljust(DISK_BYTES, b"!"))

    @property
    def is_whole(self) -> bool:
        """Whether the disks hold what they held when the server was made."""
        return all(file.read_bytes() == content_of(file) for file in self.files)


def content_of(disk: Path) -> bytes:
    """What a new disk holds: a start that tells its name, and then nothing."""
    return f"this is {disk.name}\n".encode().ljust(DISK_BYTES, b"\0")


@dataclass(frozen=True)
class Town:
    """A server, and a home for its clients."""

    server: Server
    home: Path

    @property
    def endpoint(self) -> str:
        return self.server.credentials["endpoint"]

    @property
    def project_id(self) -> str:
        return self.server.credentials["project_id"]

    @property
    def token(self) -> str:
        assert self.server.client is not None
        return self.server.client.headers["X-Auth-Token"]

    def new_folder(self, name: str) -> Folder:
        """Something to protect, in no vault yet."""
        path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.home))
        (path / "first.txt").write_text(f"the first of the {name}")
        return Folder(path, self.server.protect("directory", path.name, "directory", path=str(path)))

    def new_server(self, name: str, ask: Callable[..., Any] | None = None) -> Machine:
        """A server with two disks, in no vault yet; `ask` asks for another project than the first."""
        ask = ask or self.server.ask
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.home))
        files = [folder / f"disk-{number}.img" for number in range(2)]
        for file in files:
            file.write_bytes(content_of(file))
        settings = {"disks": [str(file) for file in files]}
        asked = {"type": "server", "name": name, "provider": "image_server", "settings": settings}
        server_id = ask("POST", "/resources", {"resource": asked})["resource"]["id"]
        parts = ask("GET", "/resources", parent_id=server_id)["resources"]
        by_path = {part["settings"]["path"]: part["id"] for part in parts}
        return Machine(server_id, [by_path[str(file)] for file in files], files)

    @property
    def openstack_environment(self) -> dict[str, str]:
        """What OpenStack's clients read; nothing else of the machine may mislead them."""
        known = self.server.credentials
        return {
            "HOME": str(self.home),
            "NO_PROXY": "127.0.0.1",
            "OS_AUTH_URL": known["auth_url"],
            "OS_IDENTITY_API_VERSION": "3",
            "OS_REGION_NAME": "local-1",
            "OS_USERNAME": known["username"],
            "OS_PASSWORD": known["password"],
            "OS_USER_DOMAIN_NAME": known["domain_name"],
            "OS_PROJECT_NAME": known["project_name"],
            "OS_PROJECT_DOMAIN_NAME": known["domain_name"],
        }


def until(ask: Callable[[], Answer], fits: Callable[[Answer], bool]) -> Answer:
    """The first answer that fits, as a client waits for it; the last one, if none came in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not fits(answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


@contextmanager
def founded(folder: Path) -> Iterator[Town]:
    """A server over a data folder of its own."""
    data, home = folder / "data", folder / "home"
    data.mkdir()
    home.mkdir()
    server = Server(data, environment={"NO_PROXY": "127.0.0.1"})
    server.start()
    try:
        yield Town(server, home)
    finally:
        server.kill(signal.SIGTERM)
