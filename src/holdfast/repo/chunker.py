"""Content-defined chunks: a cut depends on the bytes before it, so that an insertion moves no later cut.

Where the cuts are is a secret of the repository: the chunker is seeded from its key, so that the lengths of
chunks tell nothing about known content.
"""

from hashlib import sha256

from pyfastcdc import FastCDC

from .crypto import Buffer, Key

MIN_CHUNK = 512 << 10
AVERAGE_CHUNK = 1 << 20
MAX_CHUNK = 8 << 20
_SEED_BITS = 63


class Chunker:
    """Cuts a repository's files; safe to use from several threads."""

    def __init__(self, key: Key) -> None:
        secret = sha256(b"holdfast chunker seed" + key.encrypt + key.mac_k + key.mac_r).digest()
        self._cutter = FastCDC(
            avg_size=AVERAGE_CHUNK,
            min_size=MIN_CHUNK,
            max_size=MAX_CHUNK,
            normalized_chunking=2,
            seed=int.from_bytes(secret[:8], "little") >> (64 - _SEED_BITS),
        )

    def cut(self, content: Buffer) -> list[memoryview]:
        """The chunks of the content, which is not copied; the last one ends where the content ends."""
        view = memoryview(content)
        if len(content) <= MIN_CHUNK:
            return [view] if len(content) else []
        return [view[chunk.offset : chunk.offset + chunk.length] for chunk in self._cutter.cut_buf(content)]
