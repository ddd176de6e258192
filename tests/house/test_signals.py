"""How a process is asked to end: once, and again by who is in a hurry."""

import signal
from collections.abc import Iterator

import pytest

from holdfast.main import ending


@pytest.fixture
def kept_signals() -> Iterator[None]:
    """What signals did before, they do again."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, what in before.items():
        signal.signal(number, what)


@pytest.mark.usefixtures("kept_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_asks_and_the_second_hurries(number: signal.Signals) -> None:
    hurried: list[str] = []
    asked = ending(lambda: hurried.append("!"))
    signal.raise_signal(number)
    assert asked.is_set()
    assert hurried == []
    signal.raise_signal(signal.SIGTERM)
    assert hurried == ["!"]
