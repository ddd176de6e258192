"""What the members of the tests' crews do."""

import os
import time


class Answering:
    """Counts, fails, dies, as told."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, number: int) -> tuple[int, int]:
        """The sum so far, and whose it is."""
        self.count += number
        return self.count, os.getpid()

    def fail(self, message: str) -> None:
        """Raise what can be passed on."""
        raise LookupError(message)

    def fail_oddly(self) -> None:
        """Raise what cannot."""
        raise OddError("odd", "error")

    def die(self) -> None:
        """End without a word."""
        os._exit(9)

    def pause(self, seconds: float) -> None:
        """Take a while."""
        time.sleep(seconds)


class OddError(Exception):
    """An error that cannot be made again from its arguments."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one + other)
