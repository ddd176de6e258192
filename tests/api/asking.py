"""Asking the API as its clients do: real tokens, real rows, no network."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.applications import Starlette
from tests.service.world import World

from holdfast.db import accounts, tokens
from holdfast.db.tokens import StoredToken
from holdfast.model import clock, ids
from holdfast.model.project import Project, Role, User


@dataclass(frozen=True)
class Client:
    """An application that is asked without a network. What flies out of it flies into the test."""

    app: Starlette
    portal: BlockingPortal
    http: httpx.AsyncClient

    def request(self, method: str, path: str, **what: Any) -> httpx.Response:
        """One request."""
        return self.portal.call(partial(self.http.request, method, path, **what))


@contextmanager
def asking(app: Starlette) -> Iterator[Client]:
    """A client of the application."""
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver")
    with start_blocking_portal() as portal:
        yield Client(app, portal, http)
        portal.call(http.aclose)


@dataclass
class House:
    """The API over a world; whoever is named in `who` has a token of that name."""

    world: World
    client: Client
    tokens: dict[str, str] = field(default_factory=dict)

    def admit(self, who: str, project: Project, role: Role, *, hours: float = 1) -> None:
        """Let somebody in; a negative number of hours is a token that expired."""
        now = clock.now()
        user = User(id=ids.new_project(), name=who, created_at=now)
        self.tokens[who] = f"token-of-{who}"
        digest = hashlib.sha256(self.tokens[who].encode()).hexdigest()
        with self.world.db.transaction() as tx:
            accounts.add_user(tx, user, "no password")
            accounts.grant(tx, user.id, project.id, role)
            token = StoredToken(
                digest=digest,
                user_id=user.id,
                project_id=project.id,
                issued_at=now - timedelta(days=1),
                expires_at=now + timedelta(hours=hours),
            )
            tokens.add(tx, token)

    def send(
        self,
        method: str,
        path: str,
        /,
        body: Any = None,
        *,
        who: str = "admin",
        project: Project | None = None,
        **parameters: Any,
    ) -> httpx.Response:
        """One request below the project; `body` may be bytes as they are, or anything that JSON can say."""
        home = project or self.world.blue
        content = {"content": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        headers = {"X-Auth-Token": self.tokens[who]} if who else {}
        return self.client.request(
            method, f"/v3/{home.id}{path}", headers=headers, params=parameters, **content
        )

    def ask(
        self,
        method: str,
        path: str,
        /,
        body: Any = None,
        *,
        expect: int = 200,
        who: str = "admin",
        project: Project | None = None,
        **parameters: Any,
    ) -> Any:
        """The reply's body, or its headers where it has none."""
        reply = self.send(method, path, body, who=who, project=project, **parameters)
        assert reply.status_code == expect, reply.text
        assert reply.headers["X-Request-Id"].startswith("req-")
        return reply.json() if reply.content else reply.headers

    def refused(self, method: str, path: str, /, body: Any = None, **asked: Any) -> tuple[int, str, str]:
        """Status, code without its service, and message of a refusal."""
        reply = self.send(method, path, body, **asked)
        assert reply.headers["X-Request-Id"].startswith("req-")
        assert reply.headers["Content-Type"] == "application/json"
        told = reply.json()
        assert set(told) == {"error_code", "error_msg"}
        return reply.status_code, told["error_code"].rpartition(".")[2], told["error_msg"]
