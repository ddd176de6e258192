"""Three servers on one database, and what is due is done once: also when one of them is killed over it."""

from collections import Counter

from tests.engine.house import House, wait_until
from tests.engine.working import process
from tests.service.clockwork import come, follow, made, turn_of

from holdfast.db import tasks
from holdfast.model import clock
from holdfast.model.task import Page, Task
from holdfast.model.task_filter import TaskFilter

VAULTS = 24


def test_three_servers_take_each_turn_once_though_one_is_killed(house: House) -> None:
    nightly = made(house.context())
    vaults = [house.vault(name=f"v{number}") for number in range(VAULTS)]
    for vault in vaults:
        follow(house.context(), vault, nightly)
    with process(house, "w1") as doomed, process(house, "w2"), process(house, "w3"):
        dues = [come(house.db, vault, nightly).due_at for vault in vaults]
        wait_until(lambda: len(all_tasks(house)) > 0, lambda: "nobody came")
        doomed.kill()
        wait_until(lambda: len(all_tasks(house)) >= VAULTS, lambda: f"{len(all_tasks(house))} came")
    done = all_tasks(house)
    assert Counter(task.vault_id for task in done) == Counter(vault.id for vault in vaults)
    assert {task.due_at for task in done} == set(dues)
    for vault in vaults:
        assert turn_of(house.db, vault, nightly).due_at == nightly.schedule.next_after(clock.now())


def all_tasks(house: House) -> list[Task]:
    with house.db.reading() as tx:
        return tasks.find(tx, TaskFilter(project_id=house.project.id), Page())
