"""A server that does what a script says: to see how the client takes streams that break off."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from holdfast.cli.client import Client, open_client
from holdfast.cli.credentials import Credentials

Asked = dict[str, list[str]]


@dataclass
class Script:
    """What the server is asked, and what it answers.

    `streams` are the bodies for paths that end with a word, one for each call; after a body the connection is
    cut, unless it ends with None. `lists` are the answers to everything else.
    """

    streams: dict[str, list[Sequence[bytes | None]]]
    listed: dict[str, Any] = field(default_factory=lambda: {"operation_logs": [], "count": 0})
    asked: list[tuple[str, Asked, str | None]] = field(default_factory=list)

    def asked_of(self, word: str) -> list[tuple[Asked, str | None]]:
        """The query and the Last-Event-ID of each call whose path ends so."""
        return [(query, last) for path, query, last in self.asked if path.endswith(word)]


class Answer(BaseHTTPRequestHandler):
    """One call of a `Server`."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._document(201, {"token": {"project": {"id": "p1"}}}, {"X-Subject-Token": "t"})

    def do_GET(self) -> None:
        url, script = urlsplit(self.path), self.server.script
        script.asked.append((url.path, parse_qs(url.query), self.headers["Last-Event-ID"]))
        word = url.path.rpartition("/")[2]
        if word not in script.streams:
            self._document(200, script.listed, {})
        elif not script.streams[word]:
            self._document(404, {"error_code": "x.1", "error_msg": "no such thing"}, {})
        else:
            self._stream(script.streams[word].pop(0))

    def _stream(self, pieces: Sequence[bytes | None]) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"0\r\n\r\n" if piece is None else b"%x\r\n%s\r\n" % (len(piece), piece))
        self.close_connection = True

    def _document(self, status: int, told: Any, headers: dict[str, str]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Follows a script."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.script = script


@contextmanager
def scripted(script: Script) -> Iterator[Client]:
    """A client of a server that follows the script."""
    with Server(script) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        known = Credentials(
            auth_url=f"{address}/identity/v3",
            endpoint=address,
            username="anna",
            password="secret",
            user_domain={"name": "Default"},
            project_name="letters",
            project_domain={"name": "Default"},
        )
        try:
            with open_client(known) as client:
                yield client
        finally:
            server.shutdown()
            thread.join()
