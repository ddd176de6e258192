"""The `Range` of a request: which bytes of a file it asks for, as RFC 9110 has it."""

import re

_RANGE = re.compile(r"bytes=(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{0,18})|-(?P<tail>[0-9]{1,18}))")


def wanted(header: str, size: int) -> range | None:
    """The bytes that a header asks for of a file of `size` bytes; None where the file ends before.

    A header that is empty, or that says something else, asks for all of them.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None:
        return range(size)
    if match["tail"]:
        first, last = max(0, size - int(match["tail"])), size - 1
    else:
        first, last = int(match["first"]), int(match["last"] or size)
        if last < first and match["last"]:
            return range(size)
    part = range(first, min(last + 1, size))
    return part if part else None
