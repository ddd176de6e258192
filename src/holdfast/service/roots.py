"""The path that a backup was read from, which may be any bytes, as text that a database keeps.

What is UTF-8 stays as it is; any other byte, and the per cent sign, is written as `%` and two digits.
"""

import re
from urllib.parse import unquote_to_bytes

_FOREIGN = re.compile("[\udc80-\udcff]")


def write(root: bytes) -> str:
    """The path as text."""
    text = root.replace(b"%", b"%25").decode(errors="surrogateescape")
    return _FOREIGN.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", text)


def read(text: str) -> bytes:
    """The path that was written so."""
    return unquote_to_bytes(text)
