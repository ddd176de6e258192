"""A server with a history to ask about, and one caller of it."""

from dataclasses import dataclass
from typing import Any

import httpx

from holdfast.model.task import Task


@dataclass(frozen=True)
class Town:
    """`tasks` are the caller's, oldest first; another project has some too."""

    client: httpx.Client
    token: str
    project_id: str
    tasks: list[Task]
    other_project_id: str
    foreign_task: Task

    def get(
        self, path: str = "", *, project_id: str | None = None, signed_in: bool = True, **query: Any
    ) -> httpx.Response:
        """GET operation-logs, or what is below it; by default as the caller, in the caller's project."""
        project_id = self.project_id if project_id is None else project_id
        headers = {} if not signed_in else {"X-Auth-Token": self.token}
        url = f"/v3/{project_id}/operation-logs{path}"
        return self.client.get(url, params=query, headers=headers)

    def ask(self, task_id: str = "", **query: Any) -> Any:
        """The body of the list, or of one task; it must be there."""
        reply = self.get(f"/{task_id}" if task_id else "", **query)
        assert reply.status_code == 200, reply.text
        return reply.json()
