"""Zeros: a hole is written as ids of blobs of zeros, so that it costs neither hashing nor space.

restic knows a chunk of 512 KiB of zeros by its id and restores a file that has one as a sparse file. A very
large hole would cost 64 digits for each such chunk, 128 MB of listing for a TiB; beyond the first 64 MiB it
is therefore written in blobs of 8 MiB, the largest that restic's own chunker cuts.
"""

from functools import lru_cache

from .ids import blob_id

ZERO_CHUNK = 512 << 10
LARGE_ZERO_CHUNK = 8 << 20
_SMALL_PART = 64 << 20  # this much of a hole is written in small chunks
_ZEROS = bytes(LARGE_ZERO_CHUNK)
ZEROS = memoryview(_ZEROS)


@lru_cache(maxsize=64)
def zero_id(length: int) -> bytes:
    """The id of a blob of so many zeros, at most 8 MiB."""
    return blob_id(ZEROS[:length])


def zero_lengths(length: int) -> list[tuple[int, int]]:
    """How a run of zeros is cut: pairs of a blob's length and how many of it."""
    small = min(length, _SMALL_PART)
    large = (length - small) // LARGE_ZERO_CHUNK
    chunks, rest = divmod(length - large * LARGE_ZERO_CHUNK, ZERO_CHUNK)
    return [
        (size, count)
        for size, count in ((ZERO_CHUNK, chunks), (LARGE_ZERO_CHUNK, large), (rest, 1))
        if size * count
    ]


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


ZERO_LENGTHS = {zero_id(length): length for length in (ZERO_CHUNK, LARGE_ZERO_CHUNK)}
"""The blobs that are taken to be a hole, with their lengths."""
