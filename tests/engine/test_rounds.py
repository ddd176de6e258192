"""Rounds: again and again, whatever happens."""

import threading
from collections.abc import Callable

from tests.engine.house import wait_until

from holdfast.engine.rounds import Rounds


class Walk:
    """Counts its rounds; every one fails in the way it is told."""

    def __init__(self, go: Callable[[], float]) -> None:
        self.count = 0
        self._go = go

    def round(self) -> float:
        self.count += 1
        return self._go()


def test_a_fault_in_a_round_does_not_end_the_rounds() -> None:
    def stumble() -> float:
        raise ZeroDivisionError

    walk = Walk(stumble)
    rounds = Rounds("walk", walk.round)
    rounds.start()
    wait_until(lambda: walk.count > 1, lambda: "it ended")
    rounds.stop()


def test_who_is_woken_does_not_wait() -> None:
    walk = Walk(lambda: 3600.0)
    rounds = Rounds("walk", walk.round)
    rounds.start()
    wait_until(lambda: walk.count == 1, lambda: "it never began")
    rounds.wake()
    wait_until(lambda: walk.count == 2, lambda: "it sleeps on")
    rounds.stop()


def test_a_round_may_be_the_last_by_its_own_will() -> None:
    ended = threading.Event()

    def leave() -> float:
        rounds.stop()
        ended.set()
        return 0.0

    walk = Walk(leave)
    rounds = Rounds("walk", walk.round)
    rounds.start()
    assert ended.wait(10)
    rounds.stop()
    assert walk.count == 1
