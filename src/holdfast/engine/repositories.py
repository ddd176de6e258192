"""The vaults' repositories, each opened once and kept: deriving a key from a password takes a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from holdfast.db import vaults
from holdfast.db.database import Database, retrying
from holdfast.repo import repository
from holdfast.repo.repository import Repository
from holdfast.service import repositories
from holdfast.service.repositories import FOLDER
from holdfast.store.objects import Objects, open_store

KEPT = 64


class Repositories:
    """Vaults' repositories below one store, by the vault's id."""

    def __init__(self, db: Database, store_url: str, cache: Path | None = None) -> None:
        """`cache` is a folder of this machine for disposable things, with a folder for each repository."""
        self._db = db
        self._store_url = store_url
        self._cache = cache
        self._known: OrderedDict[str, Repository] = OrderedDict()
        self._lock = threading.Lock()

    def store(self, vault_id: str) -> Objects:
        """Where the vault's repository lies, or will lie."""
        return open_store(self._store_url, FOLDER, vault_id)

    def open(self, vault_id: str) -> Repository:
        """The vault's repository; raises VaultNotFound, NotARepository, or what opening it refuses."""
        return self._found(vault_id, repository.open_repository)

    def make(self, vault_id: str) -> Repository:
        """The vault's repository, made if there is none; of several that do so at once, one makes it."""
        return self._found(vault_id, repositories.make)

    def forget(self, vault_id: str) -> None:
        """The vault's repository is no more, and what this machine kept of it need not be kept."""
        with self._lock:
            gone = self._known.pop(vault_id, None)
        if gone is not None and gone.cache is not None:
            gone.cache.remove()

    def _found(self, vault_id: str, find: Callable[[Objects, str, Path | None], Repository]) -> Repository:
        with self._lock:
            if vault_id in self._known:
                self._known.move_to_end(vault_id)
                return self._known[vault_id]
        secret = retrying(self._db, lambda tx: vaults.secret(tx, vault_id))
        found = find(self.store(vault_id), secret, self._cache)
        with self._lock:
            self._known[vault_id] = found
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found
