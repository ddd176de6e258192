"""Stock restic and we share a repository on a server of the S3 protocol; our connection to it is bad."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.interop.restic import PASSWORD, load_folder, save_folder
from tests.providers.trees import portraits
from tests.store import servers
from tests.store.proxy import PASSING, Fault, Proxy, proxied

from holdfast.repo import repository
from holdfast.repo.check import check
from holdfast.store.objects import Objects, open_store

FAULTS = [fault for fault in PASSING if fault not in (Fault.STALLED, Fault.LATENCY)]


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    """A proxy before a real server; the server's folder is `server` below `tmp_path`."""
    with servers.rclone(tmp_path / "server") as port, proxied(port) as standing:
        yield standing


@pytest.fixture
def store(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Objects:
    """The store through the proxy, which breaks every fifth request."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", servers.S3_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", servers.S3_SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.address)
    proxy.trouble_every(5, *FAULTS)
    return open_store(f"s3://{servers.BUCKET}/some/prefix?patience=20", "vault")


def restic(proxy: Proxy, folder: Path, *arguments: str | Path) -> str:
    """Stock restic, straight to the server."""
    environment = {
        **os.environ,
        "RESTIC_REPOSITORY": f"s3:http://127.0.0.1:{proxy.port}/{servers.BUCKET}/some/prefix/vault",
        "RESTIC_PASSWORD": PASSWORD,
        "RESTIC_CACHE_DIR": str(folder / "restic-cache"),
    }
    done = subprocess.run(
        ["restic", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_we_save_over_a_bad_connection_is_sound_to_restic(
    store: Objects, proxy: Proxy, tree: Path, tmp_path: Path
) -> None:
    opened = repository.init(store, PASSWORD, cost=8)
    saved = save_folder(opened, tree)
    assert check(opened, read_data=True) == []
    assert {fault for fault, _ in proxy.struck} == set(FAULTS)
    assert "no errors were found" in restic(proxy, tmp_path, "check", "--read-data")
    restic(proxy, tmp_path, "restore", saved.snapshot_id, "--target", tmp_path / "restored")
    assert portraits(tmp_path / "restored" / tree.relative_to("/")) == portraits(tree)


def test_what_restic_saves_is_restored_over_a_bad_connection(
    store: Objects, proxy: Proxy, tree: Path, tmp_path: Path
) -> None:
    restic(proxy, tmp_path, "init")
    restic(proxy, tmp_path, "backup", tree)
    opened = repository.open_repository(store, PASSWORD)
    assert check(opened, read_data=True) == []
    snapshot_id = next(name for name, _ in store.names("snapshots")).removeprefix("snapshots/")
    written = load_folder(opened, snapshot_id, tree, tmp_path / "ours")
    assert written.failures == ()
    assert portraits(tmp_path / "ours") == portraits(tree)
