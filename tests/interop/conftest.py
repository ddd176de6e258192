"""A folder for a repository, and a real tree with everything in it that a file system can hold."""

import os
import random
import subprocess
from pathlib import Path

import pytest
from tests.interop.restic import Restic

NOISE = random.Random(5)
ODD_NAMES = (
    b"plain",
    b"with space",
    b"new\nline",
    b"tab\tand\x0bmore",
    b"quote\"s and 'others'",
    b"back\\slash and \\x41",
    b"<html> & more",
    b"bell\x07 delete\x7f escape\x1b",
    b"latin-1 caf\xe9",
    b"broken \xe2\x82 utf-8 \xed\xa0\x80",
    "Grüße 東京 🎉".encode(),
    "zero\u200bwidth nb\u00a0sp \u2028 \ufffd".encode(),
    b"-rf",
    b"*?[",
    b"." * 100,
)


@pytest.fixture
def restic(tmp_path: Path) -> Restic:
    return Restic(tmp_path / "repository")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    (root / "deep/er/and/deeper").mkdir(parents=True)
    (root / "empty folder").mkdir(mode=0o700)
    (root / "deep/er/letter.txt").write_text("dear all\n")
    (root / "deep/empty").touch()
    (root / "noise").write_bytes(NOISE.randbytes(9_000_000))
    (root / "text").write_bytes(b"all work and no play\n" * 300_000)
    with (root / "sparse").open("wb") as sparse:
        sparse.seek(20 << 20)
        sparse.write(b"in the middle")
        sparse.truncate(40 << 20)
    (root / "link").symlink_to("deep/er/letter.txt")
    (root / "dangling").symlink_to("no\nwhere")
    (root / "hard").hardlink_to(root / "text")
    os.mkfifo(root / "fifo", 0o640)
    (root / "xattr").touch()
    os.setxattr(root / "xattr", "user.colour", b"\x00blue\xff")
    os.setxattr(root / "deep", "user.folder", b"1")
    odd = root / "odd"
    odd.mkdir()
    for name in ODD_NAMES:
        Path(os.fsdecode(os.fsencode(odd) + b"/" + name)).write_bytes(name)
    if os.geteuid() == 0:
        os.chown(root / "deep/er/letter.txt", 12345, 54321)
        subprocess.run(["mknod", root / "null", "c", "1", "3"], check=True)
    (root / "deep/er/letter.txt").chmod(0o4750)
    (root / "deep").chmod(0o1777)
    for number, path in enumerate(sorted(root.rglob("*"), reverse=True)):
        os.utime(path, ns=(0, 1_600_000_000_000_000_001 + number * 1_000_000_007), follow_symlinks=False)
    return root
