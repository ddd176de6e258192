from typing import Any

import pytest
from msgspec.structs import replace
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_projects, add_vault, later

from holdfast.db import policies
from holdfast.db.database import Database
from holdfast.model import ids
from holdfast.model.errors import PolicyNotFound
from holdfast.model.policy import Policy, PolicyKind, Retention


def policy(**given: Any) -> Policy:
    values: dict[str, Any] = {
        "id": ids.new(),
        "project_id": PROJECT,
        "name": "nightly",
        "kind": PolicyKind.BACKUP,
        "patterns": ("FREQ=DAILY;BYHOUR=1",),
        "trigger_id": ids.new(),
        "created_at": NOON,
    }
    return Policy(**values | given)


def test_a_policy_is_read_as_it_was_written(database: Database) -> None:
    written = policy(
        kind=PolicyKind.REPLICATION,
        enabled=False,
        patterns=("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO"),
        start_window_minutes=60,
        retention=Retention(max_backups=7, day_backups=3, timezone="UTC+08:00"),
        destination_project_id="p",
        destination_region="elsewhere",
    )
    with database.transaction() as tx:
        add_projects(tx)
        policies.add(tx, written)
        assert policies.get(tx, PROJECT, written.id) == written
        changed = replace(written, name="new", patterns=("FREQ=DAILY",), retention=Retention())
        policies.replace(tx, changed)
        assert policies.get(tx, PROJECT, written.id) == changed


def test_a_policy_of_another_project_is_not_found(database: Database) -> None:
    theirs = policy(project_id=OTHER_PROJECT)
    with database.transaction() as tx:
        add_projects(tx)
        policies.add(tx, theirs)
        assert policies.find(tx, PROJECT) == []
        for refused in (
            lambda: policies.get(tx, PROJECT, theirs.id),
            lambda: policies.remove(tx, PROJECT, theirs.id),
            lambda: policies.replace(tx, replace(theirs, project_id=PROJECT)),
        ):
            with pytest.raises(PolicyNotFound):
                refused()


def test_policies_are_found_newest_first_by_kind_and_vault(database: Database) -> None:
    old, new = policy(), policy(kind=PolicyKind.REPLICATION, created_at=later(1))
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx)
        policies.add(tx, old)
        policies.add(tx, new)
        policies.apply(tx, vault.id, old.id)
        assert policies.find(tx, PROJECT) == [new, old]
        assert policies.find(tx, PROJECT, kind=PolicyKind.REPLICATION) == [new]
        assert policies.find(tx, PROJECT, vault_id=vault.id) == [old]


def test_a_vault_follows_one_policy_of_each_kind(database: Database) -> None:
    first, second, replication = policy(), policy(), policy(kind=PolicyKind.REPLICATION)
    with database.transaction() as tx:
        add_projects(tx)
        vault, other = add_vault(tx), add_vault(tx)
        for one in (first, second, replication):
            policies.add(tx, one)
        policies.apply(tx, other.id, first.id)
        for one in (first, replication, replication, second):
            policies.apply(tx, vault.id, one.id)
        assert policies.vaults_of(tx, first.id) == [other.id]
        assert policies.vaults_of(tx, second.id) == [vault.id]
        assert policies.vaults_of(tx, replication.id) == [vault.id]
        assert policies.unapply(tx, vault.id, second.id) is True
        assert policies.unapply(tx, vault.id, second.id) is False
        assert policies.vaults_of(tx, second.id) == []


def test_nothing_follows_a_policy_that_is_gone(database: Database) -> None:
    one = policy()
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx)
        policies.add(tx, one)
        policies.apply(tx, vault.id, one.id)
        policies.remove(tx, PROJECT, one.id)
        assert policies.vaults_of(tx, one.id) == []
        assert policies.find(tx, PROJECT) == []
