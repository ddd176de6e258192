"""A file under a temporary name, which takes its real place when it is complete, and else goes away.

The same path always gets the same temporary name, so what a restore left that was cut off goes away with the
next.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .anchor import Anchor, split
from .blame import about

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def standing_in(anchor: Anchor, path: bytes, entry: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the folder of `path`, which is made where it is missing, and a free name in it.

    What was made under the name replaces what stands at the path, except a folder that is not empty. Raises
    Unreadable for the path `entry`, or OSError as `about` does.
    """
    folder_path, name = split(path)
    temporary = temporary_name(name)
    with about(entry):
        folder = anchor.make_folder(folder_path)
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
    try:
        yield folder, temporary
        with about(entry):
            take_place(anchor, path, temporary)
    finally:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)  # also where both names are one file: then nothing was moved


def temporary_name(name: bytes) -> bytes:
    """What a file is called while it is not complete."""
    return b".holdfast-" + hashlib.blake2b(name, digest_size=8).hexdigest().encode()


def open_new(temporary: bytes, folder: int) -> int:
    """Make a file for writing, in place of one that was left under the name; raises OSError."""
    try:
        return os.open(temporary, NEW_FILE, 0o600, dir_fd=folder)
    except FileExistsError:
        os.unlink(temporary, dir_fd=folder)
        return os.open(temporary, NEW_FILE, 0o600, dir_fd=folder)


def take_place(anchor: Anchor, path: bytes, temporary: bytes) -> None:
    """Give what stands under the temporary name its real one; raises OSError."""
    folder_path, name = split(path)
    folder = anchor.folder(folder_path)
    try:
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except IsADirectoryError:
        anchor.forget(path)
        os.rmdir(name, dir_fd=folder)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
