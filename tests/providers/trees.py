"""Real trees of files for the tests: made, looked at, and read by somebody without rights."""

import ctypes
import dataclasses
import hashlib
import os
import platform
import stat
import struct
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest

from holdfast.model.entry import Data, Entry, Hole, Range, Unreadable
from holdfast.providers.provider import Provider, Target, Written

NOBODY = 65534

Result = TypeVar("Result")
# the numbers of setgroups, setresgid and setresuid: the C library's own calls change every thread
_SYSTEM_CALLS = {"x86_64": (116, 119, 117), "aarch64": (159, 149, 147)}

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do this")


class Portrait(NamedTuple):
    """All that a restore must bring back of one file."""

    mode: int
    uid: int
    gid: int
    mtime_ns: int
    links: int
    device: int
    size: int
    content: str
    link_target: bytes
    xattrs: tuple[tuple[str, bytes], ...]
    same_as: bytes


def portraits(root: Path) -> dict[bytes, Portrait]:
    """Everything at and below a folder, by its path in it."""
    top = os.fsencode(root)
    first_of: dict[tuple[int, int], bytes] = {}
    found = {}
    for path in sorted(_paths(top)):
        status = os.lstat(path)
        name = os.path.relpath(path, top)
        kind = stat.S_IFMT(status.st_mode)
        plain = kind == stat.S_IFREG
        found[name] = Portrait(
            mode=status.st_mode,
            uid=status.st_uid,
            gid=status.st_gid,
            mtime_ns=status.st_mtime_ns,
            links=1 if kind == stat.S_IFDIR else status.st_nlink,
            device=status.st_rdev,
            size=status.st_size if plain else 0,
            content=hashlib.sha256(Path(os.fsdecode(path)).read_bytes()).hexdigest() if plain else "",
            link_target=os.readlink(path) if kind == stat.S_IFLNK else b"",
            xattrs=tuple(
                (one, os.getxattr(path, one, follow_symlinks=False))
                for one in sorted(os.listxattr(path, follow_symlinks=False))
            ),
            same_as=first_of.setdefault((status.st_dev, status.st_ino), name),
        )
    return found


def _paths(top: bytes) -> Iterator[bytes]:
    yield top
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            yield os.path.join(folder, name)


def pulled(content: Iterable[Range]) -> bytes:
    """The bytes of a content, holes as zeros; fails where the ranges do not follow each other."""
    parts = []
    position = 0
    for piece in content:
        assert piece.offset == position
        assert isinstance(piece, Data | Hole)
        parts.append(bytes(piece.content) if isinstance(piece, Data) else bytes(piece.length))
        position += piece.length
    return b"".join(parts)


def listed(items: Iterable[Entry | Unreadable]) -> dict[bytes, Entry]:
    """Entries by path; fails where something was unreadable."""
    found = {}
    for item in items:
        assert isinstance(item, Entry), str(item)
        found[item.path] = item
    return found


def kept(provider: Provider, settings: Mapping[str, Any]) -> tuple[bytes, list[Entry]]:
    """A resource's root and entries as a repository keeps them, so that they outlive the resource."""
    with provider.read(settings, None) as reading:
        return reading.root, [
            dataclasses.replace(entry, content=tuple(map(_keep, entry.content)))
            for entry in listed(reading.entries).values()
        ]


def _keep(piece: Range) -> Range:
    return Data(piece.offset, bytes(piece.content)) if isinstance(piece, Data) else piece


def copied(
    provider: Provider,
    settings: Mapping[str, Any],
    destination: Path | str,
    change: Callable[[Iterator[Entry | Unreadable]], Iterable[Entry | Unreadable]] = lambda entries: entries,
) -> Written:
    """Read a resource and write what was read, after a change, somewhere else."""
    with provider.read(settings, None) as reading:
        target = Target(settings, reading.root, str(destination))
        return provider.write(target, change(reading.entries))


def descriptors() -> set[str]:
    """What this process has open."""
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{fd} {os.readlink(f'/proc/self/fd/{fd}')}")
        except FileNotFoundError:
            continue
    return found


def as_nobody(action: Callable[[], Result]) -> Result:
    """What an action returns when a user without rights does it.

    Linux keeps the rights of each thread apart, so that a thread can give up its own. A forked process would
    start with the locks that other threads of this one hold.
    """
    with ThreadPoolExecutor(1, initializer=_become_nobody) as thread:
        return thread.submit(action).result()


def _become_nobody() -> None:
    if os.geteuid() != 0:
        return
    system = ctypes.CDLL(None, use_errno=True).syscall
    groups, group, user = _SYSTEM_CALLS[platform.machine()]
    for call in ((groups, 0, None), (group, NOBODY, NOBODY, NOBODY), (user, NOBODY, NOBODY, NOBODY)):
        if system(*call):
            raise OSError(ctypes.get_errno(), "the rights of the thread could not be given up")


@contextmanager
def mounted(place: Path, kind: str, options: str = "size=1m") -> Iterator[Path]:
    """A small file system of its own, in memory."""
    place.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", kind, "-o", options, "none", place], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no right to mount: {done.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def access_list(*entries: tuple[int, int, int]) -> bytes:
    """A POSIX access control list as the kernel keeps it, of (tag, permissions, id)."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
