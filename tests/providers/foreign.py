"""A provider as a foreign package brings it, written by somebody who knows only the protocol."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from holdfast.model.entry import Data, Entry, Kind, Metadata, Unreadable
from holdfast.model.resource import ResourceType
from holdfast.providers.provider import Extent, Inspection, Part, Reading, Target, Written


class Tape:
    """A tape with one line on it: what was written last."""

    resource_type = ResourceType.FILE_SHARE

    def __init__(self) -> None:
        self.line = b"once upon a time"

    def inspect(self, settings: Mapping[str, Any]) -> Inspection:
        """The length of the line."""
        return Inspection(len(self.line), dict(settings))

    def parts(self, settings: Mapping[str, Any]) -> tuple[Part, ...]:  # noqa: ARG002 - a tape has none
        """None."""
        return ()

    def measure(self, settings: Mapping[str, Any]) -> Extent:
        """One file."""
        return Extent(self.inspect(settings).size_bytes, 1)

    @contextmanager
    def read(self, settings: Mapping[str, Any], bookmark: str | None) -> Iterator[Reading]:  # noqa: ARG002 - all of it
        """The line as a file."""
        known = Metadata(0o600, 0, 0, "", "", 0, 0, 0, size=len(self.line))
        yield Reading(b"tape", iter([Entry(b"tape", Kind.FILE, known, [Data(0, self.line)])]), "wound")

    def write(self, target: Target, entries: Iterable[Entry | Unreadable]) -> Written:  # noqa: ARG002 - there is one tape
        """Keep the line."""
        for entry in entries:
            if isinstance(entry, Entry):
                self.line = b"".join(
                    bytes(piece.content) for piece in entry.content if isinstance(piece, Data)
                )
        return Written(len(self.line), 1)


class Tapeworm:
    """Fits nothing."""
