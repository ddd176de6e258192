"""Exports: the tasks that matched at one moment, walked through in many short transactions.

A task that has ended never changes, so it is found where it is whenever its turn comes. One that has not may
move in the order meanwhile: of those it is remembered at the beginning where they stood.
"""

from collections import deque
from collections.abc import Sequence
from heapq import merge

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.model.task import Status, Task
from holdfast.model.task_filter import NEWEST_FIRST, Order, TaskFilter

from . import tasks
from .task_orders import Place
from .task_queries import Matches

ENDED = tuple(one for one in Status if one.is_end)
UNENDED = tuple(one for one in Status if not one.is_end)


class Walk:
    """A walk through the tasks that match as its first transaction sees them: each comes once, as it is when
    it comes. What is deleted before its turn does not come.

    Between two steps it holds some thousand numbers, and a number and a place for each task that had not
    ended.
    """

    numbers_at_once = 10_000
    tasks_at_once = 500

    def __init__(
        self,
        tx: Connection,
        wanted: TaskFilter,
        order: Order = NEWEST_FIRST,
        marker: str | None = None,
    ) -> None:
        """From the start, or from behind the task `marker`; raises InvalidParameter where that is none."""
        self._order = order
        self._ended = _only(wanted, ENDED)
        self._after = None if marker is None else tasks.place(tx, wanted.project_id, marker, order)
        self._newest = max(Matches(tx, TaskFilter(project_id=wanted.project_id)).page(1), default=0)
        self._unended = self._places(tx, _only(wanted, UNENDED))
        # What ends from now on matched as it was, and is remembered, or did not match.
        self._left_out = _numbers(tx, TaskFilter(project_id=wanted.project_id, statuses=UNENDED))
        self._ahead: deque[int] = deque()

    def step(self, tx: Connection) -> list[Task]:
        """The next tasks, at most some hundred; none at the end."""
        while self._ahead or self._look_ahead(tx):
            numbers = [self._ahead.popleft() for _ in range(min(self.tasks_at_once, len(self._ahead)))]
            found = self._with_unended(tx, _there(tx, numbers))
            if found:
                return found
        return self._rest(tx)

    def _look_ahead(self, tx: Connection) -> bool:
        """Find the numbers of more tasks that have ended; whether there are any."""
        if self._ended is None:
            return False
        matches = Matches(tx, self._ended)
        while not self._ahead:
            numbers = matches.page(self.numbers_at_once, order=self._order, after=self._after)
            if not numbers:
                return False
            self._after = Place.of(tasks.show(tx, numbers[-1:])[0], numbers[-1], self._order)
            self._ahead.extend(seq for seq in numbers if seq <= self._newest and seq not in self._left_out)
        return True

    def _with_unended(self, tx: Connection, ended: dict[int, Task]) -> list[Task]:
        """These tasks, and between them those remembered that stood before the last of them.

        Where too many of those did, the tasks behind them wait for the next step.
        """
        places = [Place.of(task, seq, self._order) for seq, task in ended.items()]
        before: list[Place] = []
        while places and self._unended and self._key(self._unended[0]) < self._key(places[-1]):
            before.append(self._unended.popleft())
            if len(before) == self.tasks_at_once:
                behind = [place for place in places if self._key(place) > self._key(before[-1])]
                self._ahead.extendleft(place.seq for place in reversed(behind))
                places = places[: len(places) - len(behind)]
                break
        both = {**ended, **_there(tx, [place.seq for place in before])}
        in_order = merge(before, places, key=self._key)
        return [both[place.seq] for place in in_order if place.seq in both]

    def _rest(self, tx: Connection) -> list[Task]:
        while self._unended:
            some = [self._unended.popleft().seq for _ in range(min(self.tasks_at_once, len(self._unended)))]
            found = _there(tx, some)
            if found:
                return list(found.values())
        return []

    def _places(self, tx: Connection, wanted: TaskFilter | None) -> deque[Place]:
        """The places of all that match, in order."""
        places: deque[Place] = deque()
        while wanted is not None:
            after = places[-1] if places else self._after
            numbers = Matches(tx, wanted).page(self.tasks_at_once, order=self._order, after=after)
            shown = zip(numbers, tasks.show(tx, numbers), strict=True)
            places.extend(Place.of(task, seq, self._order) for seq, task in shown)
            if len(numbers) < self.tasks_at_once:
                break
        return places

    def _key(self, place: Place) -> tuple[bool, int, int]:
        return place.key(self._order)


def _numbers(tx: Connection, wanted: TaskFilter) -> frozenset[int]:
    """The numbers of all that match."""
    batches = Matches(tx, wanted).batches(("seq",))
    return frozenset(number for batch in batches for number in batch["seq"].tolist())


def _only(wanted: TaskFilter, statuses: Sequence[Status]) -> TaskFilter | None:
    """The same with these statuses alone; None where none of them is asked for."""
    left = tuple(one for one in wanted.statuses or Status if one in statuses)
    return replace(wanted, statuses=left) if left else None


def _there(tx: Connection, numbers: Sequence[int]) -> dict[int, Task]:
    """Those of the tasks that are not gone, by their numbers, in this order."""
    kept = tasks.kept(tx, numbers)
    return {seq: kept[seq] for seq in numbers if seq in kept}
