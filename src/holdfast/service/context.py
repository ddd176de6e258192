"""What a service function works with: the house, and who is asking for what right now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from holdfast.config import Config
from holdfast.db import accounts, audits, projects
from holdfast.db.database import Database as Database  # handed on: the floor above never imports db
from holdfast.model import clock, ids
from holdfast.model.audit import UNTOLD, Asked, AuditEntry
from holdfast.model.checkpoint import Made
from holdfast.model.errors import NotAllowed
from holdfast.model.project import Caller, Project, Role
from holdfast.model.task import Task

from .attempts import Attempts
from .sessions import Door


@dataclass(frozen=True)
class House:
    """What outlives a request. `wake` tells the worker, if there is one here, that tasks may be waiting."""

    db: Database
    config: Config
    wake: Callable[[], None]
    attempts: Attempts = field(default_factory=Attempts)

    @property
    def door(self) -> Door:
        """Where people come in."""
        return Door(self.db, self.config.token_hours, self.attempts)


@dataclass(frozen=True)
class Context:
    """One request of a caller who has proven who they are: what they `asked`, as the audit trail has it.

    `retried` is the task that it does once more.
    """

    db: Database
    config: Config
    caller: Caller
    request_id: str
    wake: Callable[[], None]
    asked: Asked = UNTOLD
    retried: Task | None = None

    @classmethod
    def of(cls, house: House, caller: Caller, request_id: str, asked: Asked) -> "Context":
        """The context of this caller's request."""
        return cls(
            db=house.db,
            config=house.config,
            caller=caller,
            request_id=request_id,
            wake=house.wake,
            asked=asked,
        )

    @classmethod
    def of_house(cls, house: House, project: Project, asked: Asked) -> "Context":
        """The context of a request that nobody made: what a schedule asks for in a project."""
        caller = Caller(
            user_id="",
            user_name="holdfast",
            project_id=project.id,
            project_name=project.name,
            domain_id=project.domain_id,
            role=Role.OPERATOR,
            stays_here=True,
            is_house=True,
        )
        return cls.of(house, caller, ids.new_request(), asked)

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

    def roles(self, tx: Connection) -> list[tuple[Project, Role]]:
        """The projects that the caller may work in, and as what: the one of this request comes first."""
        here = (projects.get(tx, self.project_id), self.caller.role)
        if self.caller.stays_here:
            return [here]
        others = accounts.roles(tx, self.caller.user_id)
        return [here, *(one for one in others if one[0].enabled and one[0].id != self.project_id)]

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """The transaction of a change: what is checked in it still holds when it commits, and it leaves an
        entry in the audit trail.

        Changes of a project wait for each other. Raises NotAllowed for a reader.
        """
        with self.bookkeeping() as tx:
            yield tx
            self.record(tx)

    @contextmanager
    def bookkeeping(self) -> Iterator[Connection]:
        """The same for one of a flood of small changes, such as how far something is: it leaves no entry."""
        self.check_may_change()
        with self.db.transaction() as tx:
            projects.lock(tx, self.project_id)
            yield tx

    def record(self, tx: Connection) -> None:
        """Leave an entry in the audit trail, in the transaction of the change."""
        entry = AuditEntry(
            at=clock.now(),
            project_id=self.project_id,
            request_id=self.request_id,
            user_id=self.caller.user_id,
            user_name=self.caller.user_name,
            asked=self.asked,
        )
        audits.add(tx, entry)

    def check_may_name_paths(self) -> None:
        """Raises NotAllowed for anybody but an administrator in the domain of whoever runs the machine."""
        if not self.caller.may_name_paths:
            raise NotAllowed("only an administrator of the default domain names paths of the machine")
