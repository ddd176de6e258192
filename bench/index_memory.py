"""What the index takes and how fast it answers, beside a plain dictionary of tuples, in one run.

    .venv/bin/python bench/index_memory.py [BLOBS]

Both learn the same index files, each in a process of its own, and are asked the same. Memory is what a
process holds in the end and did not at the beginning; times are CPU time, so that a busy machine changes them
little. A million blobs take about half a minute.
"""

import gc
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence, Sized
from functools import partial
from pathlib import Path

from holdfast.repo import index
from holdfast.repo.blob import Blob, BlobKind
from holdfast.repo.cache import Cache
from holdfast.repo.crypto import Key
from holdfast.repo.index import Index
from holdfast.repo.pack import Pack
from holdfast.repo.table_file import Kept

BLOBS = 1_000_000
_FILE_PACKS = 200
_PACK_BLOBS = 250
_ASKED = 200_000
_BATCH = 1000
_NAMES = frozenset({"ab" * 32})
_SEED = 8

Figures = dict[str, float]


def main(blobs: int) -> None:
    """Print the table."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        _write_index_files(Path(folder), blobs)
        with context.Pool(1, maxtasksperchild=1) as pool:  # a new process for each
            plain = pool.apply(_dictionary, (Path(folder),))
            compact = pool.apply(_compact, (Path(folder),))
    print(f"{f'{blobs:,} blobs':<40}{'dictionary':>12}{'index':>12}{'ratio':>9}")
    for name, figure in compact.items():
        told = f"{plain[name]:12.2f}{figure:12.2f}{figure / plain[name]:9.2f}" if name in plain else ""
        print(f"{name:<40}{told or f'{figure:24.2f}'}")


def _write_index_files(folder: Path, blobs: int) -> None:
    """Index files as a repository has them, without their seal."""
    chance = random.Random(_SEED)
    for number in range(max(1, blobs // (_FILE_PACKS * _PACK_BLOBS))):
        packs = [Pack(chance.randbytes(32).hex(), tuple(_blobs(chance))) for _ in range(_FILE_PACKS)]
        (folder / f"{number}.json").write_bytes(index.encode(packs))


def _blobs(chance: random.Random) -> Iterator[Blob]:
    for number in range(_PACK_BLOBS):
        yield Blob(BlobKind.DATA, chance.randbytes(32), number * 65_000, 65_000, chance.randrange(1 << 20))


def _dictionary(folder: Path) -> Figures:
    """The figures of what comes to mind first."""
    packs: list[str] = []
    known: dict[bytes, tuple[int, int, int, int]] = {}

    def learn(content: bytes) -> None:
        for pack in index.decode(content):
            packs.append(pack.id)
            for blob in pack.blobs:
                known[blob.id] = (len(packs) - 1, blob.offset, blob.length, blob.plain_length)

    built = _built(folder, learn, known)
    return built | _answers(list(known), known.__contains__, known.get)


def _compact(folder: Path) -> Figures:
    """The figures of the index; a cache of it lies in the same folder."""
    known = Index()
    built = _built(folder, known.learn, known)
    ids = [known.blob(number)[1] for number in range(known.numbers())]
    figures = built | _answers(
        ids, lambda one: known.has(BlobKind.DATA, one), lambda one: known.find(BlobKind.DATA, one)
    )
    figures |= _in_batches(known, ids)
    cache = Cache(folder, Key.random())
    kept = Kept(_NAMES, known.merged())
    million = len(ids) / 1e6
    writing = _seconds(lambda: cache.put_table(kept))
    figures["size of the cache, MB per million"] = (folder / "blobs").stat().st_size / len(ids)
    figures["writing the cache, ms per million"] = writing * 1000 / million
    reading = min(_seconds(lambda: cache.table(_NAMES)) for _ in range(3))
    return figures | {"reading the cache, ms per million": reading * 1000 / million}


def _built(folder: Path, learn: Callable[[bytes], None], known: Sized) -> Figures:
    """What it takes to learn all index files."""
    files = sorted(folder.glob("*.json"))
    list(index.decode(files[0].read_bytes()))  # the memory that this takes is used again by all of them
    before = _resident()

    def learn_all() -> None:
        for path in files:
            learn(path.read_bytes())

    seconds = _seconds(learn_all)
    gc.collect()
    return {
        "memory, MB per million": (_resident() - before) / len(known),
        "learning index files, µs per blob": seconds / len(known) * 1e6,
    }


def _answers(
    ids: Sequence[bytes], has: Callable[[bytes], object], find: Callable[[bytes], object]
) -> Figures:
    """What one question costs."""
    known, strangers = _asked(ids)
    return {
        "has one that is there, µs": _each(lambda: [has(one) for one in known]),
        "has one that is not, µs": _each(lambda: [has(one) for one in strangers]),
        "find one, µs": _each(lambda: [find(one) for one in known]),
    }


def _in_batches(known: Index, ids: Sequence[bytes]) -> Figures:
    """What a question costs when a thousand are asked at once."""
    figures = {}
    for name, asked in zip(("there", "not"), _asked(ids), strict=True):
        batches = [asked[start : start + _BATCH] for start in range(0, _ASKED, _BATCH)]
        ask = partial(_ask_in_batches, known, batches)
        figures[f"unknown, of one that is {name}, µs"] = _each(ask)
    return figures


def _ask_in_batches(known: Index, batches: list[list[bytes]]) -> None:
    for batch in batches:
        known.unknown(BlobKind.DATA, batch)


def _asked(ids: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Blobs that are there, in no order, and as many that are not."""
    chance = random.Random(_SEED + 1)
    return chance.choices(ids, k=_ASKED), [chance.randbytes(32) for _ in range(_ASKED)]


def _each(ask: Callable[[], object]) -> float:
    return _seconds(ask) / _ASKED * 1e6


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else BLOBS)
