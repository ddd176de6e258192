"""A progress bar for work that goes step by step in this process."""

from types import TracebackType

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from .screen import Screen


class Steps:
    """A bar for the step under way, on a terminal only; the `Progress` of `holdfast.repo`."""

    def __init__(self, screen: Screen) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%", markup=False),
            TimeElapsedColumn(),
            console=screen.err,
            disable=not screen.err.is_terminal,
            transient=True,
        )
        self._row: TaskID | None = None

    def __enter__(self) -> "Steps":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, step: str, total: int | None) -> None:
        """Show the next step."""
        if self._row is not None:
            self._bars.remove_task(self._row)
        self._row = self._bars.add_task(step, total=total)

    def advance(self, amount: int) -> None:
        """Show that so much more of it is done."""
        if self._row is not None:
            self._bars.advance(self._row, amount)
