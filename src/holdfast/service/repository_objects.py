"""The files of a vault's repository, for clients that back up over HTTP: stock restic, or another holdfast.

Whoever may ask for them holds the repository's password and can read every backup in the vault: a reader may
not. What is put counts into what the vault uses at once, so that a full vault takes no more.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from sqlalchemy import Connection

from holdfast.db import vaults
from holdfast.model import repository_object
from holdfast.model.errors import InvalidParameter, NotAllowed, Refusal
from holdfast.model.project import Role
from holdfast.model.repository_errors import FileDiffers, FileNotInRepository, RepositoryFull, StoreAway
from holdfast.model.repository_object import CONFIG, LOCKS, WHOLE, check_deletable, largest_bytes, path
from holdfast.model.vault import Vault
from holdfast.repo import repository
from holdfast.store.objects import (
    Draft,
    ObjectDiffers,
    ObjectMissing,
    Objects,
    StoreError,
    StoreFull,
    open_store,
)

from . import repositories
from .context import Context

log = logging.getLogger(__name__)

PIECE_BYTES = 4 << 20
MOST_CONFIG_BYTES = 1 << 16
_STORES_KEPT = 64


def password(context: Context, vault_id: str) -> str:
    """What opens the vault's repository, which is made if there is none.

    Raises NotAllowed for a reader, VaultNotFound, VaultBeingDeleted, RepositoryFull or StoreAway.
    """
    vault = _vault(context, vault_id)
    with context.db.reading() as tx:
        secret = vaults.secret(tx, vault.id)
    store = _store(context.config.store_url, vault.id)
    with _translated():
        if not repository.exists(store):
            repositories.make(store, secret)
    with context.db.transaction() as tx:
        context.record(tx)  # nothing changes, but whoever knows the password can read and change everything
    log.info("%s is told the password of vault %s", context.caller.user_name, vault.id)
    return secret


def of_vault(context: Context, vault_id: str) -> "RepositoryObjects":
    """The files of the vault's repository, whether or not there is one yet.

    Raises NotAllowed for a reader, VaultNotFound or VaultBeingDeleted.
    """
    vault = _vault(context, vault_id)
    return RepositoryObjects(context, vault, _store(context.config.store_url, vault.id))


@dataclass(frozen=True)
class RepositoryObjects:
    """A vault's files for one request.

    Every operation raises FileNotInRepository for a kind that there is none of, InvalidParameter for what is
    no name, and StoreAway.
    """

    context: Context
    vault: Vault
    store: Objects

    def check_open(self) -> None:
        """Raises NotAllowed or VaultNotUpdatable unless files may be put and deleted."""
        self.context.check_may_change()
        self.vault.check_open()

    def names(self, kind: str) -> Iterator[tuple[str, int]]:
        """Names and sizes of the files of a kind, in no order."""
        folder = repository_object.folder(kind)
        with _translated():
            for stored, size in self.store.names(folder):
                name = stored.rpartition("/")[2]
                if repository_object.is_id(name):
                    yield name, size

    def size(self, kind: str, name: str) -> int:
        """How many bytes a file has."""
        with _translated():
            return self.store.size(path(kind, name))

    def pieces(self, kind: str, name: str, part: range) -> Iterator[bytes]:
        """A part of a file, a few MiB at a time."""
        for start in range(part.start, part.stop, PIECE_BYTES):
            with _translated():
                yield self.store.get_part(path(kind, name), start, min(PIECE_BYTES, part.stop - start))

    def write(self, kind: str, name: str, content: Iterator[bytes]) -> None:
        """Put a file, once; nothing of it is there unless all of it came. The same again is fine.

        Raises NotAllowed, VaultNotUpdatable, RepositoryFull, FileDiffers, or InvalidParameter for content
        that its name does not belong to, or that is too much.
        """
        place = path(kind, name)
        self._check_takes(kind)
        with _translated():
            if kind == CONFIG:
                size = self._put_config(content)
            else:
                with closing(self.store.draft()) as draft:
                    bounded = _bounded(content, largest_bytes(kind))
                    size = self._put(place, _proven(draft, name, bounded), draft)
        if kind != LOCKS and size:
            self._count(kind, name, size)

    def delete(self, kind: str, name: str) -> None:
        """Delete a file; one that is not there is fine. Raises NotAllowed, VaultNotUpdatable or FileKept."""
        place = path(kind, name)
        self.check_open()
        check_deletable(kind, by_admin=self.context.caller.is_admin, locked=self.vault.locked)
        with _translated():
            size = self._stored_bytes(place)
            self.store.delete(place)
        if kind != LOCKS and size:
            with self._counting(kind) as tx:
                vaults.add_used(tx, self.vault.id, -size)

    def _check_takes(self, kind: str) -> None:
        """Raises what forbids putting; locks must go in also when nothing else does, or nobody could read."""
        self.check_open()
        if kind not in (LOCKS, CONFIG) and self.vault.is_full:
            raise RepositoryFull(self.vault.name)

    def _put(self, place: str, size: int, draft: Draft) -> int:
        """Give the draft its place; by how many bytes the repository is larger now."""
        before = self._stored_bytes(place)
        draft.put(place)
        return 0 if before else size

    def _put_config(self, content: Iterator[bytes]) -> int:
        config = b"".join(_bounded(content, MOST_CONFIG_BYTES))
        before = self._stored_bytes(CONFIG)
        self.store.put(CONFIG, config)
        return 0 if before else len(config)

    def _stored_bytes(self, place: str) -> int:
        try:
            return self.store.size(place)
        except ObjectMissing:
            return 0

    def _count(self, kind: str, name: str, size: int) -> None:
        """Add to what the vault uses. A vault that is being deleted meanwhile takes the file along."""
        try:
            with self._counting(kind) as tx:
                self._grow(tx, size)
        except Refusal:
            with _translated():
                self.store.delete(path(kind, name))
            raise

    def _counting(self, kind: str) -> AbstractContextManager[Connection]:
        """The transaction in which a file counts; a backup is a flood of those that leave no entry."""
        return self.context.changing() if kind in WHOLE else self.context.bookkeeping()

    def _grow(self, tx: Connection, size: int) -> None:
        vault = vaults.get(tx, self.vault.project_id, self.vault.id)
        vault.check_stays()
        used_bytes = vaults.add_used(tx, vault.id, size)
        vaults.grow(tx, vault.id, vault.size_for(used_bytes))


@lru_cache(_STORES_KEPT)
def _store(url: str, vault_id: str) -> Objects:
    """Where a vault's repository lies. Kept: a bucket's connections are worth more than one request."""
    with _translated():
        return open_store(url, repositories.FOLDER, vault_id)


def _vault(context: Context, vault_id: str) -> Vault:
    if context.caller.role is Role.READER:
        raise NotAllowed("a reader opens no repository")
    with context.db.reading() as tx:
        vault = vaults.get(tx, context.project_id, vault_id)
    vault.check_stays()
    return vault


def _proven(draft: Draft, name: str, content: Iterator[bytes]) -> int:
    """Have the content written into the draft; its size, if it is what the name says."""
    size = 0
    digest = sha256()
    for piece in content:
        digest.update(piece)
        draft.write(piece)
        size += len(piece)
    if not size or digest.hexdigest() != name:
        raise InvalidParameter("body", "is not what its name says: that is the SHA-256 of the file")
    return size


def _bounded(content: Iterator[bytes], most: int) -> Iterator[bytes]:
    left = most
    for piece in content:
        left -= len(piece)
        if left < 0:
            raise InvalidParameter("body", f"is larger than {most >> 10} KiB")
        yield piece


@contextmanager
def _translated() -> Iterator[None]:
    """What a store raises, as what is refused."""
    try:
        yield
    except ObjectMissing as error:
        raise FileNotInRepository(str(error)) from error
    except ObjectDiffers as error:
        raise FileDiffers(str(error)) from error
    except StoreFull as error:
        log.warning("%s", error)
        raise RepositoryFull(str(error)) from error
    except StoreError as error:
        log.warning("%s", error)
        raise StoreAway(str(error)) from error
