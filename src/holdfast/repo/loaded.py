"""Listings as a load needs them: a file's ids stay the JSON that they are, and are read off it in runs.

The list of a disk of many terabytes has millions of ids, most of them the same: that of a hole.
"""

import re
from binascii import unhexlify
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from holdfast.model.entry import Kind

from .errors import Damaged
from .node import Node
from .quoting import unquoted_name

_ID_TEXT = 67  # 64 digits, two quotes and a comma
_FIRST_ID = slice(2, 66)
_IDS = re.compile(rb'\[(?:"[0-9a-f]{64}"(?:,"[0-9a-f]{64}")*+)?\]|null')
_RUN = re.compile(rb'"([0-9a-f]{64})"(?:,"\1")*+')


class Run(NamedTuple):
    """The same blob, so many times one after the other."""

    id: bytes
    times: int


class LoadedNode(Node, gc=False):
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
        if self.id_count == 1:
            return iter((Run(unhexlify(memoryview(self.content)[_FIRST_ID]), 1),))
        return self._found_runs()

    def _found_runs(self) -> Iterator[Run]:
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


class Size(msgspec.Struct, gc=False):
    """As much of an entry of a listing as adding up needs."""

    name: str
    type: str
    size: int = 0
    subtree: str | None = None

    @property
    def file_name(self) -> bytes:
        """The name as bytes; raises Damaged."""
        return unquoted_name(self.name)

    @property
    def kind(self) -> Kind:
        """What the entry is; raises Damaged."""
        try:
            return Kind(self.type)
        except ValueError as error:
            raise Damaged(f"{self.name!r} is of no known kind") from error

    @property
    def subtree_id(self) -> bytes:
        """The id of a folder's own listing; raises Damaged."""
        try:
            return bytes.fromhex(self.subtree or "")
        except ValueError as error:
            raise Damaged(f"the folder {self.name!r} has no listing") from error


class _Tree(msgspec.Struct):
    nodes: list[LoadedNode] | None


class _Sizes(msgspec.Struct):
    nodes: list[Size] | None


_DECODER = msgspec.json.Decoder(_Tree)
_SIZES = msgspec.json.Decoder(_Sizes)


def decode(content: bytes) -> list[LoadedNode]:
    """The nodes of a tree blob; raises Damaged."""
    try:
        nodes = _DECODER.decode(content).nodes or []
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"the listing of a folder: {error}") from error
    for node in nodes:
        node.check()
    return nodes


def decode_sizes(content: bytes) -> list[Size]:
    """The same for adding up, in half the time; raises Damaged."""
    try:
        return _SIZES.decode(content).nodes or []
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"the listing of a folder: {error}") from error
