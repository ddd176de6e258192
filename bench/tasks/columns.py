"""The generated tasks as columns, kept beside the database: what its answers are compared with."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Column: TypeAlias = NDArray[np.signedinteger]
Columns: TypeAlias = dict[str, Column]

NEVER = -(1 << 63)  # a moment that there is not
NONE = -1  # an id or a thing that there is not

# Moments are microseconds since 1970. The others are the numbers of things in `world`, or of tasks.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "seq": "i8",
        "created_at": "i8",
        "started_at": "i8",
        "ended_at": "i8",
        "bytes_done": "i8",
        "bytes_stored": "i8",
        "project": "i4",
        "vault": "i4",
        "vault_row": "i4",
        "resource": "i4",
        "policy": "i4",
        "message": "i4",
        "request": "i4",
        "checkpoint": "i4",
        "backup": "i4",
        "parent": "i4",
        "operation": "i1",
        "status": "i1",
        "provider": "i1",
        "type": "i1",
        "enterprise": "i1",
        "error": "i1",
    }
)


def write(folder: Path, columns: Columns) -> None:
    """Keep them, a file for each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in KINDS.items():
        np.save(folder / f"{name}.npy", columns[name].astype(kind, copy=False))


def read(folder: Path) -> Columns:
    """What `write` kept; read from the files when it is looked at."""
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in KINDS}


def cut(columns: Columns, first: int, end: int) -> Columns:
    """The rows from `first` on and before `end`."""
    return {name: column[first:end] for name, column in columns.items()}
