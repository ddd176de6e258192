"""`make bench-primitives`: how fast one core of this machine is at what a backup consists of.

From that follows the least CPU time that a first backup and a restore of each data set could take; beside it
stands what `make bench` measured. Nothing here is holdfast's own but the settings: zstd's level, the sizes of
blobs, the chunker's parameters.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import zstandard
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

from holdfast.repo.chunker import Chunker
from holdfast.repo.compression import LEVEL
from holdfast.repo.crypto import Key

from . import contest, machine, report, results
from .data_sets import DATA_SETS
from .limits import Compression, Limits
from .material import noise
from .results import Measured, Phase, cpu, wall

_BLOB = 1 << 20
_BYTES = 64 << 20
_DISK_BYTES = 256 << 20
_SECONDS = 0.4
_LEAST_PASSES = 3
_SAMPLE_SCALE = 0.05
_GIB = 2**30
_MB = 10**6
_Piece = TypeVar("_Piece")


def find_limits(folder: Path) -> Limits:
    """Measure this machine; `folder` is used for files and samples, and must be empty."""
    pieces = _cut(noise("primitives")(_BYTES))
    key = Key.random()
    counter = Cipher(algorithms.AES(key.encrypt), modes.CTR(bytes(16))).encryptor()
    room = bytearray(_BLOB + 16)
    chunker = Chunker(key)
    whole = b"".join(pieces)
    mac = key.encrypt
    file = folder / "warm"
    file.write_bytes(whole)
    times = _GIB / _BYTES
    return Limits(
        copy=times * _each(pieces, lambda piece: bytearray(piece)),
        sha256=times * _each(pieces, lambda piece: sha256(piece).digest()),
        cipher=times * _each(pieces, lambda piece: counter.update_into(piece, room)),
        authenticate=times * _each(pieces, lambda piece: Poly1305.generate_tag(mac, piece)),
        chunk=times * _each([whole], chunker.cut),
        read=times * _each([whole], lambda _whole: _read(file)),
        write=times * _each([whole], lambda _whole: _write(folder / "fresh", pieces)),
        compressions={name: _compression(_sample(name, folder / name)) for name in DATA_SETS},
    )


def disk_speed(folder: Path) -> float:
    """Bytes written in a second until they are on the disk."""
    pieces = _cut(noise("disk")(_DISK_BYTES))
    started = time.perf_counter()
    with (folder / "durable").open("wb", buffering=0) as file:
        for piece in pieces:
            file.write(piece)
        os.fsync(file.fileno())
    return _DISK_BYTES / (time.perf_counter() - started)


def speed_table(limits: Limits, disk: float) -> Iterator[str]:
    """MB/s of each step."""
    yield from report.head(["one core", "MB/s"])
    steps = {
        "copy in memory": limits.copy,
        "SHA-256": limits.sha256,
        "AES-256-CTR": limits.cipher,
        "Poly1305": limits.authenticate,
        "chunker": limits.chunk,
        "read, from the page cache": limits.read,
        "write, into the page cache": limits.write,
    }
    for name, seconds in steps.items():
        yield report.row([name, _speed(seconds)])
    for name, kind in limits.compressions.items():
        title = DATA_SETS[name].title
        left = f"{kind.ratio:.2f} left"
        yield report.row([f"zstd {LEVEL} compress: {title} ({left})", _speed(kind.compress)])
        yield report.row([f"zstd {LEVEL} decompress: {title}", _speed(kind.decompress)])
    yield report.row(["write and fsync (wall time)", f"{disk / _MB:,.0f}"])


def share_table(limits: Limits, measured: Sequence[Measured]) -> Iterator[str]:
    """What the runs reached of it."""
    titles = ["least CPU", "holdfast", "share", "wall share", "restic", "restic's share"]
    yield from report.head(["CPU seconds", *titles])
    for one in measured:
        for phase, least in ((Phase.FIRST, limits.backup(one)), (Phase.RESTORE, limits.restore(one))):
            restic = next((tool for tool in report.OTHERS if tool in one.tools), "")
            own, theirs = one.median("holdfast", phase, cpu), one.median(restic, phase, cpu)
            clock = one.median("holdfast", phase, wall)
            cores = len(os.sched_getaffinity(0))
            cells = [_seconds(least), _seconds(own), _share(least, own)]
            cells += [_share(least / cores, clock), _seconds(theirs), _share(least, theirs)]
            yield report.row([f"{DATA_SETS[one.data_set].title}, {phase}", *cells])


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and put the tables into the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.primitives", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=machine.work_folder(), help="where `make bench` keeps results"
    )
    parser.add_argument("--page", type=Path, default=report.PAGE, help="the page that gets the tables")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as made:
        limits, disk = find_limits(Path(made)), disk_speed(Path(made))
        parts = [machine.describe(Path(made)) + ".", "\n".join(speed_table(limits, disk))]
    measured = results.find(asked.folder / "results", DATA_SETS)
    if measured:
        parts.append("\n".join(share_table(limits, measured)))
    text = "\n\n".join(parts)
    report.put(asked.page, "primitives", text)
    print(f"{text}\n\nwritten to {asked.page}")


def _each(pieces: Sequence[_Piece], step: Callable[[_Piece], object]) -> float:
    """Seconds of CPU time that a pass over all pieces takes: the best of several."""
    best, passes, until = float("inf"), 0, time.perf_counter() + _SECONDS
    while passes < _LEAST_PASSES or time.perf_counter() < until:
        started = time.process_time()
        for piece in pieces:
            step(piece)
        best, passes = min(best, time.process_time() - started), passes + 1
    return best


def _compression(pieces: Sequence[bytes]) -> Compression:
    packer, unpacker = zstandard.ZstdCompressor(level=LEVEL), zstandard.ZstdDecompressor()
    packed = [packer.compress(piece) for piece in pieces]
    length = sum(map(len, pieces))
    return Compression(
        compress=_each(pieces, packer.compress) * _GIB / length,
        decompress=_each(packed, unpacker.decompress) * _GIB / length,
        ratio=sum(map(len, packed)) / length,
    )


def _sample(name: str, folder: Path) -> list[bytes]:
    """A small data set, in pieces as large as blobs are."""
    DATA_SETS[name].make(folder, _SAMPLE_SCALE)
    found = (path for path in contest.files(folder) if not path.is_symlink())
    return [piece for path in found for _, piece in contest.pieces(path) if any(piece)]


def _read(file: Path) -> None:
    buffer = bytearray(_BLOB)
    with file.open("rb", buffering=0) as opened:
        while opened.readinto(buffer):
            pass


def _write(file: Path, pieces: Sequence[bytes]) -> None:
    with file.open("wb", buffering=0) as opened:
        for piece in pieces:
            opened.write(piece)


def _cut(content: bytes) -> list[bytes]:
    return [content[start : start + _BLOB] for start in range(0, len(content), _BLOB)]


def _speed(seconds: float) -> str:
    return f"{_GIB / seconds / _MB:,.0f}"


def _seconds(seconds: float | None) -> str:
    return "—" if seconds is None else f"{seconds:.2f}"


def _share(least: float, taken: float | None) -> str:
    return f"{least / taken:.0%}" if taken else "—"


if __name__ == "__main__":
    main(sys.argv[1:])
