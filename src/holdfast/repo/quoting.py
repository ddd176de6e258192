"""Names as restic writes them into a tree: quoted as Go's strconv.Quote does, then as a JSON string.

A name is bytes. What is no UTF-8 becomes `\\xNN`; what is not printable becomes a Go escape; so every name
survives, and unchanged folders give byte-identical trees whoever writes them.
"""

import re

from .errors import Damaged

# no byte here needs an escape, neither Go's nor JSON's
_PLAIN = re.compile(rb"[A-Za-z0-9 _.,+@=~#%(){}\[\]:;!'$^`|*?/-]*")
_STRAY = 0xDC00  # surrogateescape: a byte that is no UTF-8 is this plus the byte
_GO = {
    ord('"'): '\\"',
    ord("\\"): "\\\\",
    7: "\\a",
    8: "\\b",
    12: "\\f",
    10: "\\n",
    13: "\\r",
    9: "\\t",
    11: "\\v",
}
_JSON = {code: f"\\u{code:04x}" for code in (*range(32), ord("<"), ord(">"), ord("&"), 0x2028, 0x2029)}
_JSON |= {ord('"'): '\\"', ord("\\"): "\\\\", 10: "\\n", 13: "\\r", 9: "\\t", 8: "\\b", 12: "\\f"}
_JSON |= {_STRAY + byte: "\\ufffd" for byte in range(128, 256)}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.|$)", re.DOTALL)
_UNESCAPED = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39}


def quoted_name(name: bytes) -> str:
    """The inside of the JSON string that holds a quoted name.

    >>> quoted_name(b"caf\\xe9")
    'caf\\\\\\\\xe9'
    """
    if _PLAIN.fullmatch(name):
        return name.decode()
    text = name.decode(errors="surrogateescape")
    return "".join([_go(character) for character in text]).translate(_JSON)


def json_text(text: bytes) -> str:
    """The inside of a JSON string as Go's encoding/json writes it; what is no UTF-8 becomes U+FFFD."""
    if _PLAIN.fullmatch(text):
        return text.decode()
    return text.decode(errors="surrogateescape").translate(_JSON)


def unquoted_name(quoted: str) -> bytes:
    """The name that was quoted, after JSON was undone; raises Damaged."""
    if "\\" not in quoted:
        return _encoded(quoted)
    parts = []
    end = 0
    for escape in _ESCAPE.finditer(quoted):
        parts.append(_encoded(quoted[end : escape.start()]))
        parts.append(_unescaped(escape[1]))
        end = escape.end()
    return b"".join([*parts, _encoded(quoted[end:])])


def _go(character: str) -> str:
    code = ord(character)
    if code in _GO:
        return _GO[code]
    if _STRAY + 128 <= code < _STRAY + 256:
        return f"\\x{code - _STRAY:02x}"
    if character.isprintable():
        return character
    if code < 32 or code == 127:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _unescaped(escape: str) -> bytes:
    if escape in _UNESCAPED:
        return bytes([_UNESCAPED[escape]])
    try:
        if escape[0] == "x":
            return bytes([int(escape[1:], 16)])
        if escape[0] in "uU":
            return chr(int(escape[1:], 16)).encode()
        return bytes([int(escape, 8)])
    except (ValueError, IndexError, OverflowError) as error:
        raise Damaged(f"\\{escape} is no escape in a name") from error


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Damaged("a name holds half a character") from error
