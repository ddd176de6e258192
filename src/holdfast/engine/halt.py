"""The order to put down all work: a worker that stops leaves its tasks as they are, for another execution."""

import threading


class Interrupted(BaseException):
    """The task is put down, and does not end: its worker stops, its vault shuts, or it is another worker's.

    Not an Exception: nothing between the stream and the engine may take it for a failure of the task.
    """


class Halt:
    """Whether this worker still takes up tasks, and whether it still works on those it has."""

    def __init__(self) -> None:
        self._closing = threading.Event()
        self._stopping = threading.Event()
        self.hurried = False

    def close(self) -> None:
        """From now on no task is taken up."""
        self._closing.set()

    def hurry(self) -> None:
        """Who waits for tasks to end should not. Takes no lock: a signal may call it at any moment."""
        self.hurried = True

    def stop(self) -> None:
        """From now on no task goes on."""
        self._closing.set()
        self._stopping.set()

    def check_open(self) -> None:
        """Raises Interrupted when no task is taken up any more."""
        if self._closing.is_set():
            raise Interrupted

    def check(self) -> None:
        """Raises Interrupted when no task goes on."""
        if self._stopping.is_set():
            raise Interrupted
