"""Packs in the memory of a test."""

from collections.abc import Iterable

from holdfast.repo.blob import Sealed
from holdfast.repo.crypto import Key
from holdfast.repo.pack import OpenPack, Pack
from holdfast.store.draft import Spool


def build(key: Key, sealed: Iterable[Sealed]) -> tuple[Pack, bytes]:
    """A pack of sealed blobs, and the bytes of its file."""
    content: list[bytes] = []
    open_pack = OpenPack(key, Spool(lambda _, whole: content.append(bytes(whole)), in_memory=True))
    for one in sealed:
        open_pack.take(one)
    return open_pack.put(), content[0]
