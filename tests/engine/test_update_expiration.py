"""Another day of expiry for a vault's backups, through a worker on both databases."""

from datetime import UTC, date, datetime, timedelta, timezone

from tests.engine.house import House, succeeded

from holdfast.db import backups
from holdfast.model import clock
from holdfast.model.resource import ObjectType
from holdfast.model.task import UpdateExpirationDetail
from holdfast.model.vault import VaultChange
from holdfast.service import vaults

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
