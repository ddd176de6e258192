"""Following events over a real socket, as any client of server-sent events does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import sqlalchemy as sa
from tests.api.asking import House
from tests.db.making import task
from tests.wire.listening import listening

from holdfast.api import app
from holdfast.api.hub import Hub, Pace
from holdfast.db import tasks, work
from holdfast.db.task_tables import task_event
from holdfast.model.project import Project
from holdfast.model.task import Ending, Figures, Operation, Status, Task

PATIENCE_SECONDS = 20.0
# As the service has it, for people in a hurry.
BRISK = Pace(look_seconds=0.02, progress_seconds=0.05)


@dataclass(frozen=True)
class Heard:
    """One event as it came; a comment has the name `:`."""

    name: str
    id: int | None
    data: Any


class Following:
    """An open stream, from which events are taken one by one."""

    def __init__(self, reply: httpx.Response) -> None:
        self.reply = reply
        self.lines = reply.iter_lines()

    def __iter__(self) -> Iterator[Heard]:
        told: dict[str, str] = {}
        for line in self.lines:
            name, _, value = line.partition(":")
            if line and not name:
                yield Heard(":", None, value.strip())
            elif line:
                told[name] = value.removeprefix(" ")
            elif "event" in told:
                number = int(told["id"]) if "id" in told else None
                yield Heard(told["event"], number, json.loads(told["data"]))
                told = {}

    def next(self, *names: str) -> Heard:
        """The next event, of these names if any are given."""
        return next(heard for heard in self if not names or heard.name in names)

    def take(self, number: int) -> list[Heard]:
        """The next changes of a status."""
        return [self.next("task") for _ in range(number)]


@dataclass(frozen=True)
class Server:
    """A house on a real socket."""

    house: House
    address: str
    http: httpx.Client

    @property
    def hub(self) -> Hub:
        """What all streams of the server hang on."""
        hub: Hub = self.house.client.app.state.events
        return hub

    def pace(self, **changes: Any) -> None:
        """Have another pace from now on."""
        self.hub.pace = replace(self.hub.pace, **changes)

    @contextmanager
    def open(
        self,
        *,
        who: str = "admin",
        project: Project | None = None,
        last: int | None = None,
        headers: dict[str, str] | None = None,
        **parameters: Any,
    ) -> Iterator[Following]:
        """A stream that was opened and said nothing yet; `last` is the event that is known."""
        sent = {"X-Auth-Token": self.house.tokens[who], **(headers or {})}
        if last is not None:
            sent["Last-Event-ID"] = str(last)
        url = f"{self.address}/v3/{(project or self.house.world.blue).id}/events"
        with self.http.stream("GET", url, params=parameters, headers=sent) as reply:
            assert reply.status_code == 200, reply.read()
            yield Following(reply)

    @contextmanager
    def fetching(self, path: str) -> Iterator[httpx.Response]:
        """An answer whose body was not read yet."""
        sent = {"X-Auth-Token": self.house.tokens["admin"]}
        with self.http.stream("GET", self.address + path, headers=sent) as reply:
            assert reply.status_code == 200, reply.read()
            yield reply

    @contextmanager
    def follow(self, **asked: Any) -> Iterator[Following]:
        """A stream that was opened from now on, and whose `hello` was heard."""
        with self.open(**asked) as following:
            assert following.next().name == "hello"
            yield following


class Life:
    """Tasks of a project, and what becomes of them."""

    def __init__(self, house: House, project: Project | None = None) -> None:
        self.db = house.world.db
        self.project = project or house.world.blue

    def make(self, operation: Operation = Operation.BACKUP, resource_id: str = "r", **given: Any) -> Task:
        one = task(operation, resource_id, project_id=self.project.id, **given)
        with self.db.transaction() as tx:
            tasks.add(tx, one)
        return one

    def begin(self, one: Task) -> int:
        with self.db.transaction() as tx:
            claim = work.claim(tx, one.id, "w1")
        assert claim is not None
        return claim.epoch

    def tell(self, one: Task, epoch: int, progress: int, figures: Figures | None = None) -> None:
        with self.db.transaction() as tx:
            work.tell(tx, one.id, epoch, progress, figures or Figures())

    def end(self, one: Task, epoch: int, status: Status = Status.SUCCESS) -> None:
        with self.db.transaction() as tx:
            work.finish(tx, one.id, epoch, Ending(status=status))

    def whole(self, **given: Any) -> Task:
        """A task that is made, begun and done: three events."""
        one = self.make(**given)
        self.end(one, self.begin(one))
        return one

    def forget(self, up_to: int) -> None:
        """Only events with higher numbers are kept."""
        with self.db.transaction() as tx:
            tx.execute(sa.delete(task_event).where(task_event.c.number <= up_to))


@contextmanager
def serving(house: House) -> Iterator[Server]:
    """The house on a real socket; streams that are open at the end end with it."""
    limits = httpx.Limits(max_connections=None)
    http = httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS, limits=limits)
    with listening(house.client.app) as address, http:
        server = Server(house, address, http)
        server.hub.pace = BRISK
        try:
            yield server
        finally:
            app.stop(house.client.app)


def numbers(heard: list[Heard]) -> list[int | None]:
    """The numbers of events."""
    return [one.id for one in heard]
