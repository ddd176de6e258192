"""The vaults' repositories for looking into backups: each is opened once and kept, as that takes a while."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import msgspec

from holdfast.db import vaults
from holdfast.model.repository_errors import StoreAway
from holdfast.repo import repository
from holdfast.repo.errors import RepositoryError
from holdfast.repo.lock import locked
from holdfast.repo.repository import Repository
from holdfast.store.objects import StoreError, StoreFull, open_store

from .context import Context
from .repositories import FOLDER

log = logging.getLogger(__name__)

KEPT = 64
PATIENCE = timedelta(seconds=10)  # a prune needs a repository alone for a moment


@contextmanager
def reading(context: Context, vault_id: str) -> Iterator[Repository]:
    """The vault's repository, locked for reading while the block runs.

    Whoever asks has made sure that the caller may see what is in the vault. What the block raises of the
    repository or its store is told as StoreAway. Raises VaultNotFound and StoreAway.
    """
    try:
        found = _opened(context, vault_id)
        with _locked_where_possible(found):
            yield found
    except (StoreError, RepositoryError) as error:
        raise StoreAway(str(error)) from error


class _Kept(msgspec.Struct, frozen=True):
    """An opened repository, and what it was opened with."""

    repository: Repository
    config: bytes
    secret: str


def _opened(context: Context, vault_id: str) -> Repository:
    """The repository that is there now: one that was made anew has the same address, and another config."""
    name = (context.config.store_url, vault_id)
    with _LOCK:
        known = _KNOWN.pop(name, None)
    with context.db.reading() as tx:
        secret = vaults.secret(tx, vault_id)
    store = known.repository.store if known else open_store(context.config.store_url, FOLDER, vault_id)
    config = store.get(repository.CONFIG)
    if known is None or (known.config, known.secret) != (config, secret):
        opened = repository.open_repository(store, secret, context.config.cache_path)
        known = _Kept(opened, config, secret)
    with _LOCK:
        _KNOWN[name] = known
        while len(_KNOWN) > KEPT:
            _KNOWN.popitem(last=False)
    return known.repository


@contextmanager
def _locked_where_possible(found: Repository) -> Iterator[None]:
    """A lock is a file in the store, and a full store can still be looked into."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(found, wait=PATIENCE))
        except StoreFull as fault:
            log.warning("reading without a lock: %s", fault)
        yield


_KNOWN: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
_LOCK = threading.Lock()
