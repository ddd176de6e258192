"""Backups with real content in a real repository, for calls that look into them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tests.api.asking import House
from tests.repo.trees import METADATA, origin, tree_of

from holdfast.db import vaults
from holdfast.model.backup import Backup
from holdfast.model.entry import Entry, Kind
from holdfast.model.vault import Vault
from holdfast.repo import save
from holdfast.repo.repository import Repository
from holdfast.service import repositories
from holdfast.store.objects import open_store

ROOT = b"srv/letters"


@dataclass
class Holding:
    """A vault with a folder, whose backups hold what a test says; `root` is the folder's path."""

    house: House
    vault: Vault
    repository: Repository

    @classmethod
    def of(cls, house: House) -> "Holding":
        """A vault with a folder in it."""
        vault = house.world.vault(house.world.directory())
        with house.world.db.reading() as tx:
            secret = vaults.secret(tx, vault.id)
        store = open_store(house.world.config.store_url, repositories.FOLDER, vault.id)
        return cls(house, vault, repositories.make(store, secret))

    def back_up(self, files: dict[bytes, bytes], more: Iterable[Entry] = (), **known: Any) -> Backup:
        """A backup of these files in the folder; `more` are entries right in it, sorted behind them."""
        inside = {b"%s/%s" % (ROOT, name): content for name, content in files.items()}
        saved = save.save(self.repository, iter([*tree_of(inside), *more]), origin())
        told = {"snapshot_id": saved.snapshot_id, "root": ROOT.decode()} | known
        return self.house.world.back_up(self.vault, **told)[0]


def link(name: bytes, target: bytes) -> Entry:
    """A symbolic link in the folder."""
    return Entry(ROOT + b"/" + name, Kind.SYMLINK, replace(METADATA, link_target=target))


def fifo(name: bytes) -> Entry:
    """A pipe in the folder."""
    return Entry(ROOT + b"/" + name, Kind.FIFO, METADATA)
