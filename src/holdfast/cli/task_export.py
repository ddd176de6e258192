"""`holdfast tasks --export`: every task that matches, as the server streams them, to a pipe or a file.

A file has its name only when it is whole; until then it lies beside as `.NAME.PID.part`.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from .client import Client, Parameters
from .failures import Exit, Failure
from .screen import ReaderGone, Screen
from .words import size

FORMATS = ("csv", "ndjson")
STANDARD_OUTPUT = "-"
SILENCE_SECONDS = 300.0  # a filter that fits hardly anything may search for long


def export(client: Client, screen: Screen, wanted: Parameters, output: str) -> None:
    """Write what `wanted` asks for to this file, or to standard output. Raises Failure, OSError."""
    if not Path(output).parent.is_dir() or Path(output).is_dir():
        raise Failure(Exit.USAGE, f"--output: {output} cannot be a file: it is a folder, or in none")
    with client.streaming("/operation-logs/export", wanted, {}, SILENCE_SECONDS) as answer:
        if output == STANDARD_OUTPUT:
            _pour(answer.iter_bytes(), sys.stdout.buffer)
            return
        with whole(Path(output)) as file, _bar(screen) as bar:
            row, written = bar.add_task(output, total=None), 0
            for piece in answer.iter_bytes():
                written += file.write(piece)
                bar.update(row, completed=written)
    screen.note(f"wrote {size(written)} to {output}")


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears, or replaces the one that there is, when all of it is written; raises OSError."""
    if path.exists() and not path.is_file():  # a device or a pipe
        with path.open("wb") as file:
            yield file
        return
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _pour(pieces: Iterator[bytes], into: IO[bytes]) -> None:
    try:
        for piece in pieces:
            into.write(piece)
        into.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error


def _bar(screen: Screen) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        console=screen.err,
        disable=not screen.err.is_terminal,
        transient=True,
    )
