"""Whose turn it is: which of the tasks that wait are handed to a worker next.

What was put down goes on first, then restores, then all else. Among equals the projects take turns: the one
with the least of its tasks in hand is first, then the one that was served longest ago; within a project, the
oldest task.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from .task import Operation

PUT_DOWN, RESTORES, REST = 0, 1, 2
_ALL, _ANY = "*", "?"  # no project's id


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A task that nothing in hand holds up. `place` is its place in its project's line, from 1 on.

    `group` is PUT_DOWN, RESTORES or REST; `max_running` how many tasks its vault lets run at once.
    """

    seq: int
    task_id: str
    project_id: str
    operation: str
    vault_id: str | None
    group: int
    place: int
    resources: frozenset[str] = frozenset()
    max_running: int | None = None

    @property
    def touches(self) -> set[tuple[str, str]]:
        """The resources, each for its project; what replicates touches them for all."""
        found = {(self.project_id, resource) for resource in self.resources}
        if self.operation == Operation.REPLICATION:
            found |= {(_ALL, resource) for resource in self.resources}
        return found | {(_ANY, resource) for resource in self.resources}

    @property
    def meets(self) -> set[tuple[str, str]]:
        """What of that, touched by another task, is in this one's way."""
        if self.operation == Operation.REPLICATION:
            return {(_ANY, resource) for resource in self.resources}
        return {(who, resource) for who in (self.project_id, _ALL) for resource in self.resources}


class InHand:
    """How much of each project and vault is in hand, and what was chosen beside it so far."""

    def __init__(self, projects: Counter[str], vaults: Counter[str]) -> None:
        self.projects = projects
        self._vaults = vaults
        self._touched: set[tuple[str, str]] = set()
        self._entered: set[str | None] = set()
        self._doomed: set[str | None] = set()

    def take(self, one: Candidate) -> bool:
        """Whether a candidate fits beside what was chosen; it is one of them then."""
        if not self._has_room(one) or self._collides(one):
            return False
        self._touched |= one.touches
        self.projects[one.project_id] += 1
        if one.vault_id is not None:
            self._vaults[one.vault_id] += 1
            self._entered.add(one.vault_id)
            if one.operation == Operation.VAULT_DELETE:
                self._doomed.add(one.vault_id)
        return True

    def _has_room(self, one: Candidate) -> bool:
        if one.max_running is None or one.vault_id is None:
            return True
        return self._vaults[one.vault_id] < one.max_running

    def _collides(self, one: Candidate) -> bool:
        """What was put down has had its resources all along."""
        if one.group == PUT_DOWN:
            return False
        if not self._touched.isdisjoint(one.meets):
            return True
        apart = self._entered if one.operation == Operation.VAULT_DELETE else self._doomed
        return one.vault_id is not None and one.vault_id in apart


def choose(
    candidates: Iterable[Candidate], in_hand: InHand, limit: int, served: Mapping[str, int]
) -> list[Candidate]:
    """The candidates that may all start now, in the order of their turns, at most `limit`.

    `served` numbers the projects, the higher the later they were served; none is the longest ago.
    """
    before = Counter(in_hand.projects)

    def turn(one: Candidate) -> tuple[int, int, int, int]:
        return one.group, before[one.project_id] + one.place, served.get(one.project_id, 0), one.seq

    chosen: list[Candidate] = []
    for one in sorted(candidates, key=turn):
        if len(chosen) == limit:
            break
        if in_hand.take(one):
            chosen.append(one)
    return chosen
