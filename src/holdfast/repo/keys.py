"""The keys of a repository: who can open it, one more password, one less, another one.

Every key file holds the same key of the repository under its own password. To remove one takes its password
away from whoever uses the repository by its address; somebody who kept a copy of the file and knows its
password still has the repository's key, and can read what he can get hold of.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from holdfast.store.objects import ObjectMissing, Objects

from . import key_file, moment
from .crypto import Key
from .errors import Damaged, KeyMissing, KeyNeeded
from .ids import is_file_id
from .repository import Repository

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What a key file tells without its password.

    `problem` says why it cannot be used, and is empty when it can; then only the id is known.
    """

    id: str
    created: datetime | None
    username: str
    hostname: str
    problem: str = ""


def find(store: Objects) -> list[KeyInfo]:
    """All keys of the repository, oldest first, those that cannot be used at the end."""
    found = []
    for key_id in key_file.names(store):
        try:
            found.append(_info(store, key_id))
        except ObjectMissing:
            continue  # removed by somebody since the names were read
    return sorted(found, key=lambda info: (info.created or _LAST, info.id))


def add(repository: Repository, new_password: str, *, cost: int = 15) -> str:
    """Let a password open the repository too; the id of its key. `cost` is log2 of scrypt's N."""
    return key_file.add(repository.store, repository.key, new_password, cost)


def remove(repository: Repository, key_id: str, *, proven: Repository | None = None) -> None:
    """Take a key away; call this inside `locked(repository, exclusive=True)`.

    What remains must open the repository, so one key is kept: that with which `repository` was opened, or
    that of `proven`, the same repository opened with another key. Raises KeyNeeded for the key that is
    kept, and when it is not in the store any more; KeyMissing when there is no such key.
    """
    kept = proven or repository
    if kept.id != repository.id or not _same(kept.key, repository.key):
        raise KeyNeeded("what was opened to prove another key is another repository")
    if key_id == kept.key_id:
        raise KeyNeeded(f"key {key_id} is the one that is known to open the repository")
    if not _is_there(repository.store, kept.key_id):
        raise KeyNeeded(
            f"key {kept.key_id}, which would be left, is not there any more: this may be the last"
        )
    if not _is_there(repository.store, key_id):
        raise KeyMissing(f"there is no key {key_id}")
    repository.store.delete(f"keys/{key_id}")


def change_password(repository: Repository, new_password: str, *, cost: int = 15) -> Repository:
    """Let a new password open the repository in place of the one it was opened with.

    Call this inside `locked(repository, exclusive=True)`. The new key is read back from the store and
    proven before the old one goes: killed in between, both open. Returns the repository as opened with the
    new one; raises Damaged when the new one does not open, and the old one stays.
    """
    key_id = add(repository, new_password, cost=cost)
    if not _same(key_file.opened(repository.store, key_id, new_password), repository.key):
        raise Damaged(f"the new key {key_id} does not hold the repository's key")
    renewed = replace(repository, key_id=key_id)
    remove(repository, repository.key_id, proven=renewed)
    return renewed


def _info(store: Objects, key_id: str) -> KeyInfo:
    try:
        file = key_file.get(store, key_id)
        created = moment.utc(file.created)
    except Damaged as error:
        return KeyInfo(key_id, None, "", "", str(error))
    return KeyInfo(key_id, created, file.username, file.hostname)


def _is_there(store: Objects, key_id: str) -> bool:
    """Whether there is a key of that id, usable or not."""
    if not is_file_id(key_id):
        return False
    try:
        store.size(f"keys/{key_id}")
    except ObjectMissing:
        return False
    return True


def _same(one: Key, other: Key) -> bool:
    return (one.encrypt, one.mac_k, one.mac_r) == (other.encrypt, other.mac_k, other.mac_r)
