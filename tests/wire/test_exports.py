"""Exports over a real socket: however many tasks, however slow whoever reads them."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from tests.db.making import task
from tests.db.many import add_many
from tests.engine.house import wait_until
from tests.wire.served import Served, founded

from holdfast.db import tasks
from holdfast.db.task_exports import Walk
from holdfast.model.task import Status, TaskError

MIB = 1 << 20
MANY = 20_000


@pytest.fixture(scope="module")
def house(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with founded(migrated_sqlite, tmp_path_factory.mktemp("exports")) as house:
        one = task(
            project_id=house.world.blue.id,
            status=Status.FAILED,
            error=TaskError("E.1", "the disk is full " * 30),
        )
        with house.world.db.transaction() as tx:
            add_many(tx, one, MANY, apart=timedelta(seconds=60))
        yield house


@contextmanager
def exporting(house: Served, form: str = "ndjson", coding: str = "identity") -> Iterator[httpx.Response]:
    headers = {"X-Auth-Token": house.house.tokens["reader"], "Accept-Encoding": coding}
    url = f"{house.address}/v3/{house.world.blue.id}/operation-logs/export?format={form}"
    with (
        httpx.Client(trust_env=False, timeout=60) as http,
        http.stream("GET", url, headers=headers) as reply,
    ):
        assert reply.status_code == 200
        yield reply


def memory() -> int:
    """What this process, which is server and client in one, has of the machine's memory, in bytes."""
    told = Path("/proc/self/smaps_rollup").read_text()
    return next(int(line.split()[1]) << 10 for line in told.splitlines() if line.startswith("Pss:"))


def is_at_rest(house: Served) -> bool:
    gc.collect()
    return connections(house) == 0 and not any(isinstance(one, Walk) for one in gc.get_objects())


def connections(house: Served) -> int:
    pools = [engine.pool for engine in (house.world.db.engine, house.world.db.readers)]
    return sum(pool.checkedout() for pool in pools if isinstance(pool, sa.QueuePool))


def test_memory_stays_flat_however_many_there_are(house: Served) -> None:
    with exporting(house) as reply:
        for _ in zip(range(20), reply.iter_raw(), strict=False):
            pass
    before, most, size, seen = memory(), 0, 0, set()
    with exporting(house) as reply:
        for place, line in enumerate(reply.iter_lines()):
            size += len(line)
            if place % 500 == 0:
                most = max(most, memory())
                seen.add(json.loads(line)["id"])
    assert place == MANY - 1
    assert len(seen) == MANY / 500
    assert size > 30 * MIB
    assert most - before < 12 * MIB


def test_a_table_comes_whole_and_compressed(house: Served) -> None:
    with exporting(house, "csv", "gzip") as reply:
        assert reply.headers["Content-Encoding"] == "gzip"
        assert sum(1 for _ in reply.iter_lines()) == MANY + 1


def test_one_that_reads_slowly_holds_nothing_of_the_database(house: Served) -> None:
    with exporting(house) as reply:
        content = reply.iter_raw()
        next(content)
        wait_until(lambda: connections(house) == 0, lambda: "a connection is held")
        add_one(house)
        assert sum(piece.count(b"\n") for piece in content) > MANY - 500


def add_one(house: Served) -> None:
    with house.world.db.transaction() as tx:
        tasks.add(tx, task(project_id=house.world.red.id, status=Status.FAILED))


def test_one_that_goes_away_leaves_nothing_behind(house: Served) -> None:
    for _ in range(8):
        with exporting(house) as reply:
            next(reply.iter_raw())
    wait_until(lambda: is_at_rest(house), lambda: "something is held")


def test_what_breaks_in_the_middle_does_not_look_whole(house: Served) -> None:
    with exporting(house) as reply:
        content = reply.iter_raw()
        next(content)
        rename(house, "task_document", "away")
        try:
            with pytest.raises(httpx.RemoteProtocolError):
                for _ in content:
                    pass
        finally:
            rename(house, "away", "task_document")
    assert connections(house) == 0


def rename(house: Served, before: str, after: str) -> None:
    with house.world.db.transaction() as tx:
        tx.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")
