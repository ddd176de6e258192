"""Real files to protect, and what makes two trees the same."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCES = (Path(sys.prefix), Path(sys.base_prefix) / "lib", Path("/usr/share"), Path("/usr/lib"))
SMALL = 128 << 10


def copy_real_files(target: Path, count: int) -> int:
    """Fill `target` with real files of this machine, links and modes as they are; how many were copied."""
    copied = 0
    for number, source in enumerate(SOURCES):
        for folder, folders, names in os.walk(source):
            folders[:] = [one for one in folders if one != "__pycache__"]
            into = target / str(number) / os.path.relpath(folder, source)
            into.mkdir(parents=True, exist_ok=True)
            for name in names:
                path = Path(folder, name)
                if not path.is_symlink() and (not path.is_file() or path.stat().st_size > SMALL):
                    continue
                shutil.copy2(path, into / name, follow_symlinks=False)
                copied += 1
                if copied >= count:
                    return copied
    return copied


def make_ext4_image(path: Path, content: Path, megabytes: int) -> None:
    """A real ext4 file system with real files, in a sparse image."""
    environment = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/sbin:/usr/sbin"}
    with path.open("wb") as image:
        image.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-d", str(content), str(path)], env=environment, check=True)


def describe(root: Path) -> Iterator[tuple[object, ...]]:
    """Everything a restore must bring back, path by path."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted([*folders, *names]):
            path = Path(folder, name)
            found = path.lstat()
            kind = stat.S_IFMT(found.st_mode)
            content: object = None
            if stat.S_ISREG(found.st_mode):
                content = path.read_bytes()
            elif stat.S_ISLNK(found.st_mode):
                content = path.readlink()
            yield (
                path.relative_to(root),
                kind,
                stat.S_IMODE(found.st_mode),
                found.st_uid,
                found.st_gid,
                None if stat.S_ISLNK(found.st_mode) else found.st_mtime_ns,
                content,
            )


def check_same(one: Path, other: Path) -> int:
    """Fail on the first difference; how many entries were compared."""
    compared = 0
    left, right = describe(one), describe(other)
    for mine in left:
        theirs = next(right, None)
        assert mine == theirs, f"{mine[0]} differs"
        compared += 1
    assert next(right, None) is None
    return compared
