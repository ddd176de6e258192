"""The threads that read for long: each project has its share of them."""

import threading
from functools import partial

import anyio
import pytest
from tests.api.asking import House

from holdfast.api import streams

# Which threads answer does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Busy:
    """Threads that stay until they are let go."""

    def __init__(self) -> None:
        self.number = 0
        self.most = 0
        self.go = threading.Event()
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.number += 1
            self.most = max(self.most, self.number)
        assert self.go.wait(20)
        with self._lock:
            self.number -= 1


async def _crowd(busy: Busy) -> str:
    """What another project is told while one has asked for more threads than there are."""
    async with anyio.create_task_group() as group:
        for _ in range(streams.THREADS * 2):
            group.start_soon(streams.in_share, "blue", busy)
        with anyio.fail_after(20):
            while busy.number < streams.THREADS_OF_A_PROJECT:
                await anyio.sleep(0.01)
            told = await streams.in_share("red", lambda: "red")
        busy.go.set()
    return told


def test_a_project_that_reads_much_leaves_threads_for_the_others(house: House) -> None:
    busy = Busy()
    assert house.client.portal.call(_crowd, busy) == "red"
    assert busy.most == streams.THREADS_OF_A_PROJECT


@pytest.mark.parametrize(
    "path", ["/operation-logs/summary", "/operation-logs/export?format=csv", "/holdfast/audit?user=nobody"]
)
def test_whoever_looks_through_everything_leaves_the_threads_of_all_other_calls_alone(
    house: House, path: str
) -> None:
    async def meanwhile(busy: Busy) -> tuple[bool, int]:
        """Whether the call waits for the project's share, and what a list says all the while."""
        async with anyio.create_task_group() as group:
            for _ in range(streams.THREADS_OF_A_PROJECT):
                group.start_soon(streams.in_share, house.world.blue.id, busy)
            while busy.number < streams.THREADS_OF_A_PROJECT:
                await anyio.sleep(0.01)
            ask = partial(house.client.http.get, headers={"X-Auth-Token": house.tokens["admin"]})
            home = f"/v3/{house.world.blue.id}"
            answered = anyio.Event()

            async def costly() -> None:
                assert (await ask(home + path)).status_code == 200
                answered.set()

            group.start_soon(costly)
            listed = (await ask(f"{home}/operation-logs")).status_code
            waits = not answered.is_set()
            busy.go.set()
        return waits and answered.is_set(), listed

    assert house.client.portal.call(meanwhile, Busy()) == (True, 200)
