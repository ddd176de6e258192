"""An object store that is slow, that fails, that is full: real S3 behind a proxy that breaks things."""

from collections.abc import Iterator

import msgspec
import pytest
from tests.engine.asked import FILES
from tests.engine.house import House, succeeded
from tests.faults import aftermath
from tests.store import servers
from tests.store.conftest import credentials, port_of
from tests.store.proxy import Fault, Manner, Proxy, proxied

from holdfast.model.task import Status

__all__ = ["credentials", "port_of"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FAILURES = (
    Fault.SLOW_DOWN,
    Fault.RESET_BEFORE,
    Fault.LOST_ANSWER,
    Fault.SERVER_ERROR,
    Fault.RESET_IN_UPLOAD,
    Fault.SHORT_ANSWER,
)


@pytest.fixture
def proxy(port_of: object, credentials: None) -> Iterator[Proxy]:  # noqa: ARG001 - a fixture of the stores
    with proxied(port_of("s3"), Manner.REFUSES) as proxy:  # type: ignore[operator] # the fixture is a function
        yield proxy


@pytest.fixture
def far(house: House, proxy: Proxy) -> House:
    """The house, with its vaults in the store behind the proxy."""
    store = f"s3://{servers.BUCKET}/{house.project.id}?endpoint={proxy.address}&patience=20"
    house.config = msgspec.structs.replace(house.config, store=store)
    return house


def test_a_store_that_fails_every_fifth_time_costs_no_task(far: House, proxy: Proxy) -> None:
    vaults = [far.vault(far.directory(f"home-{number}", FILES)) for number in range(4)]
    with far.working():
        proxy.trouble_every(5, *FAILURES)
        for asked in [far.start_backup(vault) for vault in vaults]:
            succeeded(far.ended(asked))
        proxy.calm()
        assert {fault for fault, _ in proxy.struck} >= {Fault.SLOW_DOWN, Fault.LOST_ANSWER}
        aftermath.restored(far, FILES)
    aftermath.kept(far)


def test_a_store_that_is_slow_is_waited_for(far: House, proxy: Proxy) -> None:
    vault = far.vault(far.directory("home", FILES))
    proxy.latency = 0.3
    proxy.trouble_every(1, Fault.LATENCY)
    with far.working():
        succeeded(far.back_up(vault))
        proxy.calm()
        aftermath.restored(far, FILES)
    aftermath.kept(far)


def test_a_store_that_is_full_or_away_fails_the_task_and_the_next_one_is_well(
    far: House, proxy: Proxy
) -> None:
    vault = far.vault(far.directory("home", FILES))
    with far.working():
        proxy.trouble(Fault.FULL, 10_000, "PUT")
        task = far.back_up(vault)
        assert (task.status, "full" in task.error.message) == (Status.FAILED, True)
        proxy.calm()
        proxy.trouble(Fault.RESET_BEFORE, 10_000)
        task = far.back_up(vault)
        assert (task.status, "store" in task.error.message) == (Status.FAILED, True)
        proxy.calm()
        succeeded(far.back_up(vault))
        aftermath.restored(far, FILES)
    aftermath.kept(far)
