"""An emulator of CBR for tests: starts an ephemeral house, and hands out fresh projects with ready clients.

    with emulator() as server:
        cbr = server.new_project()
        cbr.http.get("/protectables/server/instances").json()

The house is a process of its own, started by `holdfast serve --ephemeral`; it ends with this one. Of the rest
of holdfast nothing is loaded here.
"""

import functools
import importlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

import httpx

START_SECONDS = 60.0
STOP_SECONDS = 30.0
_WAITING = ("waiting", "running")
# What leads clients to another cloud, or past this one.
_MISLEADING = ("OS_", "HW_", "HUAWEICLOUD_", "HOLDFAST_")
_HERE = "127.0.0.1,localhost"


class EmulatorError(Exception):
    """The emulator did not start, or answered with something else than what it was asked for."""


class Cbr:
    """A project of the emulator: how to sign in, clients that have, and what there is to protect."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.endpoint: str = known["endpoint"]
        self.auth_url: str = known["auth_url"]
        self.region: str = known["region"]
        self.project_id: str = known["project_id"]
        self.project_name: str = known["project_name"]
        self.domain_name: str = known["domain_name"]
        self.username: str = known["username"]
        self.password: str = known["password"]
        self.access_key: str = known["access_key"]
        self.secret_key: str = known["secret_key"]
        self.token: str = known["token"]
        self.resources: list[dict[str, Any]] = list(known["resources"])
        self._variables: Mapping[str, str] = known["environment"]

    @functools.cached_property
    def http(self) -> httpx.Client:
        """A client of the project's own address: `cbr.http.get("/vaults")`."""
        return httpx.Client(
            base_url=f"{self.endpoint}/v3/{self.project_id}",
            headers={"X-Auth-Token": self.token},
            timeout=60,
            trust_env=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a program that shall find this project: openstack, terraform, the SDKs.

        It is that of this process, without what would lead the program elsewhere.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_MISLEADING)}
        beside = ",".join(filter(None, [os.environ.get("NO_PROXY"), _HERE]))
        return {**kept, **self._variables, "NO_PROXY": beside, "no_proxy": beside}

    def sdk(self) -> Any:
        """A `CbrClient` of huaweicloudsdkcbr, which signs with the access key.

        Raises ModuleNotFoundError where that package is not installed.
        """
        credentials = importlib.import_module("huaweicloudsdkcore.auth.credentials")
        client = importlib.import_module("huaweicloudsdkcbr.v1").CbrClient
        basic = credentials.BasicCredentials(self.access_key, self.secret_key, self.project_id)
        return client.new_builder().with_credentials(basic).with_endpoint(self.endpoint).build()

    def openstack(self) -> Any:
        """An openstacksdk connection with `cbr`, that of otcextensions.

        Raises ModuleNotFoundError where these packages are not installed.
        """
        openstack = importlib.import_module("openstack")
        extensions = importlib.import_module("otcextensions.sdk")
        signing_in = {
            "auth_url": self.auth_url,
            "username": self.username,
            "password": self.password,
            "user_domain_name": self.domain_name,
            "project_name": self.project_name,
            "project_domain_name": self.domain_name,
        }
        with warnings.catch_warnings():  # what the two packages have to say to each other
            warnings.simplefilter("ignore")
            connection = openstack.connect(
                load_yaml_config=False, load_envvars=False, region_name=self.region, auth=signing_in
            )
            extensions.register_otc_extensions(connection)
        return connection

    def new_server(
        self,
        name: str = "server",
        volumes: Sequence[int] = (40,),
        tags: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """A new server with volumes of so many GB: `id`, and each volume's `id` and `path` in `volumes`."""
        sizes = [{"size": size} for size in volumes]
        return self._made({"type": "server", "name": name, "volumes": sizes, "tags": dict(tags or {})})

    def new_volume(
        self, name: str = "volume", size: int = 10, tags: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """A new volume of so many GB, on no server: its `id` and `path`."""
        return self._made({"type": "volume", "name": name, "size": size, "tags": dict(tags or {})})

    def new_share(self, name: str = "share", tags: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A new file share: its `id` and `path`."""
        return self._made({"type": "turbo", "name": name, "tags": dict(tags or {})})

    def delete_resource(self, resource_id: str) -> None:
        """The resource is gone; refused while it is in a vault or has backups."""
        _checked(self.http.delete(f"/simulated-resources/{resource_id}"))

    def task(self, task_id: str) -> dict[str, Any]:
        """A task, which CBR calls an operation log, as it is now."""
        found: dict[str, Any] = _checked(self.http.get(f"/operation-logs/{task_id}"))["operation_log"]
        return found

    def wait(self, task_id: str, seconds: float = 60.0) -> dict[str, Any]:
        """A task once it has ended, well or not: look at its `status`. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while (found := self.task(task_id))["status"] in _WAITING:
            if time.monotonic() > deadline:
                raise TimeoutError(f"task {task_id} is {found['status']} after {seconds} seconds")
            time.sleep(0.05)
        return found

    def close(self) -> None:
        """Close the connections of `http`."""
        if "http" in self.__dict__:
            self.http.close()

    def _made(self, body: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = _checked(self.http.post("/simulated-resources", json=body))["resource"]
        return made


class Emulator:
    """A running emulator; `first` is the project that it started with, called after the region."""

    def __init__(self, first: Cbr) -> None:
        self.first = first

    @property
    def endpoint(self) -> str:
        """Its address."""
        return self.first.endpoint

    def new_project(self, name: str | None = None) -> Cbr:
        """A fresh project with an administrator of its own, and the same resources as every new one."""
        asked = {} if name is None else {"name": name}
        return Cbr(_checked(self.first.http.post("/simulated-projects", json=asked))["project"])


@contextmanager
def emulator(region: str = "local-1") -> Iterator[Emulator]:
    """An emulator that answers while the context is open; nothing of it is left afterwards.

    Raises EmulatorError with what the server had to say where it does not start.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [sys.executable, "-P", "-m", "holdfast", "serve", "--ephemeral", "--until-eof"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests, which then end the server
            env={**environment, "HOLDFAST_REGION": region},
        ) as process,
    ):
        try:
            first = Cbr(_told(process, log))
            yield Emulator(first)
            first.close()
        finally:
            _end(process)


def _told(process: "subprocess.Popen[bytes]", log: IO[bytes]) -> dict[str, Any]:
    """What the server says of itself when it answers."""
    line = b""
    with selectors.DefaultSelector() as selector:
        if process.stdout is not None:
            selector.register(process.stdout, selectors.EVENT_READ)
            if selector.select(START_SECONDS):
                line = process.stdout.readline()
    if not line:
        process.kill()
        log.seek(0)
        raise EmulatorError(f"the emulator did not start: {log.read().decode(errors='replace')}")
    told: dict[str, Any] = json.loads(line)
    return told


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _checked(answer: httpx.Response) -> dict[str, Any]:
    """The answer's body; raises EmulatorError for a refusal."""
    if not answer.is_success:
        asked = f"{answer.request.method} {answer.request.url}"
        raise EmulatorError(f"{asked}: {answer.status_code} {answer.text}")
    told: dict[str, Any] = answer.json() if answer.content else {}
    return told
