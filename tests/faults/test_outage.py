"""PostgreSQL is stopped for a while, and started again, while workers work."""

import time

from tests.engine.house import House, succeeded
from tests.faults.conftest import Server

from holdfast.db.database import Database


def test_nothing_is_lost_while_the_database_is_away(own_house: House, server: Server) -> None:
    house = own_house
    gate = house.folder / "gate"
    slow = house.vault(house.source("Tap", gate=str(gate)))
    vaults = [house.vault(house.directory(f"home-{n}", {"letter.txt": b"dear all"})) for n in range(6)]
    with house.working("w1", worker_slots=2):
        slow_id = house.start_backup(slow)
        house.running(slow_id)
        others = [house.start_backup(vault) for vault in vaults]
        server.stop()
        time.sleep(5)
        server.start()
        gate.touch()
        tasks = [succeeded(house.ended(task_id)) for task_id in (slow_id, *others)]
    assert house.fences == []
    for task, vault in zip(tasks, (slow, *vaults), strict=True):
        snapshots = house.repository(vault).snapshots()
        assert [one["id"] for one in snapshots] == [house.backup(task).snapshot_id]


def test_the_database_of_this_test_is_postgresql(own_database: Database) -> None:
    assert own_database.dialect == "postgresql"
