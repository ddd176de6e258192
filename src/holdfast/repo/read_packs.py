"""Reading packs whole: every byte of them is proven, by several threads, a few packs at a time."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from os import sched_getaffinity

from holdfast.store.objects import ObjectMissing, StoreError

from . import blob, pack
from .errors import Damaged
from .findings import Findings
from .layout import Layout, Told
from .progress import Progress
from .repository import Repository


def read(
    repository: Repository, layout: Layout, pack_ids: Sequence[str], found: Findings, progress: Progress
) -> int:
    """Read these packs and tell what is wrong with them; how many bytes were read.

    A pack that is in no index endangers nothing: what is wrong with it is a remark.
    """
    sizes = [layout.stored[one] for one in pack_ids]
    progress.begin("reading packs", sum(sizes))
    for pack_id, problems in _proven(repository, layout, pack_ids):
        if pack_id in layout.packs:
            found.add(problems)
        else:
            for sentence in problems:
                found.remark(f"{sentence}; it is in no index")
        progress.advance(layout.stored[pack_id])
    return sum(sizes)


def _proven(
    repository: Repository, layout: Layout, pack_ids: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    threads = len(sched_getaffinity(0))
    with ThreadPoolExecutor(threads, "read") as pool:
        waiting: deque[tuple[str, Future[list[str]]]] = deque()
        try:
            for pack_id in pack_ids:
                job = pool.submit(_prove, repository, pack_id, layout.packs.get(pack_id))
                waiting.append((pack_id, job))
                if len(waiting) > threads:
                    first, done = waiting.popleft()
                    yield first, done.result()
            while waiting:
                first, done = waiting.popleft()
                yield first, done.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _prove(repository: Repository, pack_id: str, told: Told | None) -> list[str]:
    """What is wrong with a pack; `told` is what the index says of it."""
    try:
        content = memoryview(repository.store.get(pack.name(pack_id)))
        parsed = pack.parse(repository.key, pack_id, content)
    except ObjectMissing:
        return [] if told is None else [f"pack {pack_id} is missing"]
    except (Damaged, StoreError) as error:
        return [f"pack {pack_id} is damaged: {error}"]
    problems = []
    if told is not None and told != Told.of(parsed):
        problems.append(f"pack {pack_id}: its header and the index differ")
    for one in parsed.blobs:
        try:
            blob.unseal(
                repository.key, content[one.offset : one.offset + one.length], one.id, one.plain_length
            )
        except Damaged as error:
            problems.append(f"pack {pack_id}: blob {one.id.hex()}: {error}")
    return problems
