"""What a made-up disk or file share holds: a little, and the same every time for the same name."""

import random
from pathlib import Path

from holdfast.model.resource import GIB

_START = 64 << 10
_MIDDLE = 16 << 10


def make_disk(path: Path, name: str, size_gb: int) -> None:
    """A disk of this size, with bytes at its start and in its middle, and nothing anywhere else.

    Takes hardly any space. Raises FileExistsError.
    """
    chance = random.Random(name)  # noqa: S311 - content, no secret
    with path.open("xb") as disk:
        disk.truncate(size_gb * GIB)
        disk.write(f"simulated disk {name}\n".encode())
        disk.write(chance.randbytes(_START))
        disk.seek(size_gb * GIB // 2)
        disk.write(chance.randbytes(_MIDDLE))


def make_share(path: Path, name: str) -> None:
    """A folder with a few files; raises FileExistsError."""
    chance = random.Random(name)  # noqa: S311 - content, no secret
    (path / "letters").mkdir(parents=True)
    (path / "README").write_text(f"simulated file share {name}\n")
    for number in range(3):
        (path / "letters" / f"{number}.txt").write_text(f"letter {number} of {name}\n")
    (path / "picture.bin").write_bytes(chance.randbytes(_START))
