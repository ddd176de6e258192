"""What is written is read again as it was; what was damaged is refused, and never read as something else."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.repo.packs import build
from tests.repo.test_node import METADATAS, NAMES
from tests.repo.trees import METADATA

from holdfast.model.entry import Kind, Metadata
from holdfast.repo import blob, index, node, original, pack, snapshot, tree
from holdfast.repo import repository as repositories
from holdfast.repo.blob import Blob, BlobKind
from holdfast.repo.crypto import OVERHEAD, Key
from holdfast.repo.errors import Damaged, RepositoryLocked, UnsupportedVersion
from holdfast.repo.ids import blob_id, file_id
from holdfast.repo.index import Index
from holdfast.repo.lock import locked
from holdfast.repo.node import Node
from holdfast.repo.pack import Pack
from holdfast.repo.repository import Repository, get_file, put_file
from holdfast.repo.snapshot import Snapshot
from holdfast.store.objects import open_store

KEY = Key.random()
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
IDS = st.binary(min_size=32, max_size=32)
LENGTHS = st.integers(OVERHEAD, 1 << 31)
PLACES = st.tuples(st.sampled_from(BlobKind), IDS, LENGTHS, st.just(0) | LENGTHS)
NODES = st.tuples(st.sampled_from(list(Kind)), METADATAS, st.lists(IDS.map(bytes.hex), max_size=3), IDS)
TREES = st.dictionaries(
    NAMES.filter(lambda name: name not in (b".", b"..") and not {0, 0x2F} & set(name)), NODES, max_size=4
)


@st.composite
def bent(draw: st.DrawFn, contents: st.SearchStrategy[bytes]) -> bytes:
    """Something written, cut off, with a bit turned, or with a piece of it replaced."""
    content = draw(contents)
    assume(content)
    position = draw(st.integers(0, len(content) - 1))
    return draw(
        st.sampled_from(
            [
                content[:position],
                content[:position]
                + bytes([content[position] ^ 1 << draw(st.integers(0, 7))])
                + content[position + 1 :],
                content[:position] + draw(st.binary(max_size=6)) + content[position + 3 :],
                _numbers_changed(
                    content, draw(st.sampled_from([b"-1", b"1e3", b"99999999999999999999", b"null", b'"x"']))
                ),
            ]
        )
    )


def _numbers_changed(content: bytes, number: bytes) -> bytes:
    """The first number behind a colon becomes another one."""
    before, colon, after = content.partition(b":")
    while colon and not after[:1].isdigit():
        before, colon, after = _next(before + colon, after)
    return before + colon + number + after.lstrip(b"0123456789")


def _next(before: bytes, after: bytes) -> tuple[bytes, bytes, bytes]:
    passed, colon, rest = after.partition(b":")
    return before + passed, colon, rest


def blobs_of(places: list[tuple[BlobKind, bytes, int, int]]) -> tuple[Blob, ...]:
    blobs = []
    offset = 0
    for kind, content_id, length, plain_length in places:
        blobs.append(Blob(kind, content_id, offset, length, plain_length))
        offset += length
    return tuple(blobs)


SMALL = st.tuples(st.sampled_from(BlobKind), IDS, st.integers(OVERHEAD, 1 << 20), st.integers(0, 1 << 20))
PACKS = st.lists(
    st.builds(Pack, IDS.map(bytes.hex), st.lists(SMALL, max_size=4).map(blobs_of)),
    max_size=3,
    unique_by=lambda packed: packed.id,
)


def listing(entries: dict[bytes, tuple[Kind, Metadata, list[str], bytes]]) -> bytes:
    return tree.encode({name: encoded(name, *entry) for name, entry in entries.items()})


def encoded(name: bytes, kind: Kind, known: Metadata, content: list[str], subtree: bytes) -> str:
    ids = content if kind is Kind.FILE else None
    return node.encode(name, kind, known, ids, subtree if kind is Kind.DIRECTORY else None)


# ------------------------------------------------------------------ what is plain: read, or refused


@given(bent(st.lists(PLACES, max_size=5).map(blobs_of).map(pack.encode_header)))
def test_a_bent_header_is_read_or_refused(header: bytes) -> None:
    try:
        blobs = pack.decode_header(header)
    except Damaged:
        return
    assert pack.encode_header(blobs) == header


@given(PACKS)
def test_an_index_file_is_learned_as_it_was_written(packs: list[Pack]) -> None:
    content = index.encode(packs)
    assert list(index.decode(content)) == packs
    known = Index()
    known.learn(content)
    assert {one: tuple(known.blobs_of(one)) for one in known.pack_ids()} == {
        one.id: one.blobs for one in packs
    }


@given(bent(PACKS.map(index.encode)))
def test_a_bent_index_file_is_read_or_refused_by_both_readers_alike(content: bytes) -> None:
    known = Index()
    try:
        packs = list(index.decode(content))
    except Damaged:
        with pytest.raises(Damaged):
            known.learn(content)
        assert len(known) == 0
        return
    known.learn(content)
    assert {one.id for one in packs} == set(known.pack_ids())


@given(TREES)
def test_a_tree_is_read_as_it_was_written(
    entries: dict[bytes, tuple[Kind, Metadata, list[str], bytes]],
) -> None:
    nodes = tree.decode(listing(entries))
    assert [one.file_name for one in nodes] == sorted(entries)
    for one in nodes:
        kind, known, content, subtree = entries[one.file_name]
        assert one.kind is kind
        assert [found.hex() for found in one.content_ids] == (content if kind is Kind.FILE else [])
        assert one.subtree_id == (subtree if kind is Kind.DIRECTORY else b"")
        read = one.metadata()
        same = ("mode", "uid", "gid", "user", "group", "mtime_ns", "ctime_ns", "inode", "device_id", "xattrs")
        assert [getattr(read, name) for name in same] == [getattr(known, name) for name in same]


@settings(max_examples=300)
@given(bent(TREES.map(listing)))
def test_a_bent_tree_is_read_or_refused(content: bytes) -> None:
    try:
        for one in tree.decode(content):
            use(one)
    except Damaged:
        return


def use(one: Node) -> None:
    """All that is ever asked of a node."""
    assert b"/" not in one.file_name
    assert one.file_name not in (b"", b".", b"..")
    assert all(len(found) == 32 for found in one.content_ids)
    assert len(one.subtree_id) in (0, 32)
    assert one.kind in Kind
    one.metadata()
    one.is_unchanged(METADATA)


# ------------------------------------------------------------------ files of the repository


@pytest.fixture(scope="module")
def vault() -> Repository:
    """A repository that gets ever more files."""
    return repositories.init(open_store("memory://formats"), "secret", cost=4)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS = st.integers(-62_135_596_800 * 10**6, 253_402_300_800 * 10**6 - 1).map(
    lambda microseconds: EPOCH + timedelta(microseconds=microseconds)
)
SNAPSHOTS = st.builds(
    Snapshot,
    id=st.just(""),
    time=MICROSECONDS,
    tree=IDS,
    paths=st.lists(TEXT.map(str.encode), max_size=3).map(tuple),
    hostname=TEXT,
    username=TEXT,
    tags=st.lists(TEXT, max_size=3).map(tuple),
    parent=st.none() | IDS.map(bytes.hex),
)


@given(SNAPSHOTS)
def test_a_snapshot_is_read_as_it_was_written(vault: Repository, wanted: Snapshot) -> None:
    snapshot_id, _ = snapshot.add(vault, wanted)
    assert snapshot.get(vault, snapshot_id) == replace(wanted, id=snapshot_id)
    assert original.get(vault, snapshot_id).tree == wanted.tree


RECORD = json.dumps(
    {
        "time": "2024-02-29T12:30:01.5+01:00",
        "parent": "ab" * 32,
        "tree": "cd" * 32,
        "paths": ["/srv/data"],
        "hostname": "host",
        "username": "ada",
        "uid": 1000,
        "gid": 100,
        "excludes": ["*.tmp"],
        "tags": ["daily"],
        "original": "ef" * 32,
    }
).encode()


@settings(max_examples=300)
@given(bent(st.just(RECORD)))
def test_a_bent_snapshot_is_read_or_refused(vault: Repository, content: bytes) -> None:
    snapshot_id, _ = put_file(vault, "snapshots", content)
    for get in (snapshot.get, original.get):
        try:
            assert len(get(vault, snapshot_id).tree) == 32
        except Damaged:
            continue


@pytest.mark.parametrize(
    "change",
    [
        {"time": "9999-12-31T23:59:59-10:00"},
        {"time": "0001-01-01T00:00:00+10:00"},
        {"time": "yesterday"},
        {"tree": "ab"},
        {"tree": "no digits"},
        {"paths": "/srv"},
    ],
)
def test_a_snapshot_of_what_cannot_be_is_refused(vault: Repository, change: dict[str, object]) -> None:
    snapshot_id, _ = put_file(vault, "snapshots", json.dumps(json.loads(RECORD) | change).encode())
    with pytest.raises(Damaged, match=snapshot_id):
        snapshot.get(vault, snapshot_id)


LOCK = b"""
{"time":"9024-02-29T12:30:01.5Z","exclusive":true,"hostname":"h","username":"u","pid":7,"uid":1,"gid":1}
""".strip()


@settings(max_examples=60, deadline=None)
@given(bent(st.just(LOCK)))
def test_a_bent_lock_still_locks(vault: Repository, content: bytes) -> None:
    """Whatever it says: nobody works beside a lock that he cannot read."""
    assume(b'"time":"9024-02-29T12:30:01.5Z"' in content)
    lock_id, _ = put_file(vault, "locks", content)
    try:
        with pytest.raises(RepositoryLocked), locked(vault, exclusive=True):
            pytest.fail("the lock was passed over")
    finally:
        vault.store.delete(f"locks/{lock_id}")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=10) | st.sampled_from(["9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00"]))
def test_a_lock_of_an_impossible_time_locks(vault: Repository, time: str) -> None:
    lock_id, _ = put_file(vault, "locks", json.dumps({**json.loads(LOCK), "time": time}).encode())
    try:
        with pytest.raises(RepositoryLocked), locked(vault, exclusive=True):
            pytest.fail("the lock was passed over")
    finally:
        vault.store.delete(f"locks/{lock_id}")


@settings(deadline=None)
@given(bent(st.just(b'{"version":2,"id":"%s","chunker_polynomial":"25b468838dcb75"}' % (b"ab" * 32))))
def test_a_bent_config_opens_or_is_refused(content: bytes) -> None:
    store = open_store("memory://formats", "config")
    for name, _ in list(store.names()):
        store.delete(name)
    made = repositories.init(store, "secret", cost=1)
    store.delete("config")
    store.put("config", made.key.seal(content))
    try:
        opened = repositories.open_repository(store, "secret")
    except (Damaged, UnsupportedVersion):
        return
    assert opened.version in (1, 2)


# ------------------------------------------------------------------ what is sealed: refused, always


@st.composite
def turned(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """How one bit is turned, or the end cut off, of anything that is not empty."""
    part = draw(st.floats(0, 1, exclude_max=True))
    bit = draw(st.none() | st.integers(0, 7))

    def turn(content: bytes) -> bytes:
        position = int(part * len(content))
        if bit is None:
            return content[:position]
        return content[:position] + bytes([content[position] ^ 1 << bit]) + content[position + 1 :]

    return turn


@given(st.sampled_from(["index", "snapshots", "locks"]), st.binary(max_size=200), turned())
def test_no_bit_of_a_file_can_be_turned(
    vault: Repository, folder: str, content: bytes, turn: Callable[[bytes], bytes]
) -> None:
    name, _ = put_file(vault, folder, b"{" + content)
    assert get_file(vault, folder, name) == b"{" + content
    sealed = vault.store.get(f"{folder}/{name}")
    vault.store.delete(f"{folder}/{name}")
    other = turn(sealed)
    for place in (name, file_id(other)):  # where it was, and where its hash is right
        vault.store.put(f"{folder}/{place}", other)
        with pytest.raises(Damaged, match=place):
            get_file(vault, folder, place)
        vault.store.delete(f"{folder}/{place}")


@given(st.binary(max_size=500) | st.binary(max_size=20).map(lambda part: part * 50), st.booleans(), turned())
def test_no_bit_of_a_blob_can_be_turned(
    content: bytes, compressing: bool, turn: Callable[[bytes], bytes]
) -> None:
    sealed = blob.seal(KEY, BlobKind.DATA, content, blob_id(content), compressing=compressing)
    whole = bytes(sealed.content)
    assert blob.unseal(KEY, whole, sealed.id, sealed.plain_length) == content
    with pytest.raises(Damaged):
        blob.unseal(KEY, turn(whole), sealed.id, sealed.plain_length)


@given(st.binary(min_size=1, max_size=300), st.booleans(), st.integers(0, 1 << 40))
def test_a_blob_of_another_length_or_id_is_refused(content: bytes, compressing: bool, length: int) -> None:
    sealed = blob.seal(KEY, BlobKind.DATA, content, blob_id(content), compressing=compressing)
    assume(length != sealed.plain_length)
    with pytest.raises(Damaged):
        blob.unseal(KEY, sealed.content, sealed.id, length)
    with pytest.raises(Damaged):
        blob.unseal(KEY, sealed.content, blob_id(b"other" + content), sealed.plain_length)


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=5), turned())
def test_no_bit_of_a_pack_can_be_turned(contents: list[bytes], turn: Callable[[bytes], bytes]) -> None:
    made, built = build(
        KEY, [blob.seal(KEY, BlobKind.DATA, one, blob_id(one), compressing=True) for one in contents]
    )
    whole = bytes(built)
    other = turn(whole)
    with pytest.raises(Damaged, match=made.id):
        pack.parse(KEY, made.id, other)
    try:
        parsed = pack.parse(KEY, file_id(other), other)  # had it got this far with the right hash
    except Damaged:
        return
    assert parsed.blobs == made.blobs
    read = [_opened(one, other) for one in parsed.blobs]
    assert read.count(None) == 1
    assert all(found in (None, wanted) for found, wanted in zip(read, contents, strict=True))


def _opened(one: Blob, file: bytes) -> bytes | None:
    try:
        return blob.unseal(KEY, file[one.offset : one.offset + one.length], one.id, one.plain_length)
    except Damaged:
        return None
