"""Workers: ours. Who does the tasks, at which sites, and whether they are alive."""

from collections.abc import Sequence

import msgspec

from holdfast.api import moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.worker import Worker
from holdfast.service import workers
from holdfast.service.context import Context


class WorkerView(msgspec.Struct, frozen=True, kw_only=True):
    """A worker; `running_tasks` are those that it has in hand, also the ones that it is about to begin."""

    id: str
    sites: list[str]
    alive: bool
    seen_at: str | None
    running_tasks: int

    @classmethod
    def of(cls, worker: Worker) -> "WorkerView":
        """The wire's view of a worker."""
        return cls(
            id=worker.id,
            sites=list(worker.sites),
            alive=worker.alive,
            seen_at=moments.of_resource(worker.seen_at),
            running_tasks=worker.tasks,
        )


class WorkersReply(msgspec.Struct, frozen=True):
    """A list of workers."""

    workers: Sequence[WorkerView]
    count: int
    limit: int
    offset: int


def find(context: Context, call: Call) -> Reply:
    """GET holdfast/workers."""
    page = paging.page(call.query)
    found = workers.find(context)
    views = [WorkerView.of(worker) for worker in paging.cut(found, page)]
    return Reply(WorkersReply(views, len(found), page.limit, page.offset))


ROUTES = (Route("GET", "/holdfast/workers", find),)
