"""Sets of tasks in segments, as roaring bitmaps: row `r` of segment `s` is the number `s * 65536 + r`.

So a segment is a container of the bitmap, and a bitmap is put together from rows of segments at the speed at
which memory is copied: its serialised form (the portable one of the Roaring format specification) is written
here, and read by the library.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

ROWS = 1 << 16  # numbers of a segment
LAST_SEGMENT = (1 << 16) - 1  # a bitmap has no numbers for more

_NO_RUNS = 12346
_MOST_IN_ARRAY = 4096
_KEY = struct.Struct("<HH")


def of_rows(pieces: Sequence[tuple[int, NDArray[np.uint16]]]) -> BitMap:
    """The bitmap of these rows of these segments; segments ascending, each once, rows in any order."""
    return _of([(segment, len(rows), _of_rows(rows)) for segment, rows in pieces if len(rows)])


def of_masks(pieces: Sequence[tuple[int, NDArray[np.bool_]]]) -> BitMap:
    """The bitmap of the rows of these segments that say yes; segments ascending, each once."""
    counted = [(segment, int(np.count_nonzero(mask)), mask) for segment, mask in pieces]
    return _of([(segment, count, _of_mask(mask, count)) for segment, count, mask in counted if count])


def rows_in(bitmap: BitMap, segment: int) -> NDArray[np.uint16]:
    """The rows of one segment that are in the bitmap, ascending."""
    numbers = (bitmap & BitMap(range(segment * ROWS, (segment + 1) * ROWS))).to_array()
    return np.frombuffer(numbers, dtype=np.uint32).astype(np.uint16)


def segments_of(bitmap: BitMap) -> list[int]:
    """The segments that have any row in the bitmap, ascending."""
    found = []
    at = bitmap.next_set_bit(0) if bitmap else None
    while at is not None:
        found.append(at // ROWS)
        after = (at // ROWS + 1) * ROWS
        at = bitmap.next_set_bit(after) if bitmap.max() >= after else None
    return found


def size_of(bitmap: BitMap) -> int:
    """Bytes that it takes, roughly."""
    figures = bitmap.get_statistics()
    arrays, sets = figures["n_bytes_array_containers"], figures["n_bytes_bitset_containers"]
    return 200 + arrays + sets + figures["n_bytes_run_containers"]


def _of(containers: Sequence[tuple[int, int, bytes]]) -> BitMap:
    """The bitmap of segments with so many rows each."""
    keys = b"".join(_KEY.pack(segment, count - 1) for segment, count, _ in containers)
    lengths = [len(content) for _, _, content in containers]
    begin = 8 + len(keys) + 4 * len(containers)
    offsets = np.cumsum([begin, *lengths], dtype=np.uint32)[:-1]
    header = struct.pack("<II", _NO_RUNS, len(containers))
    contents = (content for _, _, content in containers)
    return BitMap.deserialize(b"".join((header, keys, offsets.tobytes(), *contents)))


def _of_rows(rows: NDArray[np.uint16]) -> bytes:
    if len(rows) <= _MOST_IN_ARRAY:
        return np.sort(rows).tobytes()
    bits = np.zeros(ROWS, dtype=bool)
    bits[rows] = True
    return np.packbits(bits, bitorder="little").tobytes()


def _of_mask(mask: NDArray[np.bool_], count: int) -> bytes:
    if count <= _MOST_IN_ARRAY:
        return np.flatnonzero(mask).astype(np.uint16).tobytes()
    bits = np.zeros(ROWS, dtype=bool)
    bits[: len(mask)] = mask
    return np.packbits(bits, bitorder="little").tobytes()
