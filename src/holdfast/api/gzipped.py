"""Bodies that are sent as they are pulled, compressed for whoever can read that."""

import re
import zlib
from collections.abc import Iterator, Mapping

_LEVEL = 3
_GZIP = 16 + zlib.MAX_WBITS
_NAMED = re.compile(r"\s*(?P<name>[^;\s]+)\s*(?:;\s*q=(?P<weight>[0-9.]+))?\s*", re.IGNORECASE)


def is_wanted(headers: Mapping[str, str]) -> bool:
    """Whether the client says that it reads gzip."""
    matches = map(_NAMED.fullmatch, headers.get("accept-encoding", "").lower().split(","))
    weights = {match["name"]: match["weight"] for match in matches if match}
    weight = weights.get("gzip", weights.get("*", "0"))
    return weight is None or bool(weight.strip("0."))


def pieces(content: Iterator[bytes]) -> Iterator[bytes]:
    """The same body, compressed; what is pulled has something in it."""
    compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
    for piece in content:
        if compressed := compressor.compress(piece):
            yield compressed
    yield compressor.flush()
