import sqlalchemy as sa
from tests.db.making import PROJECT, later, task

from holdfast.db import tasks
from holdfast.db.database import Database
from holdfast.db.history import shelf
from holdfast.db.history.shelf import Shelf
from holdfast.db.task_names import Names
from holdfast.db.task_tables import task_word
from holdfast.model.task import Status
from holdfast.model.task_filter import TaskFilter


def test_what_was_not_used_for_longest_goes_first() -> None:
    here = Shelf(10_000)
    for name in range(3):
        here.put(name, f"thing {name}", 2500)
    assert here.get(0, str) == "thing 0"
    here.put(3, "thing 3", 2500)
    assert [here.get(name, str) for name in range(4)] == ["thing 0", None, "thing 2", "thing 3"]


def test_things_without_a_size_take_their_place_too() -> None:
    here = Shelf(10_000)
    for name in range(1000):
        here.put(name, frozenset(), 0)
    assert sum(here.get(name, frozenset) is not None for name in range(1000)) < 100


def test_texts_that_nothing_has_do_not_pile_up(database: Database) -> None:
    with database.transaction() as tx:
        tasks.add(tx, task(status=Status.FAILED, created_at=later(1)))
    small = Shelf(30_000)
    with database.reading() as tx:
        tx = tx.execution_options(**{shelf.SHELF: small})
        for place in range(100):
            wanted = TaskFilter(project_id=PROJECT, text=f"{place} {'nothing ' * 25}")
            assert tasks.count(tx, wanted) == 0
        key = tx.scalar(sa.select(task_word.c.key).where(task_word.c.text == PROJECT))
        last = small.get(("names", "task_resource", key), Names)
        assert last is not None
        kept = [
            small.get(
                ("holding", "task_resource", key, (f"{place} {'nothing ' * 25}",), last.keys[-1:]), frozenset
            )
            for place in range(100)
        ]
    assert kept[-1] is not None
    assert kept.count(None) > 40


def test_names_are_as_large_as_they_are() -> None:
    names = Names().and_these([1, 2], ["a" * 600, "\U0001f4be" * 600])
    assert names.nbytes > 3000
    assert names.and_these([3], ["b"]).texts == (*names.texts, "b")
    assert names.holding(["b"]) == frozenset()
