"""What a service function works with: the house, and who is asking for what right now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from holdfast.config import Config
from holdfast.db import projects
from holdfast.db.database import Database as Database  # handed on: the floor above never imports db
from holdfast.model import clock
from holdfast.model.checkpoint import Made
from holdfast.model.errors import NotAllowed
from holdfast.model.project import Caller, Role


@dataclass(frozen=True)
class House:
    """What outlives a request. `wake` tells the worker, if there is one here, that tasks may be waiting."""

    db: Database
    config: Config
    wake: Callable[[], None]


@dataclass(frozen=True)
class Context:
    """One request of a caller who has proven who they are."""

    db: Database
    config: Config
    caller: Caller
    request_id: str
    wake: Callable[[], None]

    @classmethod
    def of(cls, house: House, caller: Caller, request_id: str) -> "Context":
        """The context of this caller's request."""
        return cls(db=house.db, config=house.config, caller=caller, request_id=request_id, wake=house.wake)

    @property
    def project_id(self) -> str:
        """The project that the caller may work in: every row that is touched belongs to it."""
        return self.caller.project_id

    def made(self, at: datetime | None = None) -> Made:
        """The mark that everything made by this request carries; `at` is now unless given."""
        return Made(request_id=self.request_id, at=at or clock.now())

    def check_may_change(self) -> None:
        """Raises NotAllowed for a reader."""
        if self.caller.role is Role.READER:
            raise NotAllowed("a reader changes nothing")

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """The transaction of a change: what is checked in it still holds when it commits.

        Changes of a project wait for each other. Raises NotAllowed for a reader.
        """
        self.check_may_change()
        with self.db.transaction() as tx:
            projects.lock(tx, self.project_id)
            yield tx

    def check_is_admin(self) -> None:
        """Raises NotAllowed for anybody but an administrator."""
        if not self.caller.is_admin:
            raise NotAllowed("only an administrator names paths of the machine")
