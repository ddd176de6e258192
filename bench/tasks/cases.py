"""The questions that are asked of every database, with the right answers beside them."""

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from holdfast.model.task_filter import TaskFilter

from . import columns as kept
from . import idents
from .choices import Choice, Choices, Rows
from .world import World

PAGE = 10
_PER_PAIR = 6
_MORE = 360  # questions with three filters and more
_SEED = 7


class Case(msgspec.Struct, frozen=True):
    """One question: `filters` are the names of its filters, `count` and `ids` the answer and its page."""

    name: str
    filters: tuple[str, ...]
    wanted: TaskFilter
    count: int
    ids: list[str]


class Deep(msgspec.Struct, frozen=True):
    """A page in the middle of a long list: how many tasks are before it, and the last of those."""

    name: str
    wanted: TaskFilter
    offset: int
    marker: str
    ids: list[str]


class Cases(msgspec.Struct, frozen=True):
    """All questions to the databases of one size."""

    asked: list[Case]
    deep: list[Deep]
    largest: str  # the id of the largest project


def of(folder: Path, rows: int) -> Cases:
    """Those to the databases whose columns are in this folder; made where they are not there yet."""
    path = folder / "cases.json"
    if not path.exists():
        path.write_bytes(msgspec.json.encode(_make(World(rows), kept.read(folder))))
    return msgspec.json.decode(path.read_bytes(), type=Cases)


def _make(world: World, columns: kept.Columns) -> Cases:
    dice = random.Random(_SEED)
    largest = Choices(world, columns, 0)
    maker = _Maker(world, largest)
    choices = list(largest.all())
    asked = [*maker.singles(choices), *maker.pairs(choices, dice, _PER_PAIR), *maker.more(choices, dice)]
    for project in (3, world.projects - 1):
        other = Choices(world, columns, project)
        maker = _Maker(world, other)
        some = list(other.all())
        asked += [*maker.singles(some), *maker.pairs(some, dice, 1)]
    deep = [_Maker(world, largest).deep(choice) for choice in _common(choices)]
    return Cases(asked, deep, world.project_ids[0])


def _common(choices: Sequence[Choice]) -> Iterator[tuple[Choice, ...]]:
    """Nothing is asked for, or something that many have."""
    yield ()
    named = {(one.filter, one.label): one for one in choices}
    yield (named["statuses", "nearly all"],)
    yield (named["operations", "nearly all"], named["created", "all but an edge"])
    yield (named["resource_names", "many"],)


class _Maker:
    def __init__(self, world: World, choices: Choices) -> None:
        self._project = world.project_ids[choices.project]
        self._rows = choices.rows

    def singles(self, choices: Sequence[Choice]) -> Iterator[Case]:
        """Each value by itself, and nothing at all."""
        yield self._case(())
        for choice in choices:
            yield self._case((choice,))

    def pairs(self, choices: Sequence[Choice], dice: random.Random, most: int) -> Iterator[Case]:
        """Every pair of filters, with up to so many pairs of their values."""
        by_filter = _by_filter(choices)
        for one, other in itertools.combinations(by_filter, 2):
            both = list(itertools.product(by_filter[one], by_filter[other]))
            for pair in dice.sample(both, min(most, len(both))):
                yield self._case(pair)

    def more(self, choices: Sequence[Choice], dice: random.Random) -> Iterator[Case]:
        """Three to five filters."""
        by_filter = _by_filter(choices)
        for number in range(_MORE):
            names = dice.sample(sorted(by_filter), 3 + number % 3)
            yield self._case(tuple(dice.choice(by_filter[name]) for name in names))

    def deep(self, choices: tuple[Choice, ...]) -> Deep:
        """The page behind half of what matches."""
        found = self._found(choices)[::-1]
        half = len(found) // 2
        ids = idents.many(idents.TASK, found[half - 1 : half + PAGE])
        name = _name(choices)
        return Deep(name, self._wanted(choices), half, ids[0], ids[1:])

    def _case(self, choices: tuple[Choice, ...]) -> Case:
        found = self._found(choices)
        ids = idents.many(idents.TASK, found[: -PAGE - 1 : -1]) if len(found) else []
        filters = tuple(choice.filter for choice in choices)
        return Case(_name(choices), filters, self._wanted(choices), len(found), ids)

    def _found(self, choices: tuple[Choice, ...]) -> kept.Integers:
        matching: Rows = np.ones(len(self._rows), dtype=np.bool_)
        for choice in choices:
            matching &= choice.rows
        return self._rows[np.flatnonzero(matching)]

    def _wanted(self, choices: tuple[Choice, ...]) -> TaskFilter:
        fields = {name: value for choice in choices for name, value in choice.fields.items()}
        return TaskFilter(project_id=self._project, **fields)


def _name(choices: tuple[Choice, ...]) -> str:
    return " + ".join(f"{choice.filter}: {choice.label}" for choice in choices) or "nothing"


def _by_filter(choices: Sequence[Choice]) -> dict[str, list[Choice]]:
    """Without those that nothing matches: whatever is asked beside them, the answer costs nothing."""
    found: dict[str, list[Choice]] = {}
    for choice in choices:
        if choice.rows.any():
            found.setdefault(choice.filter, []).append(choice)
    return found
