"""The engine minds its own business."""

import pytest
from tests.engine.house import House, succeeded
from tests.engine.working import calls_of, process

# What libpq does for PostgreSQL happens outside of Python, where nobody listens.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_worker_opens_no_port_and_calls_nobody(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    with process(house, "w1"):
        succeeded(house.back_up(vault))
    assert calls_of(house, "w1").read_text() == ""
