"""What an operation works with: its task, and the worker's tools."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from holdfast.config import Config
from holdfast.db.database import Database, retrying
from holdfast.model.task import Task
from holdfast.providers.catalogue import open_provider
from holdfast.providers.provider import Provider

from .meter import Meter
from .repositories import Repositories

Result = TypeVar("Result")

# How long a task waits for a database that is away before it fails.
PATIENCE_SECONDS = 300.0


class Ask(Protocol):
    """Something that does a thing in a transaction of its own."""

    def __call__(self, do: Callable[[Connection], Result]) -> Result:
        """What was done there."""


@dataclass(frozen=True)
class Work:
    """One execution of a task: the first, or a later one after a worker died or stopped.

    `for_good`: an earlier one, which may be asleep and not dead, had begun what is worth nothing half done.
    """

    task: Task
    execution: int
    meter: Meter
    for_good: bool = False


@dataclass(frozen=True)
class Tools:
    """What all executions in a worker share."""

    db: Database
    config: Config
    repositories: Repositories
    worker_id: str

    def open_provider(self, name: str) -> Provider:
        """The provider of this name, which leaves the house's own folders out."""
        return open_provider(name, self.config.own_folders)

    def ask(self, do: Callable[[Connection], Result]) -> Result:
        """The result of `do` in a transaction of its own, also when the database is away for a while."""
        return retrying(self.db, do, PATIENCE_SECONDS)
