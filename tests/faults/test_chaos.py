"""Everything at once: whatever may be asked is asked at random, and workers come and go meanwhile.

HOLDFAST_CHAOS_SEED says what is asked in which order, HOLDFAST_CHAOS_SECONDS for how long; how the workers
and the requests meet, nobody can say.
"""

import logging
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from tests.engine.house import House, read_files, wait_until
from tests.engine.test_pruning import pruner
from tests.engine.test_replication import replica_vault, start
from tests.engine.working import Process
from tests.engine.working import start as start_worker
from tests.faults import aftermath
from tests.service.clockwork import follow, made

from holdfast.db import schedules
from holdfast.db.tables import vault, vault_policy
from holdfast.engine.expiring import Expirer
from holdfast.engine.worker import EXIT_FENCED
from holdfast.model import clock
from holdfast.model.backup import Backup, BackupState, ImageType
from holdfast.model.checkpoint import Wanted
from holdfast.model.errors import Refusal
from holdfast.model.policy import Policy
from holdfast.model.retention import Retention
from holdfast.model.task import DeleteDetail, Operation, Status, Task
from holdfast.model.task_filter import TaskFilter
from holdfast.model.vault import Vault
from holdfast.service import backups, checkpoints, retries, tasks
from holdfast.service.backups import BackupFilter

log = logging.getLogger(__name__)

SEED = int(os.environ.get("HOLDFAST_CHAOS_SEED", "1"))
SECONDS = float(os.environ.get("HOLDFAST_CHAOS_SECONDS", "10"))
FILES = {"letter.txt": b"dear all", "deep/photo.raw": bytes(20_000)}
VAULTS = 12
FIRING = 4
WORKERS = 3
KEPT = 2
SETTLE_SECONDS = 90.0
_TICK = timedelta(microseconds=1)


@dataclass
class Chaos:
    """Who asks, what there is to ask about, and how often what was asked."""

    house: House
    chance: random.Random
    policy: Policy
    vaults: Sequence[Vault]
    replicas: Vault
    asked: Counter[str] = field(default_factory=Counter)
    places: dict[str, Path] = field(default_factory=dict)

    # ── what is asked ──

    def fire(self) -> None:
        """A vault comes to a moment at which its policy was never due before."""
        chosen = self.chance.choice(self.vaults[:FIRING])
        with self.house.db.transaction() as tx:
            due = schedules.now(tx) - _TICK
            following = (vault_policy.c.vault_id == chosen.id, vault_policy.c.policy_id == self.policy.id)
            tx.execute(sa.update(vault_policy).where(*following).values(due_at=due, fires_at=due))

    def back_up(self) -> None:
        checkpoints.create(self.house.context(), self.chance.choice(self.vaults).id, Wanted())

    def cancel(self) -> None:
        unfinished = [one for one in self.tasks() if not one.status.is_end]
        if unfinished:
            tasks.cancel(self.house.context(), self.chance.choice(unfinished).id)

    def retry(self) -> None:
        failed = [one for one in self.tasks() if one.status in (Status.FAILED, Status.SKIPPED)]
        if failed:
            retries.create(self.house.context(), self.chance.choice(failed).id)

    def restore(self) -> None:
        there = self.good()
        if there:
            place = self.house.folder / "restored" / str(self.asked.total())
            task_id = self.house.start_restore(self.chance.choice(there).id, destination=str(place))
            self.places[task_id] = place

    def delete(self) -> None:
        """What was taken by hand goes by hand: what the rules keep stays."""
        by_hand = [one for one in self.good() if not one.auto_trigger]
        if by_hand:
            backups.delete(self.house.context(), self.chance.choice(by_hand).id)

    def replicate(self) -> None:
        there = [one for one in self.good() if one.image_type is ImageType.BACKUP]
        if there:
            start(self.house, self.chance.choice(there), self.replicas)

    def ask(self) -> None:
        """Something, which may be refused."""
        asks: dict[Callable[[], None], int] = {
            self.fire: 8,
            self.back_up: 3,
            self.cancel: 2,
            self.retry: 2,
            self.restore: 2,
            self.delete: 2,
            self.replicate: 2,
        }
        (ask,) = self.chance.choices(list(asks), list(asks.values()))
        try:
            ask()
        except Refusal as refusal:
            self.asked[f"{ask.__name__}: {type(refusal).__name__}"] += 1
        else:
            self.asked[ask.__name__] += 1

    # ── what there is ──

    def tasks(self) -> list[Task]:
        return tasks.find(self.house.context(), TaskFilter(project_id=""), aftermath.EVERY)[0]

    def good(self) -> list[Backup]:
        found, _ = backups.find(self.house.context(), BackupFilter(project_id=""), aftermath.EVERY)
        return [one for one in found if one.state is BackupState.AVAILABLE]

    def wait(self) -> None:
        """Until every task has ended."""

        def left() -> list[Task]:
            return [one for one in self.tasks() if not one.status.is_end]

        wait_until(lambda: not left(), lambda: f"stuck: {left()}", SETTLE_SECONDS)


