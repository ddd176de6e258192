"""Calling the Volume Backup Service: a prefix, a version and a project instead of CBR's path."""

from dataclasses import dataclass
from typing import Any

import httpx
from tests.api.asking import House


@dataclass(frozen=True)
class Calls:
    """The calls below a prefix, of somebody and for the blue project unless another is said."""

    house: House
    prefix: str

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        who: str = "admin",
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> httpx.Response:
        """One request."""
        project = self.house.world.red if who == "stranger" else self.house.world.blue
        shown = {"X-Auth-Token": self.house.tokens[who], **(headers or {})}
        content = {"content": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        url = f"{self.prefix}/{project.id}{path}"
        return self.house.client.request(method, url, headers=shown, params=query or None, **content)

    def ask(self, method: str, path: str, body: Any = None, *, expect: int = 200, **asked: Any) -> Any:
        """The reply's body, None where it has none."""
        reply = self.send(method, path, body, **asked)
        assert reply.status_code == expect, reply.text
        return reply.json() if reply.content else None

    def refused(self, method: str, path: str, body: Any = None, **asked: Any) -> tuple[int, str, str]:
        """Status, code and message of a refusal of the service's own calls."""
        reply = self.send(method, path, body, **asked)
        told = reply.json()
        assert set(told) == {"error"}, told
        assert set(told["error"]) == {"message", "code"}
        return reply.status_code, told["error"]["code"], told["error"]["message"]

    def fault(self, method: str, path: str, body: Any = None, **asked: Any) -> tuple[str, str]:
        """Kind and message of a refusal of OpenStack's own calls, which must have the status for its code."""
        reply = self.send(method, path, body, **asked)
        ((kind, told),) = reply.json().items()
        assert told["code"] == reply.status_code
        return kind, told["message"]
