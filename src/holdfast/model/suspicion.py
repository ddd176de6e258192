"""Whether a backup that went well is so much smaller than those before it that somebody should look.

A folder that was emptied, or not mounted, is backed up without any fault; that its good backups soon expire
is what nobody wants to find out late. What is usual is the median of the last good backups, so one odd one
among them changes nothing. A backup without any before it is never suspicious.
"""

from collections.abc import Sequence
from statistics import median

import msgspec

COMPARED = 3  # good backups before it
LEAST_BYTES = 1 << 20
LEAST_FILES = 10


class Size(msgspec.Struct, frozen=True):
    """What a backup holds: bytes in all files, and the number of these."""

    read_bytes: int
    file_count: int


def suspicion(size: Size, before: Sequence[Size]) -> str | None:
    """A sentence where a backup is less than half of what is usual, by a mebibyte or by ten files at least.

    `before` are the sizes of the last good backups of the same resource in the same vault, the newest first.
    """
    usual = before[:COMPARED]
    if not usual:
        return None
    usual_bytes = int(median(one.read_bytes for one in usual))
    usual_files = int(median(one.file_count for one in usual))
    if _is_far_below(size.read_bytes, usual_bytes, LEAST_BYTES) or _is_far_below(
        size.file_count, usual_files, LEAST_FILES
    ):
        return (
            f"suspiciously small: {size.read_bytes} bytes in {size.file_count} files,"
            f" where {usual_bytes} bytes in {usual_files} files are usual"
        )
    return None


def _is_far_below(count: int, usual: int, least: int) -> bool:
    return 2 * count < usual and usual - count >= least
