from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic import command
from dbos._schemas.system_database import SystemSchema
from tests.conftest import KEY

from holdfast.db import task_tables
from holdfast.db.database import Database, TooNewError, migrate, migrations, open_database
from holdfast.db.tables import metadata


def test_the_migrations_make_the_tables_that_the_code_names(database: Database) -> None:
    with database.transaction() as tx:
        command.check(migrations(tx))  # raises where they differ
        found = set(sa.inspect(tx).get_table_names())
    assert found == {*metadata.tables, "alembic_version"}
    assert task_tables.task.name in found


def test_servers_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    def start(_: int) -> int:
        database = open_database(empty_database_url, KEY)
        migrate(database)
        with database.reading() as tx:
            projects = tx.scalar(sa.text("SELECT count(*) FROM project"))
        database.close()
        return int(projects)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(start, range(4))) == [0] * 4


def test_all_migrations_can_be_taken_back(database: Database) -> None:
    with database.transaction() as tx:
        command.downgrade(migrations(tx), "base")
    with database.transaction() as tx:
        assert set(sa.inspect(tx).get_table_names()) == {"alembic_version"}


def test_a_failing_migration_leaves_nothing_behind(empty_database_url: str) -> None:
    database = open_database(empty_database_url, KEY)
    with database.transaction() as tx:
        tx.exec_driver_sql("CREATE TABLE work (id INTEGER)")  # in the way of the last of them
    with pytest.raises(sa.exc.DBAPIError):
        migrate(database)
    with database.reading() as tx:
        assert set(sa.inspect(tx).get_table_names()) == {"work"}
    database.close()


def test_a_database_of_a_newer_holdfast_is_refused_and_left_alone(database: Database) -> None:
    with database.transaction() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(TooNewError):
        migrate(database)
    with database.reading() as tx:
        assert tx.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"


def test_no_table_has_a_name_that_the_durable_engine_uses() -> None:
    theirs = {table.name for table in SystemSchema.metadata_obj.tables.values()} | {
        "dbos_migrations",
        "datasource_outputs",
    }
    assert len(theirs) > 5
    assert not theirs & set(metadata.tables)


def test_tables_of_others_are_no_difference(database: Database) -> None:
    with database.transaction() as tx:
        tx.exec_driver_sql("CREATE TABLE workflow_status (workflow_uuid TEXT PRIMARY KEY)")
        command.check(migrations(tx))
