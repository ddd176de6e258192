"""What vaults held, day by day, as it is kept."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from tests.conftest import KEY
from tests.db.making import PROJECT, add_project, add_vault

from holdfast.db import vault_usage, vaults
from holdfast.db.database import Database, migrate, migrations, open_database
from holdfast.db.usage_tables import vault_usage as table
from holdfast.model import clock
from holdfast.model.errors import VaultNotFound

DAY = timedelta(days=1)


def test_whatever_changes_what_a_vault_holds_is_noted_for_the_day(database: Database) -> None:
    today = clock.now().date()
    with database.transaction() as tx:
        add_project(tx)
        vault, other = add_vault(tx, used_bytes=3), add_vault(tx)
        assert vault_usage.find(tx, [vault.id, other.id], today) == {
            vault.id: {today: 3},
            other.id: {today: 0},
        }
        vaults.set_used(tx, vault.id, 1 << 44)
        assert vaults.add_used(tx, other.id, 7) == 7
        vaults.add_used(tx, other.id, -9)
        vaults.add_used(tx, other.id, 5)
        assert vault_usage.find(tx, [vault.id, other.id], today) == {
            vault.id: {today: 1 << 44},
            other.id: {today: 5},
        }
        for nothing in (lambda: vaults.set_used(tx, "none", 1), lambda: vaults.add_used(tx, "none", 1)):
            with pytest.raises(VaultNotFound):
                nothing()


def test_what_a_span_begins_with_is_told(database: Database) -> None:
    today = clock.now().date()
    with database.transaction() as tx:
        add_project(tx)
        vault = add_vault(tx, used_bytes=9)
        keep(tx, vault.id, {today - 50 * DAY: 1, today - 40 * DAY: 2, today - 10 * DAY: 3})
        assert vault_usage.find(tx, [vault.id], today - 30 * DAY) == {
            vault.id: {today - 30 * DAY: 2, today - 10 * DAY: 3, today: 9}
        }
        assert vault_usage.find(tx, [vault.id], today - 10 * DAY)[vault.id] == {
            today - 10 * DAY: 3,
            today: 9,
        }
        assert min(vault_usage.find(tx, [vault.id], today - 99 * DAY)[vault.id]) == today - 50 * DAY
        assert vault_usage.find(tx, [], today) == {}


def test_it_goes_with_the_vault(database: Database) -> None:
    with database.transaction() as tx:
        add_project(tx)
        gone, other = add_vault(tx), add_vault(tx)
        vaults.remove(tx, gone.id)
        assert tx.scalars(sa.select(table.c.vault_id)).all() == [other.id]


def test_what_vaults_hold_when_it_begins_to_be_kept_is_the_first_sample(empty_database_url: str) -> None:
    database = open_database(empty_database_url, KEY)
    migrate(database)
    with database.transaction() as tx:
        add_project(tx)
        vault = add_vault(tx, used_bytes=1 << 41)
    with database.altering() as tx:
        command.downgrade(migrations(tx), "0007")
        assert "vault_usage" not in sa.inspect(tx).get_table_names()
    migrate(database)
    with database.transaction() as tx:
        today = clock.now().date()
        assert vault_usage.find(tx, [vault.id], today) == {vault.id: {today: 1 << 41}}
        assert vaults.get(tx, PROJECT, vault.id).used_bytes == 1 << 41
    database.close()


def keep(tx: sa.Connection, vault_id: str, samples: dict[date, int]) -> None:
    rows = [{"vault_id": vault_id, "day": day, "used_bytes": held} for day, held in samples.items()]
    tx.execute(sa.insert(table), rows)
