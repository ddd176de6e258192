"""Trees: the listing of one folder, sorted by the bytes of the names."""

from collections.abc import Mapping

import msgspec

from .errors import Damaged
from .node import Node


class _Tree(msgspec.Struct):
    nodes: list[Node] | None


_DECODER = msgspec.json.Decoder(_Tree)


def encode(nodes: Mapping[bytes, str]) -> bytes:
    """The content of a tree blob, from the JSON of its nodes by name."""
    return ('{"nodes":[' + ",".join([nodes[name] for name in sorted(nodes)]) + "]}\n").encode()


def decode(content: bytes) -> list[Node]:
    """The nodes of a tree blob; raises Damaged."""
    try:
        nodes = _DECODER.decode(content).nodes or []
    except msgspec.DecodeError as error:
        raise Damaged(f"the listing of a folder: {error}") from error
    for node in nodes:
        node.check()
    return nodes
