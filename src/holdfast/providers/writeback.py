"""Large files go to the disk while they are still being written, so that the sync at the end is short."""

from .kernel import begin_writing

_STEP = 32 << 20


class Writeback:
    """How far a file that is written from its beginning to its end is on its way to the disk."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._begun = 0

    def reached(self, end: int) -> None:
        """The file is written up to here."""
        if end - self._begun >= _STEP:
            begin_writing(self._fd, self._begun, end - self._begun)
            self._begun = end
