"""What stock restic must be told to open a vault."""

import pytest
from tests.service.world import World

from holdfast.config import Config, ConfigError
from holdfast.model.errors import InvalidParameter, VaultNotFound
from holdfast.service import repositories, vaults


@pytest.mark.parametrize(
    ("store", "address"),
    [
        ("file:///srv/store", "/srv/store/vaults/v1"),
        ("file:///srv/a%20store/", "/srv/a store/vaults/v1"),
        ("s3://bucket", "s3:https://s3.amazonaws.com/bucket/vaults/v1"),
        ("s3://bucket/some/prefix", "s3:https://s3.amazonaws.com/bucket/some/prefix/vaults/v1"),
        ("az://container/prefix", "azure:container:/prefix/vaults/v1"),
        ("gs://bucket", "gs:bucket:/vaults/v1"),
    ],
)
def test_a_vaults_address_is_spelt_as_restic_spells_it(
    store: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT", raising=False)
    assert repositories.address(store, "v1") == address


def test_another_endpoint_of_s3_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9000/")
    assert repositories.address("s3://bucket", "v1") == "s3:http://127.0.0.1:9000/bucket/vaults/v1"


def test_the_endpoint_in_the_address_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9000/")
    store = "s3://bucket/prefix?endpoint=http%3A%2F%2F127.0.0.1%3A9999"
    assert repositories.address(store, "v1") == "s3:http://127.0.0.1:9999/bucket/prefix/vaults/v1"


def test_no_other_process_reaches_a_store_in_memory() -> None:
    with pytest.raises(ConfigError, match="memory"):
        repositories.address("memory://x", "v1")


def test_a_vault_of_any_project_is_named_by_its_name_or_its_id(world: World) -> None:
    files, disks = world.vault(name="files"), world.vault(name="disks")
    config = Config(store="file:///srv/store")
    told = vaults.repository_env(world.db, config, "files")
    assert told == vaults.repository_env(world.db, config, files.id)
    assert told["RESTIC_REPOSITORY"] == f"/srv/store/vaults/{files.id}"
    others = vaults.repository_env(world.db, config, disks.id)
    assert len(told["RESTIC_PASSWORD"]) >= 40
    assert told["RESTIC_PASSWORD"] != others["RESTIC_PASSWORD"]


def test_a_vault_is_named_by_the_beginning_of_its_id_as_a_terminal_shows_it(world: World) -> None:
    files = world.vault(name="files")
    told = vaults.repository_env(world.db, world.config, files.id[:8].upper())
    assert told == vaults.repository_env(world.db, world.config, files.id)


def test_a_name_that_no_vault_has_or_that_two_have_is_refused(world: World) -> None:
    first = world.vault(name="files")
    for nobodys in ("fil", ""):
        with pytest.raises(VaultNotFound):
            vaults.repository_env(world.db, world.config, nobodys)
    world.vault(name="files")
    with pytest.raises(InvalidParameter, match=f"'files' fits 2.*{first.id}"):
        vaults.repository_env(world.db, world.config, "files")
