"""A proxy between a client and a store's server that breaks what it is told to break.

It forwards whole HTTP requests and answers over real sockets. A fault is put on the list with how often it
shall strike; each request meets the first one that fits it.
"""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# closed with this, a connection is reset, not ended
_RESET = struct.pack("ii", 1, 0)
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


class Fault(Enum):
    """What can go wrong between a client and a server."""

    LATENCY = auto()  # the answer takes its time
    SLOW_DOWN = auto()  # 503 SlowDown, as S3 says it
    TOO_MANY = auto()  # 429 with Retry-After
    SERVER_ERROR = auto()  # 500
    RESET_BEFORE = auto()  # the connection breaks before the server hears of it
    RESET_IN_UPLOAD = auto()  # … while a body is sent: the server has half of it
    LOST_ANSWER = auto()  # the server did it; the answer is lost
    RESET_IN_ANSWER = auto()  # half of the answer's body arrives, then the connection breaks
    SHORT_ANSWER = auto()  # half of the answer's body arrives, then the connection ends in order
    STALLED = auto()  # nothing comes back
    FULL = auto()  # 507, what a server says whose disk is full

    @property
    def status(self) -> int | None:
        """The status of the answer that the server never gave."""
        return _STATUSES.get(self)


_STATUSES = {Fault.SLOW_DOWN: 503, Fault.TOO_MANY: 429, Fault.SERVER_ERROR: 500, Fault.FULL: 507}
PASSING = [fault for fault in Fault if fault is not Fault.FULL]


class Manner(Enum):
    """What an S3 server does with a put that says `If-None-Match: *`, when the object is there."""

    OF_THE_SERVER = auto()  # whatever the real server does
    REFUSES = auto()  # 412, as Amazon, MinIO and Ceph do
    KNOWS_NOT = auto()  # 501, as older ones do, also when it is not there


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    content: bytes


@dataclass
class _Trouble:
    fault: Fault
    times: int
    methods: frozenset[str]


class Proxy(ThreadingHTTPServer):
    """Listens on a free port of the loopback and passes on to `port`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, manner: Manner) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.port = port
        self.manner = manner
        self.present: set[str] = set()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.latency = 0.05
        self.struck: list[tuple[Fault, str]] = []
        self.requests: list[tuple[str, str]] = []
        self.over = threading.Event()
        self._troubles: list[_Trouble] = []
        self._rhythm: tuple[int, tuple[Fault, ...]] | None = None
        self._lock = threading.Lock()

    def trouble(self, fault: Fault, times: int, *methods: str) -> None:
        """Break the next `times` requests of these methods (none: all) that the fault can break."""
        with self._lock:
            self._troubles.append(_Trouble(fault, times, frozenset(methods)))

    def trouble_every(self, requests: int, *faults: Fault) -> None:
        """Break one of so many requests, for ever, by these faults in turn."""
        with self._lock:
            self._rhythm = (requests, faults)

    def calm(self) -> None:
        """Pass on everything from now on."""
        with self._lock:
            self._troubles.clear()
            self._rhythm = None

    def next_fault(self, method: str, path: str, body: bytes) -> Fault | None:
        with self._lock:
            self.requests.append((method, path))
            for trouble in self._troubles:
                fits = not trouble.methods or method in trouble.methods
                if fits and trouble.times and (body or trouble.fault is not Fault.RESET_IN_UPLOAD):
                    trouble.times -= 1
                    self.struck.append((trouble.fault, method))
                    return trouble.fault
            return self._fault_in_turn(method, body)

    def _fault_in_turn(self, method: str, body: bytes) -> Fault | None:
        if self._rhythm is None or len(self.requests) % self._rhythm[0]:
            return None
        faults = self._rhythm[1]
        fault = faults[len(self.struck) % len(faults)]
        self.struck.append((fault, method))
        return Fault.RESET_BEFORE if fault is Fault.RESET_IN_UPLOAD and not body else fault

    def shutdown_request(self, request: Any) -> None:
        """Close without the polite end that would come before a reset."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is what this is for."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Proxy

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.next_fault(self.command, self.path, body)
        if fault is None:
            return self._answer(self._asked(body))
        if fault.status is not None:
            return self._answer(_said(fault.name, fault.status))
        return self._broken(fault, body)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass_on  # noqa: N815 - named by the standard library

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written to the terminal."""

    def _broken(self, fault: Fault, body: bytes) -> None:
        if fault is Fault.LATENCY:
            time.sleep(self.server.latency)
            return self._answer(self._asked(body))
        if fault is Fault.STALLED:
            self.server.over.wait()
        elif fault is Fault.RESET_IN_UPLOAD:
            self._upload_half(body)
        elif fault is not Fault.RESET_BEFORE:
            answer = self._asked(body)
            if fault is not Fault.LOST_ANSWER:
                self._answer(answer, len(answer.content) // 2)
        if fault is not Fault.SHORT_ANSWER:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.close_connection = True
        return None

    def _asked(self, body: bytes) -> _Answer:
        if self.headers.get("If-None-Match") == "*":
            if self.server.manner is Manner.KNOWS_NOT:
                return _said("NotImplemented", 501)
            if self.server.manner is Manner.REFUSES and self.path in self.server.present:
                return _said("PreconditionFailed", 412)
        upstream = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            self._send_head(upstream)
            upstream.send(body)
            answer = upstream.getresponse()
            if self.command == "PUT" and answer.status < 300:
                self.server.present.add(self.path)
            if self.command == "DELETE":
                self.server.present.discard(self.path)
            return _Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            upstream.close()

    def _upload_half(self, body: bytes) -> None:
        upstream = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        self._send_head(upstream)
        upstream.send(body[: len(body) // 2])
        if upstream.sock is not None:
            upstream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        upstream.close()

    def _send_head(self, upstream: HTTPConnection) -> None:
        """The request's head as it came, Host included: what is signed stays valid."""
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders()

    def _answer(self, answer: _Answer, sent: int | None = None) -> None:
        content = b"" if self.command == "HEAD" else answer.content
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in _HOP_BY_HOP and (name.lower() != "content-length" or not content):
                self.send_header(name, value)
        if content:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:sent])


def _said(code: str, status: int) -> _Answer:
    """A refusal in the form that S3 gives it."""
    content = f"<Error><Code>{code}</Code><Message>Said by the proxy.</Message></Error>".encode()
    return _Answer(status, [("Retry-After", "0"), ("Content-Length", str(len(content)))], content)


@contextmanager
def proxied(port: int, manner: Manner = Manner.OF_THE_SERVER) -> Iterator[Proxy]:
    """A proxy in front of the server on `port`."""
    with Proxy(port, manner) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.over.set()
            proxy.shutdown()
            thread.join()
