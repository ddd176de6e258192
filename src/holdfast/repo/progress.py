"""How far a long piece of work is: told step by step to whoever wants to show it."""

from typing import Protocol


class Progress(Protocol):
    """Something that shows progress. It is told from one thread."""

    def begin(self, step: str, total: int | None) -> None:
        """A step begins; `total` is how much there is to do in it, if that is known."""

    def advance(self, amount: int) -> None:
        """So much more of the step is done."""


class Silent:
    """Nobody looks."""

    def begin(self, step: str, total: int | None) -> None:
        """Nothing is shown."""

    def advance(self, amount: int) -> None:
        """Nothing is shown."""


SILENT = Silent()
