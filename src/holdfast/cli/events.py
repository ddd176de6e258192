"""The API's stream of events as a client hears it: in order, nothing twice, taken up again after a break."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .client import Client, Parameters
from .failures import Exit, Failure

AWAY = "away"  # an event of our own: the stream broke off, and is asked for again
SILENCE_SECONDS = 45.0  # the server says something every 15
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 2.0  # until the stream says how long


@dataclass(frozen=True)
class Event:
    """What happened, and what is told of it."""

    name: str
    told: dict[str, Any]


@dataclass(frozen=True)
class Message:
    """One message of a stream of server-sent events, its lines put together."""

    fields: dict[str, str]

    @property
    def retry_seconds(self) -> float | None:
        """How long to wait before coming back, where it says so."""
        told = self.fields.get("retry", "")
        return int(told) / 1000 if told.isdecimal() else None

    @property
    def event(self) -> Event | None:
        """What it tells; None where it tells nothing."""
        text = self.fields.get("data")
        return None if text is None else Event(self.fields.get("event", "message"), json.loads(text))


def coming(client: Client, wanted: Parameters) -> Iterator[Event]:
    """Events as they come; never ends. After a break they go on where it was, with an event AWAY between.

    Raises Failure where there is no such stream, or the server is away for longer than a minute.
    """
    last, pause = None, PAUSE_SECONDS
    heard = None  # when something was heard for the last time
    while True:
        headers = {"Accept": "text/event-stream"} | ({} if last is None else {"Last-Event-ID": last})
        try:
            with client.streaming("/events", wanted, headers, SILENCE_SECONDS) as answer:
                for message in messages(answer.iter_bytes()):
                    heard = time.monotonic()
                    last = message.fields.get("id", last)
                    pause = message.retry_seconds or pause
                    if message.event:
                        yield message.event
        except Failure as failure:
            silent = heard is None or time.monotonic() - heard > PATIENCE_SECONDS
            if failure.code is not Exit.UNREACHABLE or silent:
                raise
        yield Event(AWAY, {})
        time.sleep(pause)


def messages(pieces: Iterable[bytes]) -> Iterator[Message]:
    """The messages of a stream; one that breaks off in the middle is none, a comment one without fields."""
    fields: dict[str, str] = {}
    for line in _lines(pieces):
        if not line:
            yield Message(fields)
            fields = {}
            continue
        name, _, value = line.decode(errors="replace").partition(":")
        value = value.removeprefix(" ")
        if name == "data" and name in fields:
            value = f"{fields[name]}\n{value}"
        if name:
            fields[name] = value


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r")
