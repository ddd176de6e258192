"""The files of a repository: what kinds there are, what they are called, and who may delete them.

A file is named by its kind and, but for the one `config`, by the SHA-256 of its bytes. That is how restic's
protocol says it; in a store packs lie in 256 folders, by the first two digits.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from .errors import InvalidParameter
from .repository_errors import FileKept, FileNotInRepository

CONFIG = "config"
DATA = "data"
LOCKS = "locks"
KEYS = "keys"
SNAPSHOTS = "snapshots"
# Where the files of a kind lie in a store. The marks of a prune are ours: restic never asks for them.
FOLDERS: Mapping[str, str] = MappingProxyType(
    {
        DATA: "data",
        "index": "index",
        KEYS: "keys",
        LOCKS: "locks",
        "marks": "holdfast/marks",
        SNAPSHOTS: "snapshots",
    }
)
# Kinds of which each file is told of in the audit trail. All others are parts of these, and a flood.
WHOLE = (CONFIG, KEYS, SNAPSHOTS)
LARGEST_BYTES = 256 << 20
"""No file is larger: restic makes packs of 128 MiB at most."""
LARGEST_LOCK_BYTES = 16 << 10
"""No lock is larger: it names a host, a user and a process. What locks take is counted nowhere."""

_ID = re.compile(r"[0-9a-f]{64}")
# Without these nobody opens the repository again.
_ALWAYS_KEPT = (CONFIG, KEYS)


def is_id(name: str) -> bool:
    """Whether a file other than the config can be called so."""
    return _ID.fullmatch(name) is not None


def folder(kind: str) -> str:
    """The folder of a store that holds the files of a kind; raises FileNotInRepository for no kind."""
    if kind not in FOLDERS:
        raise FileNotInRepository(f"a repository has no {kind!r}")
    return FOLDERS[kind]


def path(kind: str, name: str) -> str:
    """Where a file lies in a store; raises FileNotInRepository for no kind, InvalidParameter for no name."""
    if kind == CONFIG:
        return CONFIG
    inside = folder(kind)
    if not is_id(name):
        raise InvalidParameter("name", "must be 64 hexadecimal digits, the SHA-256 of the file")
    return f"{inside}/{name[:2]}/{name}" if kind == DATA else f"{inside}/{name}"


def largest_bytes(kind: str) -> int:
    """How many bytes a file of a kind may have."""
    return LARGEST_LOCK_BYTES if kind == LOCKS else LARGEST_BYTES


def kind_and_name(stored: str) -> tuple[str, str]:
    """Of what kind a file in a store is, and its name; raises ValueError for what is none."""
    above, _, name = stored.rpartition("/")
    for kind in (CONFIG,) if stored == CONFIG else FOLDERS if is_id(name) else ():
        if path(kind, name) == stored:
            return kind, name
    raise ValueError(f"{above or stored} holds no files of a repository")


def check_deletable(kind: str, *, by_admin: bool, locked: bool) -> None:
    """Raises FileKept unless a file of this kind may be deleted, from a vault that is `locked` or not.

    Locks come and go with every use. What backups are made of goes by an administrator's hand only, and never
    from a locked vault.
    """
    if kind == LOCKS:
        return
    if kind in _ALWAYS_KEPT:
        raise FileKept("what opens the repository stays")
    if locked:
        raise FileKept("a locked vault keeps what it holds")
    if not by_admin:
        raise FileKept("only an administrator deletes more than locks")
