"""Performing one task: claimed, carried out, and ended exactly once, whatever happens on the way."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from holdfast.db import projects, tasks, work
from holdfast.db.work import Claim
from holdfast.model.errors import Cancelled, Fenced, TimedOut
from holdfast.model.task import Ending, Figures, Status, Task, TaskError
from holdfast.service import log_lines

from . import endings
from .deadline import Deadline
from .halt import Halt, Interrupted
from .meter import Meter
from .operations.performance import Performance
from .operations.table import OPERATIONS
from .telling import ASKED, Telling
from .tools import Tools, Work

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
Step = Callable[[str, Callable[[], str]], str]
Value = TypeVar("Value")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an operation's long part: its result, or why there is none, and then its warnings."""

    result: msgspec.Raw = msgspec.Raw(b"null")
    error: TaskError | None = None
    figures: Figures = Figures()
    warnings: tuple[str, ...] = ()


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
    def worker_id(self) -> str:
        """The name under which this worker holds its tasks."""
        return self._tools.worker_id

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
        worker stops, and where the task is put down or another's: it is left for its next execution.
        """
        with self._change:
            self._running.add(task_id)
        try:
            with log_lines.about(task=task_id):
                self._perform(task_id)
        finally:
            with self._change:
                self._running.discard(task_id)
                self._change.notify_all()
            self._done()

    def _perform(self, task_id: str) -> None:
        try:
            self._halt.check_open()
            self._take_up(task_id)
        except Fenced:
            self._give_way(task_id)
            log.warning("task %s was closed by others", task_id)

    def withdraw(self, task_id: str) -> None:
        """End a task that somebody stopped and nobody is at; one that is taken up now ends by itself."""
        with self._tools.db.transaction() as tx:
            claim = _withdraw(tx, task_id, self.worker_id)
        if claim is not None and claim.task.operation in OPERATIONS:
            OPERATIONS[claim.task.operation].clear(claim.task, self._tools)

    def _take_up(self, task_id: str) -> None:
        claim = self._tools.ask(lambda tx: work.begin(tx, task_id, self.worker_id))
        if claim is None:
            self._settle_again(task_id)
            return
        with log_lines.about(request=claim.task.request_id):
            log.info("%s of %r begins", claim.task.operation, claim.task.resource.name)
            try:
                error = self._carry_out(claim)
            except Interrupted:
                self._put_down(claim)
                raise
            outcome = "well" if error is None else f"badly, {error.code}"
            log.info("%s of %r ended %s", claim.task.operation, claim.task.resource.name, outcome)

    def _put_down(self, claim: Claim) -> None:
        """Let others go on with it; where that cannot be written they do so when this worker is gone."""
        try:
            with self._tools.db.transaction() as tx:
                work.put_down(tx, claim.task.id, claim.epoch, for_good=claim.for_good)
            log.info("task %s (%s) is put down", claim.task.id, claim.task.operation)
        except SQLAlchemyError as fault:
            log.warning("task %s could not be put down: %s", claim.task.id, fault)

    def _give_way(self, task_id: str) -> None:
        """Raises Interrupted where a task that is not ours has not ended: the engine would take it for done,
        and never hand it to whose it is."""
        if self._tools.ask(lambda tx: work.unended(tx, [task_id])):
            log.warning("task %s is another worker's now", task_id)
            raise Interrupted

    def _carry_out(self, claim: Claim) -> TaskError | None:
        """Why the task failed; None where it did not."""
        task = claim.task
        error = _obstacle(claim, Deadline(task, self._tools.config))
        figures: Figures | None = None
        warnings: tuple[str, ...] = ()
        if error is None:
            told = self._step(str(task.operation), lambda: self._kept_outcome(claim))
            outcome = msgspec.json.decode(told, type=Outcome)
            error, figures, warnings = outcome.error, outcome.figures, outcome.warnings
            if error is None:
                error = self._guarded(task, partial(self._commit, claim, outcome.result))
            if error is None:
                self._settle(task, outcome.result)
        if isinstance(error, TaskError):
            self._tools.ask(partial(fail, claim, endings.failed(error, figures, warnings)))
            if task.operation in OPERATIONS and has_begun(claim):
                # Only now that the task has ended can no other worker build on what is cleared away.
                OPERATIONS[task.operation].clear(task, self._tools)
        return error

    def _settle(self, task: Task, result: msgspec.Raw) -> None:
        """Take away what a task that ended well left behind. A fault there changes nothing of its end."""
        performance = OPERATIONS[task.operation]
        known: Any = msgspec.json.decode(result, type=performance.result)
        self._guarded(task, lambda: performance.settle(task, known, self._tools))

    def _settle_again(self, task_id: str) -> None:
        """The task ended in an earlier execution, whose worker may have died before it had cleared up."""
        task = self._tools.ask(lambda tx: tasks.known(tx, task_id))
        if task is None or task.operation not in OPERATIONS:
            return
        if task.status in (Status.FAILED, Status.TIMEOUT):
            self._guarded(task, lambda: OPERATIONS[task.operation].clear(task, self._tools))
        if task.status is not Status.SUCCESS:
            return
        told = self._step(str(task.operation), partial(_fenced, task_id))
        self._settle(task, msgspec.json.decode(told, type=Outcome).result)

    def _kept_outcome(self, claim: Claim) -> str:
        """The outcome as it is kept. That a task is not ours any more is not kept: it is no end of it."""
        try:
            return self._outcome(claim)
        except Fenced:
            self._give_way(claim.task.id)
            raise

    def _outcome(self, claim: Claim) -> str:
        """Do the long part. May be done again after a worker died; changes no rows but the progress."""
        telling = Telling(claim, self._tools.ask, Deadline(claim.task, self._tools.config))
        meter = Meter(telling.tell, self._halt)
        if claim.epoch > 1:
            meter.log.begin_anew()
        performance = OPERATIONS[claim.task.operation]
        result = self._guarded(
            claim.task,
            lambda: performance.run(Work(claim.task, claim.epoch, meter, claim.for_good), self._tools),
        )
        self._guarded(claim.task, lambda: telling.close(meter.last()))
        if isinstance(result, TaskError):
            failure = Outcome(error=result, figures=meter.figures, warnings=tuple(meter.log.first))
            return msgspec.json.encode(failure).decode()
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

    def _commit(self, claim: Claim, result: msgspec.Raw) -> None:
        """Write what was done and end the task, in one transaction, if the task is still ours."""
        performance = OPERATIONS[claim.task.operation]
        self._tools.ask(
            partial(_end, claim, performance, msgspec.json.decode(result, type=performance.result))
        )


def _fenced(task_id: str) -> str:
    """Only whoever did the long part knows what came of it."""
    raise Fenced(task_id)


def _obstacle(claim: Claim, deadline: Deadline) -> TaskError | None:
    """Why a claimed task is not even tried."""
    if claim.attempt > MAX_ATTEMPTS:
        return TaskError(
            endings.UNKNOWN, f"The task was given up: its worker died {MAX_ATTEMPTS} times while it ran."
        )
    if claim.task.operation not in OPERATIONS:
        return TaskError(endings.UNKNOWN, f"This worker does not perform {claim.task.operation}.")
    if claim.for_good:
        return None
    if claim.cancel_requested:
        return endings.error_of(Cancelled(ASKED))
    try:
        deadline.check()
    except TimedOut as refusal:
        return endings.error_of(refusal)
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
    return claim.epoch > 1 or not claim.cancel_requested


def _withdraw(tx: Connection, task_id: str, worker_id: str) -> Claim | None:
    """The claim under which a task that was put down was ended; None where there is nothing to clear away."""
    stopped = endings.failed(endings.error_of(Cancelled(ASKED)))
    if work.withdraw(tx, task_id, stopped):
        task = tasks.known(tx, task_id)
        if task is not None and task.operation in OPERATIONS:
            OPERATIONS[task.operation].withdraw(tx, task)
        return None
    claim = work.reclaim(tx, task_id, worker_id)
    if claim is not None:
        fail(claim, stopped, tx)
    return claim
