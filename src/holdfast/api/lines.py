"""JSON of which each value is one line, whoever reads the lines."""

# JSON leaves them as they are, and many a client that reads lines takes them for the end of one.
_ENDS_OF_LINES = tuple((one.encode(), b"\\u%04x" % ord(one)) for one in "\u0085\u2028\u2029")


def kept_whole(written: bytes) -> bytes:
    """The same JSON, one value or several a line each, with no other end of a line in it."""
    for character, escaped in _ENDS_OF_LINES:
        written = written.replace(character, escaped)
    return written
