"""A wire with somebody on it: counts what a client sends to a server, and cuts the wire when told to."""

import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

# closed with this, a connection is reset, not ended
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Tap:
    """Passes bytes on from a free port of the loopback to `port`; `sent` counts those towards the server.

    With `cut_at` set, the connection on which `sent` reaches that is reset, and so are all after it until it
    is None again. With `cut_every` set, one connection is reset each time so many bytes more were sent.
    """

    port: int
    listener: socket.socket
    sent: int = 0
    cuts: int = 0
    cut_at: int | None = None
    cut_every: int | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    @property
    def is_cut(self) -> bool:
        """Whether the connection that is being served is to be cut now."""
        if self.cut_at is not None and self.sent >= self.cut_at:
            return True
        return self.cut_every is not None and self.sent // self.cut_every > self.cuts

    def listen(self) -> None:
        while not self.over.is_set():
            with suppress(OSError):
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.port)) as server, suppress(OSError):
            while not self.over.is_set():
                ready, _, _ = select.select([client, server], [], [], 0.1)
                for one in ready:
                    content = one.recv(1 << 16)
                    if not content:
                        return
                    if one is client:
                        self.sent += len(content)
                    if self.is_cut:
                        self.cuts += 1
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                        return
                    (server if one is client else client).sendall(content)


@contextmanager
def tapped(port: int) -> Iterator[Tap]:
    """A tap before the server on this port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        tap = Tap(port, listener)
        thread = threading.Thread(target=tap.listen, daemon=True)
        thread.start()
        try:
            yield tap
        finally:
            tap.over.set()
            thread.join()
