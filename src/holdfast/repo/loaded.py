"""Listings as a load needs them: a file's ids stay the JSON that they are, and are read off it in runs.

The list of a disk of many terabytes has millions of ids, most of them the same: that of a hole.
"""

import re
from binascii import unhexlify
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from .errors import Damaged
from .node import Node

_ID_TEXT = 67  # 64 digits, two quotes and a comma
_IDS = re.compile(rb'\[(?:"[0-9a-f]{64}"(?:,"[0-9a-f]{64}")*+)?\]|null')
_RUN = re.compile(rb'"([0-9a-f]{64})"(?:,"\1")*+')


class Run(NamedTuple):
    """The same blob, so many times one after the other."""

    id: bytes
    times: int


class LoadedNode(Node):
    """An entry of a listing, with the list of ids as JSON."""

    content: msgspec.Raw = msgspec.Raw(b"null")  # type: ignore[assignment] # the same field, not decoded

    @property
    def content_ids(self) -> list[bytes]:
        """The ids of a file's blobs, in order."""
        return [run.id for run in self.runs() for _ in range(run.times)]

    @property
    def id_count(self) -> int:
        """How many blobs the file has."""
        return len(memoryview(self.content)) // _ID_TEXT

    def runs(self) -> Iterator[Run]:
        """The file's blobs in order."""
        for found in _RUN.finditer(self.content):
            yield Run(unhexlify(found[1]), (found.end() - found.start() + 1) // _ID_TEXT)

    def check_content(self) -> None:
        """Raises Damaged where the content is no list of ids; makes it one without spaces."""
        if _IDS.fullmatch(self.content):
            return
        try:
            ids = msgspec.json.decode(self.content, type=list[str])
        except msgspec.DecodeError as error:
            raise Damaged(f"the content of {self.name!r} is not a list of ids") from error
        self.content = msgspec.Raw(msgspec.json.encode(ids))
        if not _IDS.fullmatch(self.content):
            raise Damaged(f"the content of {self.name!r} is not a list of ids")


class _Tree(msgspec.Struct):
    nodes: list[LoadedNode] | None


_DECODER = msgspec.json.Decoder(_Tree)


def decode(content: bytes) -> list[LoadedNode]:
    """The nodes of a tree blob; raises Damaged."""
    try:
        nodes = _DECODER.decode(content).nodes or []
    except msgspec.DecodeError as error:
        raise Damaged(f"the listing of a folder: {error}") from error
    for node in nodes:
        node.check()
    return nodes
