"""Somebody else in the same town: another project, with an administrator of its own."""

import time
from dataclasses import dataclass
from typing import Any

import httpx
from tests.end_to_end.serving import password_request
from tests.wire.town import Machine, Town, until


@dataclass(frozen=True)
class Neighbour:
    """A project beside the first one, its administrator, and a token for it."""

    town: Town
    known: dict[str, str]
    token: str

    @property
    def project_id(self) -> str:
        return self.known["project_id"]

    @property
    def endpoint(self) -> str:
        return self.known["endpoint"]

    @property
    def username(self) -> str:
        return self.known["username"]

    def access_key(self) -> tuple[str, str]:
        """A new access key of the administrator, and its secret."""
        done = self.town.server.run("accounts", "key", "add", self.username, "--json")
        assert done.code == 0, done.err
        made = done.document
        return made["access_key"], made["secret_key"]

    def ask(self, method: str, path: str, body: Any = None, **parameters: str) -> Any:
        """A request of the administrator, below the project, that must succeed."""
        url = f"{self.known['endpoint']}/v3/{self.project_id}{path}"
        headers = {"X-Auth-Token": self.token}
        answer = httpx.request(method, url, json=body, params=parameters, headers=headers, timeout=60)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else dict(answer.headers)

    def new_server(self, name: str) -> Machine:
        """A server that this project can protect."""
        return self.town.new_server(name, self.ask)

    def new_vault(self, name: str, object_type: str, *held: tuple[str, str]) -> str:
        """A vault with these resources, by id and type."""
        billing = {"consistent_level": "crash_consistent", "protect_type": "backup", "size": 50}
        wanted = {
            "name": name,
            "billing": {**billing, "object_type": object_type},
            "resources": [{"id": one, "type": kind} for one, kind in held],
        }
        vault_id: str = self.ask("POST", "/vaults", {"vault": wanted})["vault"]["id"]
        return vault_id

    def backed_up(self, vault_id: str) -> dict[str, Any]:
        """The backup that was made of the one resource in the vault."""
        started = self.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault_id}})
        self.settle()
        checkpoint_id = started["checkpoint"]["id"]
        (backup,) = self.ask("GET", "/backups", checkpoint_id=checkpoint_id)["backups"]
        found: dict[str, Any] = backup
        return found

    def settle(self) -> None:
        """Wait until nothing is under way in the project."""
        until(lambda: self.under_way("waiting") + self.under_way("running"), lambda count: not count)

    def under_way(self, status: str) -> int:
        """How many tasks of the project have this status."""
        count: int = self.ask("GET", "/operation-logs", status=status)["count"]
        return count


def settled_next_door(town: Town, name: str) -> Neighbour:
    """A new project with a new administrator, made by the operator and signed in."""
    name = f"{name}-{time.monotonic_ns() % 10**9}"
    made_with = ("--project", f"next-door-{name}", "--role", "admin", "--json")
    done = town.server.run("accounts", "add", f"friend-{name}", *made_with)
    assert done.code == 0, done.err
    known = town.server.credentials | done.document
    answer = httpx.post(f"{known['auth_url']}/auth/tokens", json=password_request(known), timeout=30)
    assert answer.status_code == 201, answer.text
    return Neighbour(town, known, answer.headers["X-Subject-Token"])
