"""Two workers of one site, each in a process of its own."""

from tests.engine.house import House, succeeded
from tests.engine.working import process


def test_two_workers_share_the_tasks_and_no_task_is_done_twice(house: House) -> None:
    ledger = house.folder / "ledger"
    names = [f"book-{number}" for number in range(16)]
    tasks = [
        house.start_backup(house.vault(house.source("Ledger", ledger=str(ledger), name=name)))
        for name in names
    ]
    with process(house, "w1"), process(house, "w2"):
        for task_id in tasks:
            succeeded(house.ended(task_id))
    lines = [line.split() for line in ledger.read_text().splitlines()]
    assert sorted(name for _, name in lines) == sorted(names)
    assert len({pid for pid, _ in lines}) == 2
