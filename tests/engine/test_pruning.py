"""Vaults are pruned by themselves: what no backup needs is freed, and everything else is there."""

import os
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa
from tests.engine.house import MIB, House, succeeded

from holdfast.db import litters
from holdfast.db.tables import vault as table
from holdfast.engine.halt import Halt
from holdfast.engine.pruning import PAUSE_SECONDS, Pruner
from holdfast.engine.repositories import Repositories
from holdfast.engine.tools import Tools
from holdfast.model import clock
from holdfast.model.task import Page
from holdfast.model.vault import Vault, VaultChange
from holdfast.model.window import Window
from holdfast.repo import snapshot
from holdfast.service import backups, vaults
from holdfast.service.backups import BackupFilter

# What is done to repositories does not depend on the database: how tasks are taken and ended is on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAY = timedelta(days=1)


def pruner(
    house: House, grace: timedelta = timedelta(0), halt: Halt | None = None, hours: float = 24
) -> Pruner:
    config = msgspec.structs.replace(house.config, prune_hours=hours)
    repositories = Repositories(house.db, config.store_url, config.cache_path)
    return Pruner(Tools(house.db, config, repositories, "w9"), halt or Halt(), grace)


def littered(house: House, name: str = "home") -> Vault:
    """A vault with one backup, and what is left of another one, since yesterday."""
    letters = house.directory(name, {"large": os.urandom(2 * MIB), "small": b"dear all"})
    vault = house.vault(letters, name=name)
    with house.working():
        first = succeeded(house.back_up(vault))
        (house.folder / name / "large").write_bytes(os.urandom(MIB))
        succeeded(house.back_up(vault))
        succeeded(house.delete(first.backup_id or ""))
    pass_by(house, vault, DAY)
    return vault


def pass_by(house: House, vault: Vault, time: timedelta) -> None:
    """So much time passes for a vault."""
    row = state(house, vault)
    past = {name: None if at is None else at - time for name, at in row.items()}
    with house.db.transaction() as tx:
        tx.execute(sa.update(table).where(table.c.id == vault.id).values(past))


def state(house: House, vault: Vault) -> dict[str, datetime | None]:
    columns = (table.c.litter_at, table.c.pruned_at)
    with house.db.reading() as tx:
        found = tx.execute(sa.select(*columns).where(table.c.id == vault.id)).one()
    return dict(found._mapping)


def is_done(house: House, vault: Vault) -> bool:
    return state(house, vault)["litter_at"] is None


def test_what_no_backup_needs_is_freed_and_the_rest_is_sound(house: House) -> None:
    vault = littered(house)
    before = house.show_vault(vault).used_bytes
    assert pruner(house).look() == PAUSE_SECONDS
    assert is_done(house, vault)
    after = house.show_vault(vault).used_bytes
    assert before - after > 2 * MIB - 4096
    house.repository(vault).check()
    with house.working():
        succeeded(house.back_up(vault))


def test_what_is_marked_is_removed_by_the_next_one_a_day_later(house: House) -> None:
    vault = littered(house)
    patient = pruner(house, grace=timedelta(microseconds=1))
    patient.look()
    marked = house.show_vault(vault).used_bytes
    assert not is_done(house, vault)
    patient.look()  # not so soon again
    assert house.show_vault(vault).used_bytes == marked
    pass_by(house, vault, DAY)
    patient.look()
    assert is_done(house, vault)
    assert marked - house.show_vault(vault).used_bytes > MIB
    pass_by(house, vault, DAY)
    pruned_at = state(house, vault)["pruned_at"]
    patient.look()  # there is nothing more
    assert state(house, vault)["pruned_at"] == pruned_at


def test_it_is_left_where_nobody_wants_it_or_not_now(house: House) -> None:
    vault = littered(house)
    pruner(house, hours=0).look()
    all_day = Window(begin=0, end=0)
    vaults.update(house.context(), vault.id, VaultChange(windows=(all_day,)))
    pruner(house).look()
    assert state(house, vault)["pruned_at"] is None
    vaults.update(house.context(), vault.id, VaultChange(windows=()))
    waiting = house.start_backup(vault)
    pruner(house).look()
    assert state(house, vault)["pruned_at"] is None
    with house.working():
        succeeded(house.ended(waiting))
    pruner(house).look()
    assert is_done(house, vault)


def test_a_worker_that_stops_puts_it_down_and_it_is_done_another_time(house: House) -> None:
    vault = littered(house)
    halt = Halt()

    class _Stopping(Tools):
        def ask(self, do):  # type: ignore[no-untyped-def] # as in Tools
            halt.close()
            return super().ask(do)

    config = msgspec.structs.replace(house.config, prune_hours=24.0)
    repositories = Repositories(house.db, config.store_url, config.cache_path)
    assert Pruner(_Stopping(house.db, config, repositories, "w9"), halt, timedelta(0)).look() == PAUSE_SECONDS
    assert not is_done(house, vault)
    assert list((house.folder / "store" / "vaults" / vault.id / "locks").iterdir()) == []
    house.repository(vault).check()
    pass_by(house, vault, DAY)
    pruner(house).look()
    assert is_done(house, vault)


def test_a_damaged_vault_does_not_keep_others_from_it(house: House) -> None:
    broken, sound = littered(house, "a"), littered(house, "b")
    for index in (house.folder / "store" / "vaults" / broken.id / "index").iterdir():
        index.write_bytes(b"no index")
    pruner(house).look()
    assert not is_done(house, broken)
    assert is_done(house, sound)
    at = state(house, broken)["pruned_at"]
    assert at is not None
    pruner(house).look()  # tomorrow again, not now
    assert state(house, broken)["pruned_at"] == at


def test_of_several_workers_one_prunes_a_vault(house: House) -> None:
    vault = littered(house)
    with house.db.reading() as tx:
        (seen,) = litters.find(tx, clock.now() - DAY, 9)
    begun = []
    for _ in range(2):
        with house.db.transaction() as tx:
            begun.append(litters.claim(tx, seen, clock.now()))
    assert begun == [True, False]
    pruner(house).look()
    assert not is_done(house, vault)
    with house.working():
        (backup,), _ = backups.find(house.context(), BackupFilter(project_id=house.project.id), Page())
        succeeded(house.delete(backup.id))
    with house.db.transaction() as tx:
        litters.clear(tx, seen)  # more was left since it was seen
    assert not is_done(house, vault)


def test_what_a_sleeper_wrote_when_another_had_done_its_work_is_forgotten(house: House) -> None:
    vault = house.vault(house.directory("home", {"small": b"dear all"}))
    with house.working():
        backup = house.backup(succeeded(house.back_up(vault)))
    config = house.config
    repository = Repositories(house.db, config.store_url, config.cache_path).open(vault.id)
    (own,) = snapshot.find(repository)
    again = replace(own, time=own.time + timedelta(seconds=1))
    late, _ = snapshot.add(repository, again)
    by_hand, _ = snapshot.add(repository, replace(again, tags=("mine",)))
    with house.db.transaction() as tx:
        litters.leave(tx, vault.id)
    pass_by(house, vault, DAY)
    pruner(house).look()
    assert {one["id"] for one in house.repository(vault).snapshots()} == {backup.snapshot_id, by_hand}
    assert late not in (backup.snapshot_id, by_hand)
    house.repository(vault).check()
