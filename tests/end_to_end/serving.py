"""A real holdfast process, asked over a real socket as its users ask it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.command_line import Told, run

HOLDFAST = [sys.executable, "-m", "holdfast"]
PATIENCE_SECONDS = 120


@dataclass
class Server:
    """One `holdfast serve`, which can be killed and started again over the same folder."""

    data: Path
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    client: httpx.Client | None = None
    told_before: int = 0

    def start(self) -> None:
        self.told_before = self.told()
        log = (self.data.parent / "serve.log").open("ab")
        self.process = subprocess.Popen(
            [*HOLDFAST, "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *self.arguments],
            env={**os.environ, **self.environment},
            stdout=log,
            stderr=log,
        )
        log.close()
        self.sign_in()

    def sign_in(self) -> None:
        wait_until(lambda: self.is_ready(), "the server is ready", log=self.data.parent / "serve.log")
        known = self.credentials
        answer = httpx.post(f"{known['auth_url']}/auth/tokens", json=password_request(known), timeout=30)
        assert answer.status_code == 201, answer.text
        self.client = httpx.Client(
            base_url=f"{known['endpoint']}/v3/{known['project_id']}",
            headers={"X-Auth-Token": answer.headers["X-Subject-Token"]},
            timeout=60,
        )

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.data.parent / "serve.log").read_text()
        if self.told() == self.told_before:
            return False
        try:
            return httpx.get(f"{self.credentials['endpoint']}/healthz", timeout=5).status_code == 200
        except (OSError, ValueError, httpx.HTTPError):
            return False

    def told(self) -> int:
        """When the server last wrote where it listens; it does so at every start."""
        path = self.data / "credentials.json"
        return path.stat().st_mtime_ns if path.exists() else 0

    @property
    def credentials(self) -> dict[str, str]:
        known: dict[str, str] = json.loads((self.data / "credentials.json").read_text())
        return known

    def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(60)
        if self.client is not None:
            self.client.close()
        self.process = self.client = None
        return code

    def ask(self, method: str, path: str, body: Any = None, expect: int = 200, **parameters: str) -> Any:
        assert self.client is not None
        answer = self.client.request(method, path, json=body, params=parameters)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else dict(answer.headers)

    def task(self, task_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/operation-logs/{task_id}")["operation_log"]
        return found

    def wait(self, task_id: str) -> dict[str, Any]:
        wait_until(lambda: self.task(task_id)["status"] not in ("waiting", "running"), f"task {task_id} ends")
        return self.task(task_id)

    def protect(self, kind: str, name: str, provider: str, **settings: Any) -> str:
        asked = {"resource": {"type": kind, "name": name, "provider": provider, "settings": settings}}
        resource_id: str = self.ask("POST", "/resources", asked)["resource"]["id"]
        return resource_id

    def vault(self, name: str, object_type: str, *resources: tuple[str, str], size: int = 100) -> str:
        asked = {
            "vault": {
                "name": name,
                "billing": {
                    "consistent_level": "crash_consistent",
                    "object_type": object_type,
                    "protect_type": "backup",
                    "size": size,
                },
                "resources": [{"id": one, "type": kind} for one, kind in resources],
            }
        }
        vault_id: str = self.ask("POST", "/vaults", asked)["vault"]["id"]
        return vault_id

    def back_up(self, vault_id: str) -> dict[str, Any]:
        answer = self.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault_id}})
        return self.wait(answer["operation_log_id"])

    def restore(self, backup_id: str, **restore: Any) -> dict[str, Any]:
        answer = self.ask("POST", f"/backups/{backup_id}/restore", {"restore": restore}, expect=202)
        return self.wait(answer["job_id"])

    def run(self, *arguments: str) -> Told:
        """A command of the operator, over the same folder."""
        return run(*arguments, **self.environment, HOLDFAST_DATA=str(self.data))

    def restic(self, vault: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        shown = self.run("repo", "env", vault, "--json")
        assert shown.code == 0, shown.err
        known = shown.document
        return subprocess.run(
            ["restic", "--no-cache", *arguments],
            env={**os.environ, **known},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )


def password_request(known: dict[str, str]) -> dict[str, Any]:
    domain = {"name": known["domain_name"]}
    user = {"name": known["username"], "password": known["password"], "domain": domain}
    return {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": known["project_name"], "domain": domain}},
        }
    }


def wait_until(holds: Callable[[], bool], what: str, log: Path | None = None) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain until {what}\n{log.read_text() if log else ''}")
        time.sleep(0.1)
