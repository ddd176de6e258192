"""A file under a temporary name, which takes its real place when it is complete, and else goes away."""

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
    Unreadable for the path `entry`, or OSError as `about` does. The same path always gets the same name, so
    what a restore left that was cut off goes away with the next.
    """
    folder_path, name = split(path)
    temporary = b".holdfast-" + hashlib.blake2b(name, digest_size=8).hexdigest().encode()
    with about(entry):
        folder = anchor.make_folder(folder_path)
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
    try:
        yield folder, temporary
        with about(entry):
            _replace(anchor, path, temporary)
    finally:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)  # also where both names are one file: then nothing was moved


def _replace(anchor: Anchor, path: bytes, temporary: bytes) -> None:
    folder_path, name = split(path)
    folder = anchor.folder(folder_path)
    try:
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except IsADirectoryError:
        anchor.forget(path)
        os.rmdir(name, dir_fd=folder)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
