"""Real object stores on this machine: rclone speaks S3, Azurite speaks Azure Blob."""

import base64
import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.client import HTTPConnection
from pathlib import Path

S3_KEY, S3_SECRET = "test-key", "test-secret-key"
# the account that every Azurite has
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
BUCKET = "vaults"
AZURITE = Path(sysconfig.get_path("data")) / "npm" / "node_modules" / ".bin" / "azurite-blob"
SCRIPTS = Path(sysconfig.get_path("scripts"))
WAIT = 30


def without_azurite() -> str | None:
    """Why Azurite cannot be started here; None when it can."""
    if shutil.which("node") is None:
        return "Azurite needs node, which this machine has not"
    return None if AZURITE.exists() else f"there is no Azurite at {AZURITE}: `make setup-test` installs it"


@contextmanager
def rclone(folder: Path) -> Iterator[int]:
    """An S3 server over a folder with the bucket in it; its port."""
    (folder / BUCKET).mkdir(parents=True, exist_ok=True)
    port = free_port()
    options = ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{S3_KEY},{S3_SECRET}", "--config", os.devnull]
    with _running([str(SCRIPTS / "rclone"), "serve", "s3", *options, str(folder)], port):
        yield port


@contextmanager
def azurite(folder: Path) -> Iterator[int]:
    """An Azure Blob server with the container in it; its port."""
    port = free_port()
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder), "--silent"]
    with _running([str(AZURITE), *options, "--disableTelemetry", "--skipApiVersionCheck"], port):
        _make_container(port)
        yield port


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(process, port)
        yield
    finally:
        process.terminate()
        process.wait(WAIT)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"{process.args!r} does not answer")


def _make_container(port: int) -> None:
    """What Azure calls a bucket; signed as https://learn.microsoft.com/rest/api/storageservices says."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
    signed = "\n".join(
        ["PUT", *[""] * 11]
        + [f"{name}:{value}" for name, value in headers.items()]
        + [f"/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/{BUCKET}", "restype:container"]
    )
    digest = hmac.digest(base64.b64decode(AZURE_KEY), signed.encode(), hashlib.sha256)
    headers["Authorization"] = f"SharedKey {AZURE_ACCOUNT}:{base64.b64encode(digest).decode()}"
    _ask("PUT", port, f"/{AZURE_ACCOUNT}/{BUCKET}?restype=container", headers, b"")


def _ask(method: str, port: int, path: str, headers: dict[str, str], body: bytes) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=WAIT)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        assert answer.status in (200, 201), answer.read()
    finally:
        connection.close()
