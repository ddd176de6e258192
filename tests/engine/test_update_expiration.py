"""Another day of expiry for a vault's backups, through a worker on both databases."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from tests.engine.house import House, succeeded

from holdfast.db import backups, dispatch
from holdfast.engine.halt import Halt, Interrupted
from holdfast.engine.perform import Performer
from holdfast.engine.repositories import Repositories
from holdfast.engine.tools import Tools
from holdfast.model import clock
from holdfast.model.resource import ObjectType
from holdfast.model.task import Status, UpdateExpirationDetail
from holdfast.model.vault import VaultChange
from holdfast.service import vaults

# What is done to repositories does not depend on the database: how tasks are taken and ended is on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAY = date(2099, 12, 31)
BEIJING = timezone(timedelta(hours=8))
ENDS = datetime(2099, 12, 31, 15, 59, 59, tzinfo=UTC)


def test_all_backups_of_the_vault_expire_at_the_end_of_the_day(house: House) -> None:
    web = house.register("server", "web", "image_server", {"disks": [str(house.image("boot"))]})
    vault = house.vault(web, kind=ObjectType.SERVER)
    other = house.vault(house.directory("home", {"a": b"1"}))
    with house.working():
        taken = [succeeded(house.back_up(vault)), succeeded(house.back_up(vault, retention_days=3))]
        elsewhere = succeeded(house.back_up(other))
        task, count = vaults.update_expiration(house.context(), vault.id, DAY, BEIJING)
        ended = succeeded(house.ended(task.id))
    assert count == 2
    assert ended.detail == UpdateExpirationDetail(affected_count=2, day="2099-12-31", expires_at=ENDS)
    for backup in map(house.backup, taken):
        assert [one.expired_at for one in (backup, *backup.children)] == [ENDS, ENDS]
    assert house.backup(elsewhere).expired_at is None


def test_in_a_vault_that_was_locked_meanwhile_nothing_expires_sooner(house: House) -> None:
    vault = house.vault(house.directory("home", {"a": b"1"}))
    with house.working():
        kept, soon = (
            house.backup(succeeded(house.back_up(vault))),
            succeeded(house.back_up(vault, retention_days=3)),
        )
    task, _ = vaults.update_expiration(house.context(), vault.id, DAY, BEIJING)
    vaults.update(house.context(), vault.id, VaultChange(locked=True))
    with house.working():
        succeeded(house.ended(task.id))
    assert house.backup_of(kept.id).expired_at is None
    assert house.backup(soon).expired_at == ENDS


def test_a_vault_without_backups_has_none_to_change(house: House) -> None:
    vault = house.vault()
    task, count = vaults.update_expiration(house.context(), vault.id, DAY, UTC)
    with house.working():
        ended = succeeded(house.ended(task.id))
    assert count == 0
    assert isinstance(ended.detail, UpdateExpirationDetail)
    assert ended.detail.affected_count == 0
    with house.db.reading() as tx:
        assert backups.of_vault(tx, vault.id) == []
    assert clock.now() < ENDS


def test_a_day_that_a_worker_did_not_live_to_write_is_written_by_the_next(house: House) -> None:
    vault = house.vault(house.directory("home", {"a": b"1"}))
    with house.working():
        taken = succeeded(house.back_up(vault))
    task, _ = vaults.update_expiration(house.context(), vault.id, DAY, BEIJING)
    tools = Tools(house.db, house.config, Repositories(house.db, house.config.store_url), "w9")
    kept: list[str] = []

    def hand_over() -> None:
        with house.db.transaction() as tx:
            dispatch.dispatch(tx, tools.worker_id, house.config.sites, 1)

    def dying(_name: str, do: Callable[[], str]) -> str:
        kept.append(do())
        raise Interrupted

    def told(_name: str, _do: Callable[[], str]) -> str:
        return kept[0]

    hand_over()
    with pytest.raises(Interrupted):
        Performer(tools, Halt(), dying, lambda: None).perform(task.id)
    assert house.task(task.id).status is Status.RUNNING
    assert house.backup(taken).expired_at is None
    hand_over()
    for _ in range(2):  # whoever comes after the end changes nothing
        Performer(tools, Halt(), told, lambda: None).perform(task.id)
    ended = succeeded(house.task(task.id))
    assert house.backup(taken).expired_at == ENDS
    assert ended.detail == UpdateExpirationDetail(affected_count=1, day="2099-12-31", expires_at=ENDS)
