"""How many bytes a second come lately."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.engine.pace import WINDOW_SECONDS, Pace

STEPS = st.lists(st.tuples(st.floats(0.5, 30), st.integers(0, 1 << 40)), min_size=1, max_size=60)


def test_the_first_look_knows_nothing() -> None:
    assert Pace().of(1000, 7.0) == 0


@given(rate=st.integers(0, 1 << 30), pauses=st.lists(st.floats(0.5, 30), min_size=1, max_size=60))
def test_a_steady_flow_has_its_own_rate(rate: int, pauses: list[float]) -> None:
    pace, now = Pace(), 100.0
    pace.of(0, now)
    for pause in pauses:
        now += pause
        assert pace.of(round(rate * (now - 100.0)), now) == pytest.approx(rate, rel=1e-3, abs=2)


@given(steps=STEPS)
def test_what_came_to_a_stop_is_at_rest_after_a_while(steps: list[tuple[float, int]]) -> None:
    pace, now, count = Pace(), 0.0, 0
    for pause, more in steps:
        now, count = now + pause, count + more
        assert pace.of(count, now) >= 0
    for _ in range(round(WINDOW_SECONDS) + 1):
        now += 1
        rate = pace.of(count, now)
    assert rate == 0


def test_what_was_there_before_did_not_come_now() -> None:
    pace = Pace()
    pace.of(0, 0.0)
    pace.shift(1 << 40)
    assert pace.of((1 << 40) + 50, 10.0) == 5
