"""Every kind of store, opened by its URL; those with a server through a proxy that can break things."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from tests.small_disks import mounted
from tests.store import servers
from tests.store.proxy import Manner, Proxy, proxied

from holdfast.store.objects import Objects, open_store

KINDS = ("file", "memory", "s3", "s3 that refuses", "s3 that knows no conditions", "azure")
MANNERS = {"s3 that refuses": Manner.REFUSES, "s3 that knows no conditions": Manner.KNOWS_NOT}


@dataclass(frozen=True)
class Place:
    """Where a store is, and what stands before it."""

    kind: str
    base: str
    proxy: Proxy | None

    def url(self, patience: float = 30) -> str:
        return self.base if self.proxy is None else f"{self.base}&patience={patience}"

    def open(self, patience: float = 30, *below: str) -> Objects:
        return open_store(self.url(patience), *below)


@pytest.fixture(scope="session")
def port_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], int]]:
    """The port of the real server for a protocol; it is started when it is first asked for."""
    started: dict[str, int] = {}
    makers = {"s3": servers.rclone, "azure": servers.azurite}
    with ExitStack() as stack:

        def port(protocol: str) -> int:
            if protocol == "azure" and (reason := servers.without_azurite()):
                pytest.skip(reason)
            if protocol not in started:
                folder = tmp_path_factory.mktemp(protocol)
                started[protocol] = stack.enter_context(makers[protocol](folder))
            return started[protocol]

        yield port


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", servers.S3_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", servers.S3_SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", servers.AZURE_ACCOUNT)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", servers.AZURE_KEY)


@pytest.fixture(params=KINDS)
def place(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    port_of: Callable[[str], int],
    credentials: None,  # noqa: ARG001 - set in the environment
) -> Iterator[Place]:
    """A place with nothing in it."""
    kind = request.param
    if kind == "file":
        yield Place(kind, (tmp_path / "a new" / "folder").as_uri(), None)
    elif kind == "memory":
        yield Place(kind, f"memory://{uuid4()}", None)
    else:
        protocol = kind.split()[0]
        with proxied(port_of(protocol), MANNERS.get(kind, Manner.OF_THE_SERVER)) as proxy:
            scheme, account = ("s3", "") if protocol == "s3" else ("az", f"/{servers.AZURE_ACCOUNT}")
            base = f"{scheme}://{servers.BUCKET}/{uuid4()}?endpoint={proxy.address}{account}"
            yield Place(kind, base, proxy)


@pytest.fixture
def store(place: Place) -> Objects:
    return place.open(30, "vault-1")


@pytest.fixture
def proxy(place: Place) -> Proxy:
    """The proxy before the store; only the kinds that have one."""
    assert place.proxy is not None
    return place.proxy


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two MiB."""
    with mounted(tmp_path, "2m") as folder:
        yield folder
