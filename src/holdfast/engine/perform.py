"""Performing one task: claimed, carried out, and ended exactly once, whatever happens on the way."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection

from holdfast.db import projects, tasks, work
from holdfast.db.work import Claim
from holdfast.model.errors import Cancelled, Fenced
from holdfast.model.task import Ending, Figures, Status, Task, TaskError

from . import endings
from .halt import Halt
from .meter import Meter
from .operations.performance import Performance
from .operations.table import OPERATIONS
from .tools import Tools, Work

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
_ASKED = "Somebody asked for it."
Step = Callable[[str, Callable[[], str]], str]
Value = TypeVar("Value")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an operation's long part: its result, or why there is none."""

    result: msgspec.Raw = msgspec.Raw(b"null")
    error: TaskError | None = None
    figures: Figures = Figures()


class Performer:
    """Performs tasks, several at a time, each in the thread that it is called in.

    `step` keeps the text that a function returns, so that a later execution of the same task gets it without
    calling the function again; `done` is called when a task was let go of.
    """

    def __init__(self, tools: Tools, halt: Halt, step: Step, done: Callable[[], None]) -> None:
        self._tools = tools
        self._halt = halt
        self._step = step
        self._done = done
        self._running: set[str] = set()
        self._change = threading.Condition()

    @property
    def running(self) -> frozenset[str]:
        """Which tasks are being performed."""
        with self._change:
            return frozenset(self._running)

    def wait(self, seconds: float) -> bool:
        """Wait until no task is being performed, at most so long; whether that is so."""
        with self._change:
            return self._change.wait_for(lambda: not self._running, seconds)

    def perform(self, task_id: str) -> None:
        """Bring a task to its end.

        Called again after a worker died, it goes on from where that one was. Raises Interrupted when this
        worker stops: the task is then left for its next execution.
        """
        with self._change:
            self._running.add(task_id)
        try:
            self._halt.check_open()
            claim = self._tools.ask(lambda tx: work.claim(tx, task_id, self._tools.worker_id))
            if claim is not None:
                self._carry_out(claim)
            else:
                self._settle_again(task_id)
        except Fenced:
            log.warning("task %s is another worker's now, or was closed", task_id)
        finally:
            with self._change:
                self._running.discard(task_id)
                self._change.notify_all()
            self._done()

    def _carry_out(self, claim: Claim) -> None:
        task = claim.task
        error = _obstacle(claim)
        figures = None
        if error is None:
            told = self._step(str(task.operation), lambda: self._outcome(claim))
            outcome = msgspec.json.decode(told, type=Outcome)
            error, figures = outcome.error, outcome.figures
            if error is None:
                error = self._guarded(task, partial(self._commit, claim, outcome.result))
            if error is None:
                self._settle(task, outcome.result)
        if isinstance(error, TaskError):
            self._tools.ask(partial(fail, claim, endings.failed(error, figures)))
            if task.operation in OPERATIONS and has_begun(claim):
                # Only now that the task has ended can no other worker build on what is cleared away.
                OPERATIONS[task.operation].clear(task, self._tools)

    def _settle(self, task: Task, result: msgspec.Raw) -> None:
        """Take away what a task that ended well left behind. A fault there changes nothing of its end."""
        performance = OPERATIONS[task.operation]
        known: Any = msgspec.json.decode(result, type=performance.result)
        self._guarded(task, lambda: performance.settle(task, known, self._tools))

    def _settle_again(self, task_id: str) -> None:
        """The task ended in an earlier execution, whose worker may have died before it had settled."""
        task = self._tools.ask(lambda tx: tasks.known(tx, task_id))
        if task is None or task.status is not Status.SUCCESS or task.operation not in OPERATIONS:
            return
        told = self._step(str(task.operation), partial(_fenced, task_id))
        self._settle(task, msgspec.json.decode(told, type=Outcome).result)

    def _outcome(self, claim: Claim) -> str:
        """Do the long part. May be done again after a worker died; changes no rows but the progress."""
        meter = Meter(partial(self._tell, claim), self._halt)
        performance = OPERATIONS[claim.task.operation]
        result = self._guarded(
            claim.task, lambda: performance.run(Work(claim.task, claim.attempt, meter), self._tools)
        )
        if isinstance(result, TaskError):
            return msgspec.json.encode(Outcome(error=result, figures=meter.figures)).decode()
        kept = msgspec.Raw(msgspec.json.encode(result))
        return msgspec.json.encode(Outcome(result=kept, figures=meter.figures)).decode()

    def _guarded(self, task: Task, do: Callable[[], Value]) -> Value | TaskError:
        """What `do` returns, or why it failed: the one place where every fault of a task is caught."""
        try:
            return do()
        except Fenced:
            raise
        except Exception as fault:
            if endings.is_expected(fault):
                log.warning("task %s (%s) failed: %s", task.id, task.operation, fault)
            else:
                log.exception("task %s (%s) failed", task.id, task.operation)
            return endings.error_of(fault)

    def _tell(self, claim: Claim, progress: int, figures: Figures) -> None:
        told = partial(
            work.tell, task_id=claim.task.id, epoch=claim.epoch, progress=progress, figures=figures
        )
        if self._tools.ask(told):
            raise Cancelled(_ASKED)

    def _commit(self, claim: Claim, result: msgspec.Raw) -> None:
        """Write what was done and end the task, in one transaction, if the task is still ours."""
        performance = OPERATIONS[claim.task.operation]
        self._tools.ask(
            partial(_end, claim, performance, msgspec.json.decode(result, type=performance.result))
        )


def _fenced(task_id: str) -> str:
    """Only whoever did the long part knows what came of it."""
    raise Fenced(task_id)


def _obstacle(claim: Claim) -> TaskError | None:
    """Why a claimed task is not even tried."""
    if claim.attempt > MAX_ATTEMPTS:
        return TaskError(
            endings.UNKNOWN, f"The task was given up: its worker died {MAX_ATTEMPTS} times while it ran."
        )
    if claim.cancel_requested:
        return endings.error_of(Cancelled(_ASKED))
    if claim.task.operation not in OPERATIONS:
        return TaskError(endings.UNKNOWN, f"This worker does not perform {claim.task.operation}.")
    return None


def _end(claim: Claim, performance: Performance, result: Any, tx: Connection) -> None:
    # The project before the task, as everywhere: two that lock in different orders wait for ever.
    projects.lock(tx, claim.task.project_id)
    work.finish(tx, claim.task.id, claim.epoch, performance.ending(claim.task, result))
    performance.commit(tx, claim.task, result)


def fail(claim: Claim, ending: Ending, tx: Connection) -> None:
    """End a claimed task that failed, and write what follows for its operation. Raises Fenced."""
    projects.lock(tx, claim.task.project_id)
    work.finish(tx, claim.task.id, claim.epoch, ending)
    performance = OPERATIONS.get(claim.task.operation)
    if performance is not None:
        write = performance.fail if has_begun(claim) else performance.withdraw
        write(tx, claim.task)


def has_begun(claim: Claim) -> bool:
    """Whether anything may have been done: not where somebody stopped the task before its first execution."""
    return claim.attempt > 1 or not claim.cancel_requested


def withdraw(task_id: str, tx: Connection) -> None:
    """End a task that somebody stopped before it began; one that has begun meanwhile stops by itself."""
    stopped = endings.failed(endings.error_of(Cancelled(_ASKED)))
    if work.withdraw(tx, task_id, stopped):
        task = tasks.known(tx, task_id)
        if task is not None and task.operation in OPERATIONS:
            OPERATIONS[task.operation].withdraw(tx, task)
