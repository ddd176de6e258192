"""Trees: the listing of one folder, sorted by the bytes of the names."""

from collections.abc import Mapping

import msgspec

from .errors import Damaged
from .node import Node
from .quoting import unquoted_name


class _Tree(msgspec.Struct):
    nodes: list[Node] | None


class _RawTree(msgspec.Struct):
    nodes: list[msgspec.Raw] | None


class _Named(msgspec.Struct):
    name: str


_DECODER = msgspec.json.Decoder(_Tree)
_RAW_DECODER = msgspec.json.Decoder(_RawTree)
_NAME_DECODER = msgspec.json.Decoder(_Named)


def encode(nodes: Mapping[bytes, str]) -> bytes:
    """The content of a tree blob, from the JSON of its nodes by name."""
    return "".join(('{"nodes":[', ",".join([nodes[name] for name in sorted(nodes)]), "]}\n")).encode()


def decode(content: bytes) -> list[Node]:
    """The nodes of a tree blob; raises Damaged."""
    try:
        nodes = _DECODER.decode(content).nodes or []
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"the listing of a folder: {error}") from error
    for node in nodes:
        node.check()
    return nodes


def nodes(content: bytes) -> dict[bytes, str]:
    """The JSON of the nodes of a tree blob, each as it stands there, by name; raises Damaged."""
    try:
        found = _RAW_DECODER.decode(content).nodes or []
        return {unquoted_name(_NAME_DECODER.decode(one).name): bytes(one).decode() for one in found}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"the listing of a folder: {error}") from error
