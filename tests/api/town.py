"""Two domains with their people, asked over HTTP in Keystone's shapes."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from cryptography.fernet import Fernet
from tests.api.asking import Client, asking
from tests.service.people import enrol

from holdfast.api.app import build
from holdfast.config import Config
from holdfast.db.database import Database, migrate, open_database
from holdfast.model.project import Project, Role, User
from holdfast.service import accounts, domains, projects
from holdfast.service.projects import NewProject

DEFAULT = {"name": "Default"}


class Town(NamedTuple):
    """Root administers blue, ann is an operator there; eve administers a project of the domain North."""

    database: Database
    client: Client
    blue: Project
    ann: User
    tokens: dict[str, str]
    far: dict[str, str]

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        who: str = "root",
        expect: int = 200,
        params: dict[str, str] | None = None,
    ) -> Any:
        """The reply's body, or its headers where it has none."""
        headers = {"X-Auth-Token": self.tokens[who]} if who else {}
        reply = self.client.request(
            method, f"/identity/v3/{path}", headers=headers, json=body, params=params or {}
        )
        assert reply.status_code == expect, reply.text
        return reply.json() if reply.content else reply.headers

    def refused(self, method: str, path: str, body: Any = None, *, who: str = "root", status: int) -> str:
        """The message of a refusal in Keystone's shape."""
        told = self.ask(method, path, body, who=who, expect=status)["error"]
        assert told["code"] == status
        return str(told["message"])

    def enter(self, name: str, password: str, **scope: Any) -> httpx.Response:
        """A sign-in by password to the default domain."""
        user = {"name": name, "domain": DEFAULT, "password": password}
        return self.sign_in({"methods": ["password"], "password": {"user": user}}, **scope)

    def sign_in(self, proof: dict[str, Any], **scope: Any) -> httpx.Response:
        auth = {"identity": proof} | ({"scope": scope} if scope else {})
        return self.client.request("POST", "/identity/v3/auth/tokens", json={"auth": auth})

    def admit(self, who: str, name: str, password: str, **scope: Any) -> None:
        """Keep a token for somebody."""
        reply = self.enter(name, password, **scope)
        assert reply.status_code == 201, reply.text
        self.tokens[who] = reply.headers["X-Subject-Token"]

    def new_user(self, name: str, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.ask("POST", "users", {"user": {"name": name} | more}, expect=201)["user"]
        return made

    def new_project(self, name: str, **more: Any) -> dict[str, Any]:
        asked = {"project": {"name": name} | more}
        made: dict[str, Any] = self.ask("POST", "projects", asked, expect=201)["project"]
        return made

    def role_id(self, name: str) -> str:
        (role,) = self.ask("GET", "roles", params={"name": name})["roles"]
        return str(role["id"])


@contextmanager
def founded(tmp_path: Path) -> Iterator[Town]:
    """SQLite only: the tests of the service and the rows try both kinds."""
    url = f"sqlite:///{tmp_path / 'holdfast.db'}"
    with closing(open_database(url, Fernet.generate_key())) as database:
        migrate(database)
        blue = accounts.add_project(database, "blue")
        root, ann = (enrol(database, name, f"secret of {name}") for name in ("root", "ann"))
        accounts.grant(database, root.id, blue.id, Role.ADMIN)
        accounts.grant(database, ann.id, blue.id, Role.OPERATOR)
        north = domains.add(database, "North")
        eve = enrol(database, "eve", "secret of eve", domain_id=north.id)
        away = projects.add(database, NewProject(name="blue", domain_id=north.id))
        accounts.grant(database, eve.id, away.id, Role.ADMIN)
        far = {"domain": north.id, "user": eve.id, "project": away.id}
        with asking(build(database, Config(region="local-7"), lambda: None)) as client:
            town = Town(database, client, blue, ann, {}, far)
            town.admit("root", "root", "secret of root", project={"id": blue.id})
            town.admit("ann", "ann", "secret of ann", project={"id": blue.id})
            user = {"id": eve.id, "password": "secret of eve"}
            proof = {"methods": ["password"], "password": {"user": user}}
            reply = town.sign_in(proof, project={"id": away.id})
            town.tokens["eve"] = reply.headers["X-Subject-Token"]
            yield town
