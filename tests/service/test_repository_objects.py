"""The files of a vault's repository: what is counted of them, and what happens when the vault goes."""

import hashlib
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from tests.service.world import World

from holdfast.db import vaults
from holdfast.model.errors import VaultBeingDeleted, VaultNotFound
from holdfast.model.project import Role
from holdfast.model.repository_errors import RepositoryFull, StoreAway
from holdfast.model.resource import GIB
from holdfast.model.vault import Vault
from holdfast.service import repository_objects
from holdfast.service import vaults as asked
from holdfast.store.objects import open_store

FILE = b"a file of a repository" * 1000
NAME = hashlib.sha256(FILE).hexdigest()


def used(world: World, vault: Vault) -> tuple[int, int]:
    with world.db.reading() as tx:
        found = vaults.get(tx, world.blue.id, vault.id)
    return found.used_bytes, found.size_gb


def put(world: World, vault: Vault, content: Iterator[bytes] | None = None) -> None:
    files = repository_objects.of_vault(world.context(Role.OPERATOR), vault.id)
    files.write("data", NAME, content or iter((FILE,)))


def test_what_is_put_counts_once_and_what_is_deleted_no_more(world: World) -> None:
    vault = world.vault()
    for _ in range(2):
        put(world, vault)
    assert used(world, vault) == (len(FILE), 100)
    repository_objects.of_vault(world.context(), vault.id).delete("data", NAME)
    assert used(world, vault) == (0, 100)


def test_what_was_never_counted_is_not_taken_off(world: World) -> None:
    vault = world.vault()
    open_store(world.config.store_url, "vaults", vault.id).put(f"data/{NAME[:2]}/{NAME}", FILE)
    repository_objects.of_vault(world.context(), vault.id).delete("data", NAME)
    assert used(world, vault) == (0, 100)


def test_a_full_vault_grows_if_it_may(world: World) -> None:
    full, growing = world.vault(size_gb=1), world.vault(size_gb=1, auto_expand=True)
    for vault in (full, growing):
        with world.db.transaction() as tx:
            vaults.set_used(tx, vault.id, GIB)
    with pytest.raises(RepositoryFull):
        put(world, full)
    put(world, growing)
    assert used(world, growing) == (GIB + len(FILE), 2)


def test_a_vault_that_goes_meanwhile_takes_the_file_along(world: World) -> None:
    vault = world.vault()

    def content() -> Iterator[bytes]:
        yield FILE[:100]
        asked.delete(world.context(), vault.id)
        yield FILE[100:]

    with pytest.raises((VaultBeingDeleted, VaultNotFound)):
        put(world, vault, content())
    assert list(open_store(world.config.store_url, "vaults", vault.id).names()) == []


def test_a_store_that_does_not_answer_is_said_to_be_away(world: World) -> None:
    vault = world.vault()
    world.config = replace(world.config, store="s3://nowhere?endpoint=http://127.0.0.1:9&patience=0.1")
    with pytest.raises(StoreAway):
        repository_objects.password(world.context(), vault.id)
    with pytest.raises(StoreAway):
        repository_objects.of_vault(world.context(), vault.id).size("config", "")
