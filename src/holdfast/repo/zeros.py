"""Zeros: a hole is written as ids of blobs of zeros, so that it costs neither hashing nor space.

restic knows a chunk of 512 KiB of zeros by its id and restores a file that has one as a sparse file. A very
large hole would cost 64 digits for each such chunk, 128 MB of listing for a TiB. So only the first 64 MiB of
a hole are written in chunks of that size; up to 64 GiB come in blobs of 8 MiB, the largest that restic's own
chunker cuts, and what is beyond in blobs of 64 MiB: 11 MB of listing for 10 TiB.
"""

from functools import lru_cache

from .ids import blob_id

ZERO_CHUNK = 512 << 10
LARGE_ZERO_CHUNK = 8 << 20
HUGE_ZERO_CHUNK = 64 << 20
_SMALL_PART = 64 << 20
_LARGE_PART = 64 << 30
_ZEROS = bytes(HUGE_ZERO_CHUNK)  # the system gives no memory for what is only read
ZEROS = memoryview(_ZEROS)

_IDS = {
    ZERO_CHUNK: bytes.fromhex("07854d2fef297a06ba81685e660c332de36d5d18d546927d30daad6d7fda1541"),
    LARGE_ZERO_CHUNK: bytes.fromhex("2daeb1f36095b44b318410b3f4e8b5d989dcc7bb023d1426c492dab0a3053e74"),
    HUGE_ZERO_CHUNK: bytes.fromhex("3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351"),
}

ZERO_LENGTHS = {blob: length for length, blob in _IDS.items()}
"""The blobs that are taken to be a hole, with their lengths."""


def zero_id(length: int) -> bytes:
    """The id of a blob of so many zeros, at most 64 MiB."""
    return _IDS.get(length) or _other_zero_id(length)


@lru_cache(maxsize=64)
def _other_zero_id(length: int) -> bytes:
    return blob_id(ZEROS[:length])


def zero_lengths(length: int) -> list[tuple[int, int]]:
    """How a run of zeros is cut: pairs of a blob's length and how many of it."""
    huge = max(0, length - _LARGE_PART) // HUGE_ZERO_CHUNK
    length -= huge * HUGE_ZERO_CHUNK
    large = max(0, length - _SMALL_PART) // LARGE_ZERO_CHUNK
    small, rest = divmod(length - large * LARGE_ZERO_CHUNK, ZERO_CHUNK)
    parts = ((ZERO_CHUNK, small), (LARGE_ZERO_CHUNK, large), (HUGE_ZERO_CHUNK, huge), (rest, 1))
    return [(size, count) for size, count in parts if size * count]


def is_zeros(content: bytes | bytearray | memoryview) -> bool:
    """Whether the content, of any length, is nothing but zeros."""
    length = len(content)
    if not length or content[0] or content[length - 1]:
        return False
    view = memoryview(content)
    return all(  # views are compared byte by byte, `startswith` at the speed of memory
        _ZEROS.startswith(view[start : start + LARGE_ZERO_CHUNK])
        for start in range(0, length, LARGE_ZERO_CHUNK)
    )
