from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from tests.conftest import KEY
from tests.db.making import NOON, PROJECT, add_project, add_vault

from holdfast.db import projects, vaults
from holdfast.db.database import Database, is_transient, open_database, retrying
from holdfast.db.seals import WrongKeyError
from holdfast.db.tables import project as table
from holdfast.model.errors import ProjectNotFound
from holdfast.model.project import Project

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def names(tx: Connection) -> list[str]:
    return [project.name for project in projects.find(tx)]


def add(tx: Connection, name: str) -> None:
    projects.add(tx, Project(id=name, name=name, created_at=NOON))


def test_an_error_takes_back_the_whole_transaction(database: Database) -> None:
    def half(tx: Connection) -> None:
        add(tx, "half")
        projects.get(tx, "nothing")

    with pytest.raises(ProjectNotFound), database.transaction() as tx:
        half(tx)
    with database.reading() as tx:
        assert names(tx) == []


def test_reading_sees_one_moment_whatever_is_committed_meanwhile(database: Database) -> None:
    with database.reading() as before:
        assert names(before) == []
        with database.transaction() as tx:
            add(tx, "new")
        assert names(before) == []
    with database.reading() as after:
        assert names(after) == ["new"]


def test_reading_writes_nothing(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as tx:
        add(tx, "sneaked in")
    with database.transaction() as tx:  # the connection that was used writes again
        add(tx, "written")
    with database.reading() as tx:
        assert names(tx) == ["written"]


def test_a_decision_on_what_was_read_holds_until_the_commit(database: Database) -> None:
    def count_and_add(_: int) -> None:
        with database.transaction() as tx:
            projects.lock(tx, "any")
            number = len(names(tx))
            add(tx, str(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_and_add, range(12)))
    with database.reading() as tx:
        assert sorted(names(tx), key=int) == [str(number) for number in range(12)]


def test_the_first_project_is_made_once_by_servers_that_start_at_once(database: Database) -> None:
    def bootstrap(place: int) -> bool:
        with database.transaction() as tx:
            if not projects.claim_first(tx):
                return False
            add(tx, str(place))
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(bootstrap, range(4))) == [False, False, False, True]


@pytest.mark.parametrize("url", ["mysql://somewhere/x", "sqlite://", "sqlite:///:memory:"])
def test_a_database_that_cannot_serve_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"database"):
        open_database(url, KEY)


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key"):
        open_database(f"sqlite:///{tmp_path / 'x.db'}", b"too short")


@only_sqlite
def test_sqlite_is_durable_and_checks_references(database: Database) -> None:
    with database.reading() as tx:
        pragmas = {
            name: tx.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_secrets_are_sealed_under_the_key(database: Database) -> None:
    with database.transaction() as tx:
        add_project(tx)
        vault = add_vault(tx)
        kept = tx.execute(sa.text("SELECT secret FROM vault")).scalar_one()
        assert "sesame" not in kept
        assert vaults.secret(tx, vault.id) == "open sesame"
    other = open_database(database.url, Fernet.generate_key())
    with pytest.raises(WrongKeyError), other.reading() as tx:
        vaults.secret(tx, vault.id)
    other.close()


def test_what_was_to_be_written_is_in_no_error(database: Database) -> None:
    with pytest.raises(DBAPIError) as failure, database.transaction() as tx:
        tx.execute(sa.text("INSERT INTO nothing VALUES (:secret)"), {"secret": "hush"})
    assert "hush" not in str(failure.value)


# ── a database that is briefly away ─────────────────────────────────────────────────────────────────────


@only_postgresql
def test_a_lost_connection_is_ridden_out(database: Database) -> None:
    tries: list[int] = []

    def do(tx: Connection) -> int:
        tries.append(len(tries))
        add(tx, str(len(tries)))
        if len(tries) < 3:
            tx.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return len(tries)

    assert retrying(database, do) == 3
    with database.reading() as tx:
        assert names(tx) == ["3"]


@only_postgresql
def test_a_deadlock_is_ridden_out(database: Database) -> None:
    with database.transaction() as tx:
        add(tx, "a")
        add(tx, "b")
    held = {"a": Event(), "b": Event()}

    def touch(tx: Connection, name: str) -> None:
        tx.execute(sa.update(table).where(table.c.id == name).values(created_at=NOON))

    def both(first: str) -> str:
        second = "b" if first == "a" else "a"

        def do(tx: Connection) -> str:
            touch(tx, first)
            held[first].set()
            held[second].wait(10)
            touch(tx, second)
            return first

        return retrying(database, do)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(both, ("a", "b"))) == ["a", "b"]


@only_sqlite
def test_a_busy_sqlite_file_is_ridden_out(database: Database) -> None:
    impatient = open_database(f"{database.url}?timeout=0.01", KEY)
    tried = Event()

    def do(tx: Connection) -> list[str]:
        add(tx, "later")
        return names(tx)

    def insist() -> list[str]:
        tried.set()
        return retrying(impatient, do)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as tx:
            waiting = pool.submit(insist)
            assert tried.wait(10)
            add(tx, "first")
            with pytest.raises(DBAPIError) as refused, impatient.transaction():
                pass
            assert is_transient(refused.value)
        assert waiting.result() == ["first", "later"]
    impatient.close()


def test_an_error_that_will_not_pass_is_not_tried_again(database: Database) -> None:
    tries: list[int] = []

    def do(tx: Connection) -> None:
        tries.append(1)
        tx.execute(sa.text("SELECT * FROM nothing"))

    with pytest.raises(DBAPIError):
        retrying(database, do)
    assert len(tries) == 1


def test_patience_ends() -> None:
    nowhere = open_database("postgresql://nobody@127.0.0.1:1/none", KEY)
    with pytest.raises(DBAPIError):
        retrying(nowhere, lambda tx: projects.get(tx, PROJECT), patience_seconds=0.5)
    nowhere.close()
