"""A repository in restic's format, version 1 or 2, opened with a password over a store."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from holdfast.store.objects import ObjectDiffers, ObjectMissing, Objects

from . import compression, key_file, polynomial
from .cache import Cache, Recent, open_cache
from .crypto import Key
from .errors import AlreadyARepository, Damaged, NotARepository, UnsupportedVersion
from .ids import file_id, is_file_id
from .index import Index
from .table import Table
from .table_file import Kept

CONFIG = "config"
_COMPRESSED = b"\x02"
_PLAIN_JSON = (b"{", b"[")
_FETCHERS = 4
_TRIES = 2
_FEW_FILES = 16  # index files are read again and again until there are more, or until
_SLIGHTLY_MORE = 1.03  # times as many blobs are known: writing the cache anew costs more than reading a few
_RECENT = Recent()


class _Config(msgspec.Struct):
    version: int
    id: str
    chunker_polynomial: str


@dataclass(frozen=True, slots=True)
class Repository:
    """An opened repository. `version` 1 knows no compression; `id` is 64 hexadecimal digits."""

    store: Objects
    key: Key = field(repr=False)
    version: int
    id: str
    key_id: str = ""  # of the key file that it was opened with
    cache: Cache | None = field(default=None, repr=False, compare=False)

    @property
    def compressing(self) -> bool:
        """Whether the format allows compression."""
        return self.version > 1


def exists(store: Objects) -> bool:
    """Whether a repository is there, whoever can open it."""
    try:
        store.size(CONFIG)
    except ObjectMissing:
        return False
    return True


def init(store: Objects, password: str, *, cost: int = 15, cache: Path | None = None) -> Repository:
    """Make a repository of version 2; `cost` is the binary logarithm of scrypt's N, `cache` as for opening.

    The config comes last: before it there is no repository, and of two that make one at the same moment
    only the first succeeds. Raises AlreadyARepository.
    """
    if exists(store):
        raise AlreadyARepository("there is a repository under this address already")
    key = Key.random()
    key_id = key_file.add(store, key, password, cost)
    config = _Config(2, os.urandom(32).hex(), f"{polynomial.random():x}")
    try:
        store.put(CONFIG, key.seal(msgspec.json.encode(config)))
    except ObjectDiffers as error:
        store.delete(f"keys/{key_id}")
        raise AlreadyARepository("somebody else has just made a repository under this address") from error
    return open_repository(store, password, cache)


def open_repository(store: Objects, password: str, cache: Path | None = None) -> Repository:
    """Open a repository; raises NotARepository, WrongPassword, UnsupportedVersion or Damaged.

    `cache` is a folder on this machine where disposable things may be kept, in a folder for each repository.
    An `init` that was killed leaves a key that opens with the password and fits no config; stock restic
    would stumble over it, so it is removed.
    """
    try:
        sealed = store.get(CONFIG)
    except ObjectMissing as error:
        raise NotARepository("there is no repository under this address") from error
    found = None
    strays = []
    for key_id, key in key_file.opened_by(store, password):
        try:
            found = (key_id, key, key.open(sealed))
        except Damaged:
            strays.append(key_id)
    if found is None:
        raise Damaged("the config does not open with the repository's key")
    for key_id in strays:
        store.delete(f"keys/{key_id}")
    opened = _opened(store, *found)
    return replace(opened, cache=open_cache(cache, opened.id, opened.key))


def _opened(store: Objects, key_id: str, key: Key, plain: bytes) -> Repository:
    try:
        config = msgspec.json.decode(plain, type=_Config)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"the config: {error}") from error
    if config.version not in (1, 2):
        raise UnsupportedVersion(f"format version {config.version} is not known here")
    return Repository(store, key, config.version, config.id, key_id)


def put_file(repository: Repository, folder: str, content: bytes) -> tuple[str, int]:
    """Write an index, snapshot or lock; its id, and how many bytes it takes."""
    if repository.compressing:
        content = _COMPRESSED + compression.compress(content)
    sealed = repository.key.seal(content)
    name = file_id(sealed)
    repository.store.put(f"{folder}/{name}", sealed)
    return name, len(sealed)


def get_file(repository: Repository, folder: str, name: str) -> bytes:
    """Read an index, snapshot or lock; raises Damaged or ObjectMissing."""
    sealed = repository.store.get(f"{folder}/{name}")
    if file_id(sealed) != name:
        raise Damaged(f"{folder}/{name}: the content is not what its id says")
    try:
        content = repository.key.open(sealed)
        if content[:1] in _PLAIN_JSON or not content:
            return content
        if content[:1] == _COMPRESSED:
            return compression.decompress_all(content[1:])
    except Damaged as error:
        raise Damaged(f"{folder}/{name}: {error}") from error
    raise Damaged(f"{folder}/{name}: neither JSON nor compressed")


def file_names(repository: Repository, folder: str) -> list[str]:
    """The ids of all index files, snapshots or locks, sorted."""
    names = (name.rpartition("/")[2] for name, _ in repository.store.names(folder))
    return sorted(filter(is_file_id, names))  # restic's temporary files lie there too


def load_index(repository: Repository) -> Index:
    """The index of all index files; reads those that are new since the cache was written.

    Raises Damaged.
    """
    for _ in range(_TRIES):
        with suppress(ObjectMissing):  # a prune has replaced an index file since the names were read
            return _load_index(repository)
    return _load_index(repository)


def _load_index(repository: Repository) -> Index:
    names = frozenset(file_names(repository, "index"))
    kept = _RECENT.find(repository.id, repository.key, names)
    if kept is None and repository.cache:
        kept = repository.cache.table(names)
    kept = kept or Kept(frozenset(), Table())
    known = Index(kept.table)
    fresh = sorted(names - kept.names)
    for content in _index_files(repository, fresh):
        known.learn(content)
    if len(fresh) > _FEW_FILES or known.numbers() > len(kept.table) * _SLIGHTLY_MORE:
        kept = Kept(names, known.merged())
        known = Index(kept.table)
        if repository.cache:
            repository.cache.put_table(kept)
    _RECENT.keep(repository.id, repository.key, kept)
    return known


def _index_files(repository: Repository, names: list[str]) -> Iterator[bytes]:
    """What some index files hold, a few being fetched ahead of the one that is asked for."""
    if len(names) < 2:
        yield from (get_file(repository, "index", name) for name in names)
        return
    with ThreadPoolExecutor(_FETCHERS) as pool:
        ahead: deque[Future[bytes]] = deque()
        for name in names:
            ahead.append(pool.submit(get_file, repository, "index", name))
            if len(ahead) > _FETCHERS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def stored_bytes(repository: Repository) -> int:
    """What the repository takes in the store, in bytes."""
    return sum(size for _, size in repository.store.names())
