"""What is known of a file besides its content: read from a status, and put onto a file that was restored."""

import grp
import os
import pwd
import stat
from collections.abc import Callable, Iterator
from typing import ParamSpec

from holdfast.model.entry import Kind, Metadata

from .anchor import Anchor, attribute_names

_Given = ParamSpec("_Given")

KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIRECTORY,
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFBLK: Kind.BLOCK_DEVICE,
    stat.S_IFCHR: Kind.CHARACTER_DEVICE,
    stat.S_IFIFO: Kind.FIFO,
    stat.S_IFSOCK: Kind.SOCKET,
}
DEVICES = (Kind.BLOCK_DEVICE, Kind.CHARACTER_DEVICE)
_SET_ID = stat.S_ISUID | stat.S_ISGID
# What a new file may have taken over from its folder; other attributes (a security label) are the system's.
INHERITED = ("user.", "system.posix_acl_")


class Owners:
    """Names of users and groups, each asked for once."""

    def __init__(self) -> None:
        self._users: dict[int, str] = {}
        self._groups: dict[int, str] = {}

    def user(self, uid: int) -> str:
        """A user's name, empty where there is none."""
        if uid not in self._users:
            try:
                self._users[uid] = pwd.getpwuid(uid).pw_name
            except KeyError:
                self._users[uid] = ""
        return self._users[uid]

    def group(self, gid: int) -> str:
        """A group's name, empty where there is none."""
        if gid not in self._groups:
            try:
                self._groups[gid] = grp.getgrgid(gid).gr_name
            except KeyError:
                self._groups[gid] = ""
        return self._groups[gid]


def kind_of(status: os.stat_result) -> Kind:
    """What kind of entry a status describes."""
    return KINDS[stat.S_IFMT(status.st_mode)]


def read(anchor: Anchor, path: bytes, status: os.stat_result, owners: Owners) -> Metadata:
    """The metadata of what stands at the path, whose status is known already; raises OSError."""
    kind = kind_of(status)
    return Metadata(
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        user=owners.user(status.st_uid),
        group=owners.group(status.st_gid),
        mtime_ns=status.st_mtime_ns,
        atime_ns=status.st_atime_ns,
        ctime_ns=status.st_ctime_ns,
        inode=status.st_ino,
        device_id=status.st_dev,
        links=status.st_nlink,
        size=status.st_size if kind is Kind.FILE else 0,
        link_target=anchor.link_target(path) if kind is Kind.SYMLINK else b"",
        device=status.st_rdev if kind in DEVICES else 0,
        xattrs=anchor.attributes(path),
    )


def apply(place: int | bytes, kind: Kind, metadata: Metadata) -> tuple[str, ...]:
    """Put metadata onto what was restored; returns what could not be set, in words.

    `place` is a descriptor, or a path that is one (`anchor.link_of`). The order matters: a new owner takes
    set-id bits and capabilities away, and attributes need a file that its owner may still write to.
    """
    problems = list(_tried("owner", _set_owner, place, metadata))
    mode = metadata.mode & ~_SET_ID if problems else metadata.mode
    problems += _set_attributes(place, metadata)
    if kind is not Kind.SYMLINK:
        problems += _tried("mode", os.chmod, place, mode)
    problems += _tried("times", os.utime, place, ns=(metadata.atime_ns, metadata.mtime_ns))
    return tuple(problems)


def _tried(
    what: str, action: Callable[_Given, None], *given: _Given.args, **named: _Given.kwargs
) -> Iterator[str]:
    try:
        action(*given, **named)
    except OSError as error:
        yield f"{what} not set: {error.strerror}"
    except (ValueError, OverflowError) as error:
        yield f"{what} not set: {error}"


def _set_owner(place: int | bytes, metadata: Metadata) -> None:
    status = os.stat(place)
    if (status.st_uid, status.st_gid) != (metadata.uid, metadata.gid):
        os.chown(place, metadata.uid, metadata.gid)


def _set_attributes(place: int | bytes, metadata: Metadata) -> Iterator[str]:
    wanted = dict(metadata.xattrs)
    for name in attribute_names(place):
        if name not in wanted and name.startswith(INHERITED):
            yield from _tried(f"attribute {name}", os.removexattr, place, name)
    for name, content in metadata.xattrs:
        yield from _tried(f"attribute {name}", os.setxattr, place, name, content)
