"""A small file system of its own, that is as full as a test wants."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_LARGE = 256 << 20


class Disk:
    """A file system in memory under `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def leave(self, room: int) -> None:
        """Make the file system so small that only so many bytes are free, in whole pages."""
        status = os.statvfs(self.folder)
        self._resize((status.f_blocks - status.f_bfree) * status.f_frsize + room)

    def widen(self) -> None:
        """There is space again."""
        self._resize(_LARGE)

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", self.folder], check=True)


@contextmanager
def mounted(folder: Path) -> Iterator[Disk]:
    """A disk, with much space at first."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_LARGE}", "tmpfs", folder], check=True)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", folder], check=True)
