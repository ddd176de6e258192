"""Whether a vault has room."""

from pathlib import Path

import pytest

from holdfast.engine.capacity import Capacity
from holdfast.model import clock
from holdfast.model.errors import VaultFull
from holdfast.model.resource import GIB, ObjectType
from holdfast.model.task import Figures
from holdfast.model.vault import Vault
from holdfast.repo.repository import init
from holdfast.store.objects import open_store


def vault_with(used_bytes: int) -> Vault:
    return Vault(
        id="v",
        project_id="p",
        user_id="u",
        name="v1",
        object_type=ObjectType.TURBO,
        size_gb=1,
        used_bytes=used_bytes,
        created_at=clock.now(),
    )


def test_a_vault_is_full_when_its_size_is_used() -> None:
    capacity = Capacity(vault_with(0))
    capacity.check(GIB - 1)
    with pytest.raises(VaultFull):
        capacity.check(GIB)


def test_a_repository_is_measured_when_what_was_read_might_not_fit(tmp_path: Path) -> None:
    repository = init(open_store(tmp_path.as_uri()), "secret", cost=10)
    capacity = Capacity(vault_with(GIB - 1))
    capacity.check_while_writing(repository, Figures(bytes_done=1))  # it is small, whatever the row says


def test_a_repository_that_outgrew_its_vault_stops_the_backup(tmp_path: Path) -> None:
    repository = init(open_store(tmp_path.as_uri()), "secret", cost=10)
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "much").open("wb") as much:
        much.truncate(GIB)
    capacity = Capacity(vault_with(0))
    capacity.check_while_writing(repository, Figures(bytes_done=GIB - 1))  # not worth a look
    with pytest.raises(VaultFull):
        capacity.check_while_writing(repository, Figures(bytes_done=GIB))
