"""Paths in backups as text: a name is any bytes, and neither JSON nor an address takes more than characters.

What is UTF-8 stays as it is, and any other byte is written as `%` and two upper-case hexadecimal digits from
80 to FF. Where a name has those characters itself, its own `%` is written `%25`, and nowhere else: most names
with a `%` are spelled as they are.
"""

import re

_STRAY = re.compile("[\udc80-\udcff]")  # surrogateescape: a byte that is no UTF-8
_AMBIGUOUS = re.compile("%(?=(?:25)*[89A-F][0-9A-F])")
_ESCAPE = re.compile(rb"%25(?=(?:25)*[89A-F][0-9A-F])|%[89A-F][0-9A-F]")


def written(path: bytes) -> str:
    """The path as text.

    >>> written(b"caf\\xe9/100%.txt")
    'caf%E9/100%.txt'
    """
    plain = _AMBIGUOUS.sub("%25", path.decode(errors="surrogateescape"))
    return _STRAY.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", plain)


def read(text: str) -> bytes:
    """The path that is written so; what no path is written as is meant literally.

    >>> read("caf%E9/caf%C3%A9")
    b'caf\\xe9/caf%C3%A9'
    """
    return b"/".join(_name(part) for part in text.split("/"))


def _name(text: str) -> bytes:
    literal = text.encode(errors="surrogateescape")
    if "%" not in text:
        return literal
    meant = _ESCAPE.sub(_byte, literal)
    return meant if written(meant) == text else literal


def _byte(found: re.Match[bytes]) -> bytes:
    escape = found[0]
    return b"%" if escape == b"%25" else bytes([int(escape[1:], 16)])
