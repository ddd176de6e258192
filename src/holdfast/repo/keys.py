"""Key files: the repository's key, sealed under a password by scrypt."""

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
_MAX_MEMORY = 1 << 31  # a key file that asks for more is not one that anybody wrote on purpose


class _KeyFile(msgspec.Struct):
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
        _KeyFile(
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


def opened_by(store: Objects, password: str) -> Iterator[tuple[str, Key]]:
    """Every key that opens with the password, with the id of its file.

    Raises NotARepository when there is no key file, WrongPassword when none opens, Damaged when none is
    readable.
    """
    names = sorted(name.rpartition("/")[2] for name, _ in store.names("keys"))
    if not names:
        raise NotARepository("there is no key under this address")
    count = 0
    unusable = []
    for name in names:
        try:
            key = _opened(store.get(f"keys/{name}"), password)
        except (WrongPassword, ObjectMissing):
            continue
        except Damaged as error:
            unusable.append(f"{name}: {error}")
            continue
        count += 1
        yield name, key
    if len(unusable) == len(names):
        raise Damaged("; ".join(unusable))
    if not count:
        raise WrongPassword("no key of the repository opens with this password")


def _opened(content: bytes, password: str) -> Key:
    try:
        file = msgspec.json.decode(content, type=_KeyFile)
    except msgspec.DecodeError as error:
        raise Damaged(f"a key file: {error}") from error
    if file.kdf != "scrypt" or 128 * file.r * file.N > _MAX_MEMORY:
        raise Damaged(f"a key file with {file.kdf}, N={file.N}, r={file.r}")
    try:
        plain = _derived(password, file.N, file.r, file.p, file.salt).open(file.data)
    except Damaged as error:
        raise WrongPassword("this key does not open with the password") from error
    master = msgspec.json.decode(plain, type=_MasterKey)
    return Key(master.encrypt, master.mac.k, master.mac.r)


def _derived(password: str, cost: int, block_size: int, parallel: int, salt: bytes) -> Key:
    memory = 128 * block_size * (cost + parallel + 2)
    try:
        bits = hashlib.scrypt(
            password.encode(), salt=salt, n=cost, r=block_size, p=parallel, maxmem=memory, dklen=64
        )
    except ValueError as error:
        raise Damaged(f"a key file: {error}") from error
    return Key(bits[:32], bits[32:48], bits[48:])
