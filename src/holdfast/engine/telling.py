"""What an execution of a task writes into the rows while it runs: how far it is, and what went wrong."""

from functools import partial

from sqlalchemy import Connection

from holdfast.db import dispatch, task_warnings, work
from holdfast.db.work import Claim
from holdfast.model.errors import Cancelled

from .deadline import Deadline
from .halt import Interrupted
from .meter import Told
from .tools import Ask

ASKED = "Somebody asked for it."


class Telling:
    """Writes for one execution, in one transaction each time, and hears whether it is to stop."""

    def __init__(self, claim: Claim, ask: Ask, deadline: Deadline) -> None:
        """`ask` does something in a transaction of its own, as `Tools.ask`."""
        self._claim = claim
        self._ask = ask
        self._deadline = deadline
        self._phase = claim.task.phase

    def tell(self, told: Told) -> None:
        """Write it. Raises Cancelled, TimedOut, Fenced, and Interrupted where the vault has shut; nothing but
        Fenced where an execution before this one had begun what has to be done."""
        cancelled, shut = self._ask(partial(_told, self._claim, told, self._phase))
        self._phase = told.phase
        if self._claim.for_good:
            return
        if cancelled:
            raise Cancelled(ASKED)
        self._deadline.check()
        if shut:
            raise Interrupted

    def close(self, told: Told) -> None:
        """Write what is left of the log, if anything is, whoever asks for whatever. Raises Fenced."""
        if told.lines is not None:
            self._ask(partial(_write, self._claim, told, self._phase))


def _told(claim: Claim, told: Told, phase: str, tx: Connection) -> tuple[bool, bool]:
    """Write it; whether somebody asked for the task to stop, and whether its vault has shut."""
    return _write(claim, told, phase, tx), dispatch.is_shut_for(tx, claim.task.id)


def _write(claim: Claim, told: Told, phase: str, tx: Connection) -> bool:
    """Whether somebody asked for the task to stop."""
    task_id, epoch = claim.task.id, claim.epoch
    cancelled = work.tell(tx, task_id, epoch, told.progress, told.figures)
    if told.phase != phase:
        work.enter(tx, task_id, epoch, told.phase)
    if told.lines is not None:
        task_warnings.write(tx, task_id, told.lines)
    return cancelled
