"""One backup or restore by holdfast in a process of its own, put together as the engine's operations do it.

    python -m bench.holdfast_driver init URL
    python -m bench.holdfast_driver backup URL directory /srv/data
    python -m bench.holdfast_driver restore URL directory /srv/data SNAPSHOT DESTINATION [PATH…]
    python -m bench.holdfast_driver snapshots URL

The password is in HOLDFAST_BENCH_PASSWORD, the folder for caches in HOLDFAST_BENCH_CACHE. `restore` puts the
resource's own content into DESTINATION.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from holdfast.crew import collector
from holdfast.model import clock
from holdfast.providers.catalogue import open_provider
from holdfast.providers.provider import Target
from holdfast.repo import repository, snapshot
from holdfast.repo.load import load, measure
from holdfast.repo.lock import locked
from holdfast.repo.save import Origin, save
from holdfast.store.objects import open_store


def init(url: str) -> None:
    """Make a repository."""
    repository.init(open_store(url), _password(), cache=_cache())


def backup(url: str, provider: str, path: str) -> None:
    """Save a resource after the newest snapshot in the repository."""
    opened = _open(url)
    settings = {"path": path}
    with locked(opened):
        before = snapshot.find(opened)
        with open_provider(provider).read(settings, None) as reading:
            origin = Origin(
                paths=(reading.root,),
                hostname=os.uname().nodename,
                username="holdfast",
                tags=(),
                time=clock.now(),
                parent=before[-1].id if before else None,
            )
            saved = save(opened, reading.entries, origin)
    if saved.warning_count:
        sys.exit(f"{saved.warning_count} could not be read: {saved.warnings[0]}")


def restore(url: str, provider: str, path: str, snapshot_id: str, destination: str, *only: str) -> None:
    """Put a snapshot, or the named paths of it, into a folder that is there."""
    opened = _open(url)
    root = os.fsencode(path).strip(b"/")
    wanted = [os.fsencode(one).strip(b"/") for one in only]
    target = Target(settings={"path": path}, root=root, destination=destination)
    with locked(opened):
        measure(opened, snapshot_id, wanted)  # as the engine does, for its progress and the vault's quota
        written = open_provider(provider).write(target, load(opened, snapshot_id, wanted))
    if written.failure_count:
        sys.exit(f"{written.failure_count} could not be restored: {written.failures[0]}")


def snapshots(url: str) -> None:
    """Print the ids of all snapshots, oldest first."""
    for one in snapshot.find(_open(url)):
        print(one.id)


def _open(url: str) -> repository.Repository:
    return repository.open_repository(open_store(url), _password(), _cache())


def _password() -> str:
    return os.environ["HOLDFAST_BENCH_PASSWORD"]


def _cache() -> Path:
    return Path(os.environ["HOLDFAST_BENCH_CACHE"])


_ORDERS: Mapping[str, Callable[..., None]] = {
    "init": init,
    "backup": backup,
    "restore": restore,
    "snapshots": snapshots,
}

if __name__ == "__main__":
    collector.relax()
    _ORDERS[sys.argv[1]](*sys.argv[2:])