def come_and_go(house: House, name: str, chance: random.Random, over: threading.Event) -> None:
    """A worker that is killed, or told to end, or sleeps through its lease, and is started again."""
    while not over.is_set():
        worker = start_worker(house, f"{name}-{chance.randrange(2)}")
        try:
            over.wait(chance.uniform(1.0, 6.0))
            chance.choice((kill, kill, end, doze))(house, worker)
        finally:
            worker.kill()
            worker.wait()


def kill(_house: House, worker: Process) -> None:
    worker.kill()


def end(house: House, worker: Process) -> None:
    worker.terminate()
    with suppress(subprocess.TimeoutExpired):
        worker.wait(30)
    if worker.poll() is None:
        worker.send_signal(signal.SIGABRT)
        worker.wait(30)
    said = "\n".join(path.read_text() for path in house.folder.glob("w*.log"))
    assert worker.returncode in (0, EXIT_FENCED), said


def doze(house: House, worker: Process) -> None:
    worker.send_signal(signal.SIGSTOP)
    time.sleep(1.5 * house.config.lease_seconds)
    worker.send_signal(signal.SIGCONT)
    time.sleep(house.config.lease_seconds)


def built(house: House) -> Chaos:
    """A dozen vaults that follow one policy; some let only one task run at once, one holds two folders."""
    policy = made(house.context(), retention=Retention(max_backups=KEPT))
    vaults = [
        house.vault(
            *(house.directory(f"home-{number}-{more}", FILES) for more in range(1 + (number == 0))),
            name=f"v{number}",
            max_running=1 if number % 3 == 0 else None,
        )
        for number in range(VAULTS)
    ]
    for each in vaults:
        follow(house.context(), each, policy)
        checkpoints.create(house.context(), each.id, Wanted())
    return Chaos(house, random.Random(SEED), policy, vaults, replica_vault(house))


def test_whatever_is_asked_while_workers_come_and_go_ends_well_or_says_why(house: House) -> None:
    log.info("HOLDFAST_CHAOS_SEED=%d", SEED)
    chaos = built(house)
    with house.working("first"):
        chaos.wait()
        for _ in range(KEPT):  # from then on each automatic backup makes one superfluous
            for firing in chaos.vaults[:FIRING]:
                wanted = Wanted(auto_trigger=True, policy_id=chaos.policy.id)
                checkpoints.create(house.context(), firing.id, wanted)
            chaos.wait()
    over = threading.Event()
    with ThreadPoolExecutor(WORKERS) as pool:
        chances = [random.Random(SEED + number) for number in range(1, WORKERS + 1)]
        crowd = [
            pool.submit(come_and_go, house, f"w{number}", chance, over)
            for number, chance in enumerate(chances)
        ]
        try:
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                chaos.ask()
                time.sleep(chaos.chance.uniform(0.0, 0.1))
        finally:
            over.set()
        for one in crowd:
            one.result()
    with house.working("last") as last:
        chaos.wait()
        Expirer(house.db, house.config, last.wake).look()  # what was in use when its time came
        chaos.wait()
    ended = Counter(f"{one.operation} {one.status}" for one in chaos.tasks())
    log.info("asked: %s; ended: %s", dict(chaos.asked), dict(ended))
    tidied(house)
    aftermath.kept(house)
    every_moment_came_once(chaos)
    the_rules_were_kept(chaos)
    what_was_restored_is_whole(chaos)
    assert house.fences == []


def tidied(house: House) -> None:
    """Pruned wherever that is due: a worker that dozed may have written a snapshot that nobody waited for."""
    long_ago = clock.now() - timedelta(days=1)
    with house.db.transaction() as tx:
        tx.execute(sa.update(vault).where(vault.c.litter_at.is_not(None)).values(litter_at=long_ago))
    pruner(house).look()


def every_moment_came_once(chaos: Chaos) -> None:
    """What was due made one task of each resource, besides those that somebody asked for again."""
    moments = Counter(
        (one.vault_id, one.resource.id, one.due_at)
        for one in chaos.tasks()
        if one.due_at is not None and one.retry_of is None
    )
    assert set(moments.values()) == {1}


def the_rules_were_kept(chaos: Chaos) -> None:
    """Of each resource's automatic backups the newest are there; others only if deleting them failed."""
    found = chaos.tasks()
    taken: dict[tuple[str, str], list[str]] = {}
    unwilling = set()
    for task in found:
        if task.operation is Operation.DELETE and task.status is not Status.SUCCESS:
            unwilling.add(task.backup_id)
        if isinstance(task.detail, DeleteDetail) and task.detail.because:
            assert task.policy_id in (chaos.policy.id, None)
    good = [one for one in chaos.good() if one.auto_trigger and one.image_type is ImageType.BACKUP]
    for one in sorted(good, key=lambda one: (one.created_at, one.id), reverse=True):
        taken.setdefault((one.vault_id, one.resource_id), []).append(one.id)
    for there in taken.values():
        assert set(there[KEPT:]) <= unwilling
    made = {
        (one.vault_id or "", one.resource.id)
        for one in found
        if one.operation is Operation.BACKUP and one.status is Status.SUCCESS and one.policy_id
    }
    assert made == taken.keys()


def what_was_restored_is_whole(chaos: Chaos) -> None:
    for task in chaos.tasks():
        if task.id in chaos.places and task.status is Status.SUCCESS:
            assert read_files(chaos.places[task.id]) == FILES
