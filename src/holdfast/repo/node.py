"""Nodes: an entry of a folder's listing, as JSON that is byte for byte what Go's encoder would write.

Unchanged folders therefore keep their tree's id, whether this house or stock restic writes them.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from holdfast.model.entry import Kind, Metadata

from . import moment
from .errors import Damaged
from .quoting import json_text, quoted_name, unquoted_name

# Go's os.FileMode: the type and the three special bits stand elsewhere than in Unix
_GO_TYPE = {
    Kind.FILE: 0,
    Kind.DIRECTORY: 1 << 31,
    Kind.SYMLINK: 1 << 27,
    Kind.BLOCK_DEVICE: 1 << 26,
    Kind.CHARACTER_DEVICE: 1 << 26 | 1 << 21,
    Kind.FIFO: 1 << 25,
    Kind.SOCKET: 1 << 24,
}
_GO_SPECIAL = ((0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20))
_LINKED = {Kind.FILE, Kind.SYMLINK, Kind.BLOCK_DEVICE, Kind.CHARACTER_DEVICE}
_KINDS = {str(kind): kind for kind in Kind}
_HEX_ID = re.compile(r"[0-9a-f]{64}")


class Attribute(msgspec.Struct):
    """An extended attribute."""

    name: str
    value: bytes | None = None


class Node(msgspec.Struct):
    """An entry of a listing as it is read; `content` are ids in hexadecimal digits."""

    name: str
    type: str
    mode: int = 0
    mtime: str = "1970-01-01T00:00:00Z"
    atime: str = "1970-01-01T00:00:00Z"
    ctime: str = "1970-01-01T00:00:00Z"
    uid: int = 0
    gid: int = 0
    user: str = ""
    group: str = ""
    inode: int = 0
    device_id: int = 0
    size: int = 0
    links: int = 1
    linktarget: str = ""
    linktarget_raw: bytes | None = None
    extended_attributes: list[Attribute] | None = None
    device: int = 0
    content: list[str] | None = None
    subtree: str | None = None

    @property
    def file_name(self) -> bytes:
        """The name as bytes."""
        return unquoted_name(self.name)

    @property
    def kind(self) -> Kind:
        """What the node is."""
        return _KINDS[self.type]

    @property
    def subtree_id(self) -> bytes:
        """The id of a folder's own listing."""
        return bytes.fromhex(self.subtree or "")

    @property
    def content_ids(self) -> list[bytes]:
        """The ids of a file's blobs, in order."""
        return [bytes.fromhex(one) for one in self.content or ()]

    def check(self) -> None:
        """Raises Damaged for a node that nobody can have written in good faith, or that is not known here.

        A name that could lead out of its folder is the dangerous one: it would be written there on restore.
        """
        name = unquoted_name(self.name)
        if name in (b"", b".", b"..") or b"/" in name or b"\0" in name:
            raise Damaged(f"{self.name!r} is not the name of a file")
        if self.type not in _KINDS:
            raise Damaged(f"{self.name!r} is of an unknown type {self.type!r}")
        if self.type == Kind.DIRECTORY and not _HEX_ID.fullmatch(self.subtree or ""):
            raise Damaged(f"the folder {self.name!r} has no listing")
        self.check_content()

    def check_content(self) -> None:
        """Raises Damaged where the content is no list of ids."""
        if self.content and not all(map(_HEX_ID.fullmatch, self.content)):
            raise Damaged(f"the content of {self.name!r} is not a list of ids")

    def metadata(self) -> Metadata:
        """What is known of the entry besides its content; raises Damaged for a time that is none."""
        mtime_ns = moment.nanoseconds(self.mtime)
        xattrs = self.extended_attributes
        return Metadata(
            mode=_unix_mode(self.mode),
            uid=self.uid,
            gid=self.gid,
            user=self.user,
            group=self.group,
            mtime_ns=mtime_ns,
            atime_ns=mtime_ns if self.atime == self.mtime else moment.nanoseconds(self.atime),
            ctime_ns=moment.nanoseconds(self.ctime),
            inode=self.inode,
            device_id=self.device_id,
            links=self.links,
            size=self.size,
            link_target=self.linktarget_raw or self.linktarget.encode(),
            device=self.device,
            xattrs=tuple([(one.name, one.value or b"") for one in xattrs]) if xattrs else (),
        )

    def is_unchanged(self, metadata: Metadata) -> bool:
        """Whether a file with this metadata can be taken to have this node's content."""
        return (
            self.type == Kind.FILE
            and self.size == metadata.size
            and self.inode == metadata.inode
            and _same(self.mtime, metadata.mtime_ns)
            and _same(self.ctime, metadata.ctime_ns)
        )


