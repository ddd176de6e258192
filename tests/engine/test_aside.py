"""Waiting for what cannot be stopped."""

import threading

import pytest

from holdfast.engine.aside import aside
from holdfast.model.errors import Cancelled


def test_what_is_done_aside_is_what_comes_of_it() -> None:
    assert aside(lambda: 7, lambda: None) == 7


@pytest.mark.parametrize("fault", [TimeoutError("too late"), KeyError("no such")])
def test_what_fails_aside_fails_here(fault: Exception) -> None:
    def fail() -> None:
        raise fault

    with pytest.raises(type(fault), match=str(fault).strip("'")):
        aside(fail, lambda: None)


def test_whoever_waits_can_be_stopped() -> None:
    gate = threading.Event()

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        aside(gate.wait, stop)
    gate.set()
