"""Providers as foreign packages bring them, each difficult in its own way."""

import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from holdfast.model.entry import Data, Entry, Kind, Metadata, Range, Unreadable
from holdfast.model.resource import ResourceType
from holdfast.providers.provider import Extent, Inspection, Part, Reading, Target, Written

PIECE = os.urandom(4096)


class _Source:
    """What all of them have in common: they are read, and nothing is written to them."""

    resource_type = ResourceType.FILE_SHARE

    def inspect(self, settings: Mapping[str, Any]) -> Inspection:
        return Inspection(len(PIECE), dict(settings))

    def parts(self, settings: Mapping[str, Any]) -> tuple[Part, ...]:  # noqa: ARG002 - the protocol's signature
        return ()

    def measure(self, settings: Mapping[str, Any]) -> Extent:  # noqa: ARG002 - the protocol's signature
        return Extent(len(PIECE), 1)

    def write(self, target: Target, entries: Iterable[Entry | Unreadable]) -> Written:  # noqa: ARG002 - the protocol's signature
        return Written(0, 0)


class Tap(_Source):
    """Drips, until there is a file at `gate`; then it is empty."""

    @contextmanager
    def read(self, settings: Mapping[str, Any], bookmark: str | None) -> Iterator[Reading]:  # noqa: ARG002 - the protocol's signature
        entries = (file("before", [Data(0, PIECE)]), file("water", self._drip(Path(settings["gate"]))))
        yield Reading(b"tap", iter(entries))

    def _drip(self, gate: Path) -> Iterator[Range]:
        offset = 0
        while not gate.exists():
            yield Data(offset, PIECE)
            offset += len(PIECE)
            time.sleep(0.02)


class Deadly(_Source):
    """Whoever reads it dies."""

    def read(self, settings: Mapping[str, Any], bookmark: str | None) -> AbstractContextManager[Reading]:  # noqa: ARG002 - the protocol's signature
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class Fuse(_Source):
    """Kills its reader when all of it has been saved, once: while there is a file at `fuse`."""

    @contextmanager
    def read(self, settings: Mapping[str, Any], bookmark: str | None) -> Iterator[Reading]:  # noqa: ARG002 - the protocol's signature
        fuse = Path(settings["fuse"])
        yield Reading(b"fuse", iter([file("fuse", [Data(0, PIECE)])]))
        if fuse.exists():
            fuse.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


class Patchy(_Source):
    """Some of it cannot be looked at, some cannot be read; `sound` says whether the rest can."""

    @contextmanager
    def read(self, settings: Mapping[str, Any], bookmark: str | None) -> Iterator[Reading]:  # noqa: ARG002 - the protocol's signature
        entries: list[Entry | Unreadable] = [
            Unreadable(b"patchy/hidden", "Permission denied"),
            file("patchy/rotten", self._rot()),
        ]
        if settings["sound"]:
            entries.append(file("patchy/sound", [Data(0, PIECE)]))
        yield Reading(b"patchy", iter(entries))

    def _rot(self) -> Iterator[Range]:
        yield Data(0, PIECE)
        raise Unreadable(b"patchy/rotten", "Input/output error")


class Ledger(_Source):
    """Writes into the file `ledger` which process reads which of these."""

    @contextmanager
    def read(self, settings: Mapping[str, Any], bookmark: str | None) -> Iterator[Reading]:  # noqa: ARG002 - the protocol's signature
        with Path(settings["ledger"]).open("a") as ledger:
            ledger.write(f"{os.getpid()} {settings['name']}\n")
        time.sleep(0.5)  # long enough for a second worker to start
        yield Reading(b"ledger", iter([file(settings["name"], [Data(0, PIECE)])]))


def file(path: str, content: Iterable[Range]) -> Entry:
    """A file of about the size of one piece."""
    known = Metadata(0o600, 0, 0, "", "", 0, 0, 0, size=len(PIECE))
    return Entry(path.encode(), Kind.FILE, known, content)
