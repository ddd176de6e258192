from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from holdfast.db import workers
from holdfast.db.database import Database
from holdfast.db.tables import worker as table


def let_pass(database: Database, seconds: float, worker_id: str) -> None:
    """As if the worker had not been seen for so long."""
    with database.transaction() as tx:
        tx.execute(
            sa.update(table)
            .where(table.c.id == worker_id)
            .values(seen_at=table.c.seen_at - int(seconds * 1_000_000))
        )


def test_a_worker_that_beats_lives(database: Database) -> None:
    with database.transaction() as tx:
        assert workers.beat(tx, "w1", ("here",)) is True
    let_pass(database, 40, "w1")
    with database.transaction() as tx:
        assert workers.beat(tx, "w1", ("here",)) is True
        assert workers.bury(tx, 30) == []
        assert workers.alive(tx) == ["w1"]


def test_a_worker_that_was_not_seen_for_the_lease_is_dead_and_is_told_so(database: Database) -> None:
    with database.transaction() as tx:
        workers.beat(tx, "w1", ("here",))
        workers.beat(tx, "w2", ("here",))
    let_pass(database, 31, "w1")
    with database.transaction() as tx:
        assert workers.bury(tx, 30) == ["w1"]
        assert workers.bury(tx, 30) == []
        assert workers.alive(tx) == ["w2"]
        assert workers.beat(tx, "w1", ("here",)) is False


def test_a_dead_worker_that_starts_anew_lives_again(database: Database) -> None:
    with database.transaction() as tx:
        workers.enlist(tx, "w1", ("here",))
    let_pass(database, 31, "w1")
    with database.transaction() as tx:
        assert workers.bury(tx, 30) == ["w1"]
        workers.enlist(tx, "w1", ("here",))
        assert workers.beat(tx, "w1", ("here",)) is True
        assert workers.bury(tx, 30) == []


def test_a_worker_that_retired_is_not_buried(database: Database) -> None:
    with database.transaction() as tx:
        workers.beat(tx, "w1", ("here",))
        workers.retire(tx, "w1")
        assert workers.bury(tx, 0) == []


def test_the_dead_are_forgotten_after_a_week(database: Database) -> None:
    with database.transaction() as tx:
        workers.beat(tx, "w1", ("here",))
    let_pass(database, 40, "w1")
    with database.transaction() as tx:
        workers.bury(tx, 30)
    let_pass(database, 8 * 24 * 3600, "w1")
    with database.transaction() as tx:
        workers.bury(tx, 30)
        assert tx.execute(sa.select(table)).all() == []


def test_of_workers_that_look_at_once_one_buries(database: Database) -> None:
    with database.transaction() as tx:
        workers.beat(tx, "w1", ("here",))
    let_pass(database, 31, "w1")

    def look(_: int) -> list[str]:
        with database.transaction() as tx:
            return workers.bury(tx, 30)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(look, range(4))) == [[], [], [], ["w1"]]
