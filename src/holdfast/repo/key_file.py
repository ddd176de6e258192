"""A key file: the repository's key, sealed under a password by scrypt."""

import hashlib
import os
from collections.abc import Iterator

import msgspec

from holdfast.model import clock
from holdfast.store.objects import ObjectMissing, Objects

from . import moment
from .crypto import Key
from .errors import Damaged, NotARepository, WrongPassword
from .ids import file_id

_BLOCK_SIZE = 8
_PARALLEL = 1
_SALT_BYTES = 64
# a key file that asks for more is not one that anybody wrote on purpose
_MAX_MEMORY = 1 << 31
_MAX_WORK = 1 << 34  # the memory, gone through once for each of `p`: some minutes


class KeyFile(msgspec.Struct):
    """What is written in the file; `N`, `r` and `p` are scrypt's, and `data` is the sealed key."""

    created: str
    username: str
    hostname: str
    kdf: str
    N: int
    r: int
    p: int
    salt: bytes
    data: bytes


class _MacKey(msgspec.Struct):
    k: bytes
    r: bytes


class _MasterKey(msgspec.Struct):
    mac: _MacKey
    encrypt: bytes


def add(store: Objects, key: Key, password: str, cost: int) -> str:
    """Write a key file and tell its id; `cost` is the binary logarithm of scrypt's N."""
    salt = os.urandom(_SALT_BYTES)
    master = _MasterKey(_MacKey(key.mac_k, key.mac_r), key.encrypt)
    sealed = _derived(password, 1 << cost, _BLOCK_SIZE, _PARALLEL, salt).seal(msgspec.json.encode(master))
    content = msgspec.json.encode(
        KeyFile(
            created=moment.text(clock.now_ns()),
            username="holdfast",
            hostname=os.uname().nodename,
            kdf="scrypt",
            N=1 << cost,
            r=_BLOCK_SIZE,
            p=_PARALLEL,
            salt=salt,
            data=bytes(sealed),
        )
    )
    key_id = file_id(content)
    store.put(f"keys/{key_id}", content)
    return key_id


def names(store: Objects) -> list[str]:
    """The ids of all key files, sorted."""
    return sorted(name.rpartition("/")[2] for name, _ in store.names("keys"))


def get(store: Objects, key_id: str) -> KeyFile:
    """The key file of that id; raises ObjectMissing, or Damaged for one that is not to be used."""
    content = store.get(f"keys/{key_id}")
    if file_id(content) != key_id:
        raise Damaged("a key file whose content is not what its id says")
    try:
        file = msgspec.json.decode(content, type=KeyFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"a key file: {error}") from error
    memory = 128 * file.r * file.N
    sound = min(file.N, file.r, file.p) > 0 and memory <= _MAX_MEMORY and memory * file.p <= _MAX_WORK
    if file.kdf != "scrypt" or not sound:
        raise Damaged(f"a key file with {file.kdf}, N={file.N}, r={file.r}, p={file.p}")
    return file


def opened(store: Objects, key_id: str, password: str) -> Key:
    """The repository's key from that file; raises WrongPassword, ObjectMissing or Damaged."""
    file = get(store, key_id)
    derived = _derived(password, file.N, file.r, file.p, file.salt)
    try:
        plain = derived.open(file.data)
    except Damaged as error:
        raise WrongPassword("this key does not open with the password") from error
    try:
        master = msgspec.json.decode(plain, type=_MasterKey)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"a key file: {error}") from error
    if (len(master.encrypt), len(master.mac.k), len(master.mac.r)) != (32, 16, 16):
        raise Damaged("a key file that holds a key of another length")
    return Key(master.encrypt, master.mac.k, master.mac.r)


def opened_by(store: Objects, password: str) -> Iterator[tuple[str, Key]]:
    """Every key that opens with the password, with the id of its file.

    Raises NotARepository when there is no key file, WrongPassword when none opens, Damaged when none is
    readable.
    """
    known = names(store)
    if not known:
        raise NotARepository("there is no key under this address")
    count = 0
    unusable = []
    for key_id in known:
        try:
            key = opened(store, key_id, password)
        except (WrongPassword, ObjectMissing):
            continue
        except Damaged as error:
            unusable.append(f"{key_id}: {error}")
            continue
        count += 1
        yield key_id, key
    if len(unusable) == len(known):
        raise Damaged("; ".join(unusable))
    if not count:
        raise WrongPassword("no key of the repository opens with this password")


def _derived(password: str, cost: int, block_size: int, parallel: int, salt: bytes) -> Key:
    memory = 128 * block_size * (cost + parallel + 2)
    try:
        bits = hashlib.scrypt(
            password.encode(), salt=salt, n=cost, r=block_size, p=parallel, maxmem=memory, dklen=64
        )
    except ValueError as error:
        raise Damaged(f"a key file: {error}") from error
    return Key(bits[:32], bits[32:48], bits[48:])