def encode(
    name: bytes, kind: Kind, metadata: Metadata, content: Sequence[str] | None, subtree: bytes | None
) -> str:
    """A node's JSON.

    The time of last access is written as that of the last change, as restic does by default: reading a file
    must not make its folder's listing a new one.
    """
    mtime = moment.text(metadata.mtime_ns)
    return "".join(
        (
            f'{{"name":"{quoted_name(name)}","type":"{kind}"',
            _number("mode", _go_mode(kind, metadata.mode)),
            f',"mtime":"{mtime}","atime":"{mtime}","ctime":"{moment.text(metadata.ctime_ns)}"',
            f',"uid":{metadata.uid},"gid":{metadata.gid}',
            _string("user", metadata.user),
            _string("group", metadata.group),
            _number("inode", metadata.inode),
            _number("device_id", metadata.device_id),
            _by_kind(kind, metadata),
            ',"content":',
            *_ids(content),
            f',"subtree":"{subtree.hex()}"}}' if subtree is not None else "}",
        )
    )


def _ids(content: Sequence[str] | None) -> tuple[str, ...]:
    """In parts: of a very large file they are many megabytes, which are better copied once."""
    if content:
        return '["', '","'.join(content), '"]'
    return ("null" if content is None else "[]",)


def _by_kind(kind: Kind, metadata: Metadata) -> str:
    written = _number("size", metadata.size) if kind is Kind.FILE else ""
    if kind in _LINKED:
        written += _number("links", metadata.links)
    if kind is Kind.SYMLINK:
        written += _link_target(metadata.link_target)
    if metadata.xattrs:
        written += f',"extended_attributes":[{",".join(_attribute(*one) for one in metadata.xattrs)}]'
    if kind in (Kind.BLOCK_DEVICE, Kind.CHARACTER_DEVICE):
        written += _number("device", metadata.device)
    return written


def _number(field: str, value: int) -> str:
    return f',"{field}":{value}' if value else ""


def _string(field: str, value: str) -> str:
    return f',"{field}":"{json_text(value.encode(errors="surrogateescape"))}"' if value else ""


def _link_target(target: bytes) -> str:
    written = f',"linktarget":"{json_text(target)}"' if target else ""
    try:
        target.decode()
    except UnicodeDecodeError:
        written += f',"linktarget_raw":"{b64encode(target).decode()}"'
    return written


def _attribute(name: str, value: bytes) -> str:
    quoted = json_text(name.encode(errors="surrogateescape"))
    return f'{{"name":"{quoted}","value":"{b64encode(value).decode()}"}}'


def _go_mode(kind: Kind, mode: int) -> int:
    special = sum(go for unix, go in _GO_SPECIAL if mode & unix)
    return _GO_TYPE[kind] | special | mode & 0o777


@lru_cache(maxsize=256)
def _unix_mode(mode: int) -> int:
    return mode & 0o777 | sum(unix for unix, go in _GO_SPECIAL if mode & go)


def _same(written: str, nanoseconds: int) -> bool:
    return written == moment.text(nanoseconds) or moment.nanoseconds(written) == nanoseconds
