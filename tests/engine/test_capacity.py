"""Whether a vault has room, and whether it makes some."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from tests.engine.house import House, succeeded

from holdfast.db import vaults as stored
from holdfast.db.database import retrying
from holdfast.engine.capacity import Capacity
from holdfast.model.errors import VaultFull
from holdfast.model.resource import GIB
from holdfast.model.task import Figures, Status
from holdfast.model.vault import MOST_SIZE_GB, Vault, VaultChange
from holdfast.repo.repository import init
from holdfast.service import vaults
from holdfast.store.objects import open_store

# What is done to repositories does not depend on the database: how tasks are taken and ended is on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def vault_with(house: House, used_bytes: int, **more: Any) -> Vault:
    """A vault of 1 GB that holds so much."""
    vault = house.vault(size_gb=more.pop("size_gb", 1), **more)
    with house.db.transaction() as tx:
        stored.set_used(tx, vault.id, used_bytes)
    return house.show_vault(vault)


def capacity_of(house: House, vault: Vault) -> Capacity:
    return Capacity(vault, lambda do: retrying(house.db, do, 1))


def test_a_vault_is_full_when_its_size_is_used(house: House) -> None:
    capacity = capacity_of(house, vault_with(house, 0))
    capacity.check(GIB - 1)
    with pytest.raises(VaultFull):
        capacity.check(GIB)


def test_a_vault_that_somebody_made_larger_meanwhile_is_not_full(house: House) -> None:
    vault = vault_with(house, 0)
    capacity = capacity_of(house, vault)
    vaults.update(house.context(), vault.id, VaultChange(size_gb=2))
    capacity.check(GIB)
    with pytest.raises(VaultFull):
        capacity.check(2 * GIB)


def test_a_repository_is_measured_when_what_was_read_might_not_fit(house: House, tmp_path: Path) -> None:
    repository = init(open_store((tmp_path / "r").as_uri()), "secret", cost=10)
    capacity = capacity_of(house, vault_with(house, GIB - 1))
    capacity.check_while_writing(repository, Figures(bytes_done=1))  # it is small, whatever the row says


def test_a_repository_that_outgrew_its_vault_stops_the_backup(house: House, tmp_path: Path) -> None:
    repository = init(open_store((tmp_path / "r").as_uri()), "secret", cost=10)
    (tmp_path / "r" / "data").mkdir(exist_ok=True)
    with (tmp_path / "r" / "data" / "much").open("wb") as much:
        much.truncate(GIB)
    capacity = capacity_of(house, vault_with(house, 0))
    capacity.check_while_writing(repository, Figures(bytes_done=GIB - 1))  # not worth a look
    with pytest.raises(VaultFull):
        capacity.check_while_writing(repository, Figures(bytes_done=GIB))


# ── vaults that grow ──


def test_a_vault_that_grows_has_its_new_size_while_it_is_written(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    repository = init(open_store((tmp_path / "r").as_uri()), "secret", cost=10)
    (tmp_path / "r" / "data").mkdir(exist_ok=True)
    with (tmp_path / "r" / "data" / "much").open("wb") as much:
        much.truncate(20 * GIB)
    vault = vault_with(house, 0, auto_expand=True)
    with caplog.at_level(logging.INFO, "holdfast.engine.capacity"):
        capacity_of(house, vault).check_while_writing(repository, Figures(bytes_done=20 * GIB))
    assert house.show_vault(vault).size_gb == 22
    assert f"vault {vault.id} was full and grows from 1 to 22 GB" in caplog.text


def test_several_that_write_into_one_vault_make_it_grow_once(house: House) -> None:
    vault = vault_with(house, 0, auto_expand=True)
    several = [capacity_of(house, vault) for _ in range(3)]
    for capacity in several:
        capacity.check(GIB)
    assert house.show_vault(vault).size_gb == 2


def test_the_largest_vault_there_is_does_not_grow(house: House) -> None:
    vault = vault_with(house, 0, size_gb=MOST_SIZE_GB, auto_expand=True)
    with pytest.raises(VaultFull):
        capacity_of(house, vault).check(MOST_SIZE_GB * GIB)


def test_a_vault_holds_more_than_its_size_on_demand(house: House) -> None:
    on_demand = vault_with(house, 0, demand_billing=True)
    capacity_of(house, on_demand).check(5 * GIB)
    assert house.show_vault(on_demand).size_gb == 1


def test_a_full_vault_that_grows_is_backed_up(house: House) -> None:
    vault = house.vault(house.directory("home", {"a": b"1"}), size_gb=1, auto_expand=True)
    with house.db.transaction() as tx:
        stored.set_used(tx, vault.id, GIB)
    with house.working():
        succeeded(house.back_up(vault))
    shown = house.show_vault(vault)
    assert shown.size_gb == 2
    assert shown.used_bytes < GIB  # measured anew


def test_a_vault_that_fills_before_its_backup_begins_refuses_it_then(house: House) -> None:
    vault = house.vault(house.directory("home", {"a": b"1"}), size_gb=1)
    task_id = house.start_backup(vault)
    with house.db.transaction() as tx:
        stored.set_used(tx, vault.id, GIB)
    with house.working():
        task = house.ended(task_id)
    assert (task.status, task.error.code) == (Status.FAILED, "BackupService.6114")


# ── notices ──


def test_the_backup_that_takes_a_vault_beyond_its_threshold_is_told_of(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    said = "is used beyond 1 per cent"
    resource = house.directory("home", {"a": os.urandom(11 << 20)})
    vault = house.vault(resource, size_gb=1, threshold=1)
    with house.working():
        succeeded(house.back_up(vault))
        assert said in caplog.text
        caplog.clear()
        succeeded(house.back_up(vault))  # known by now
        assert said not in caplog.text


def test_nothing_is_told_of_a_vault_whose_notices_are_off(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    resource = house.directory("home", {"a": os.urandom(11 << 20)})
    vault = house.vault(resource, size_gb=1, threshold=1, smn_notify=False)
    with house.working():
        succeeded(house.back_up(vault))
    assert "is used beyond" not in caplog.text
