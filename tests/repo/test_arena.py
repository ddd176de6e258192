"""What is gathered in the arena stays as it is until it is let go."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.repo.arena import WINDOW, Arena

NOISE = random.Random(3).randbytes(1 << 20)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 3 << 20), st.booleans()), max_size=25))
def test_regions_that_are_held_keep_their_bytes(steps: list[tuple[int, bool]]) -> None:
    arena = Arena()
    held = []
    for number, (length, is_held) in enumerate(steps):
        wanted = (NOISE[number:] + NOISE * 3)[:length]
        arena.begin()
        rest = memoryview(wanted)
        while True:
            rest = rest[arena.add(rest) :]
            if not rest:
                break
            arena.turn(arena.region)
        assert arena.region == wanted
        if is_held:
            held.append((arena.region, wanted))
    assert all(bytes(region) == wanted for region, wanted in held)


def test_windows_go_round_once_nobody_looks_at_them() -> None:
    arena = Arena()
    places = set()
    for _ in range(20):
        arena.begin()
        assert arena.add(memoryview(bytes(0))) == 0
        arena.turn(memoryview(b""))
        arena.add(memoryview(bytes(WINDOW)))
        places.add(id(arena.region.obj))
    assert len(places) == 2
