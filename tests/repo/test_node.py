import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.repo.trees import METADATA

from holdfast.model.entry import Kind, Metadata
from holdfast.repo import moment, node, quoting, tree
from holdfast.repo.errors import Damaged
from holdfast.repo.node import Node

NAMES = st.binary(min_size=1, max_size=60) | st.text(min_size=1, max_size=40).map(
    lambda text: text.encode(errors="surrogatepass")
)
MOMENTS = st.integers(-62135596800 * 10**9, 253402300799 * 10**9)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
METADATAS = st.builds(
    Metadata,
    mode=st.integers(0, 0o7777),
    uid=st.integers(0, 1 << 31),
    gid=st.integers(0, 1 << 31),
    user=TEXT,
    group=TEXT,
    mtime_ns=MOMENTS,
    atime_ns=MOMENTS,
    ctime_ns=MOMENTS,
    inode=st.integers(0, 1 << 63),
    device_id=st.integers(0, 1 << 63),
    links=st.integers(1, 1000),
    size=st.integers(0, 1 << 62),
    link_target=st.binary(max_size=40),
    device=st.integers(0, 1 << 63),
    xattrs=st.lists(st.tuples(TEXT, st.binary(max_size=30)), max_size=3).map(tuple),
)


@given(NAMES)
def test_any_name_survives(name: bytes) -> None:
    assert quoting.unquoted_name(json.loads(f'"{quoting.quoted_name(name)}"')) == name


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        (b"letter.txt", "letter.txt"),
        ("Grüße".encode(), "Grüße"),
        (b'a"b', r"a\\\"b"),
        (b"a\\b", r"a\\\\b"),
        (b"a\nb\tc\x0bd", r"a\\nb\\tc\\vd"),
        (b"\x01\x7f", r"\\x01\\x7f"),
        (b"caf\xe9", r"caf\\xe9"),
        ("a\u200bb".encode(), r"a\\u200bb"),
        ("\U000e0001".encode(), r"\\U000e0001"),
        (b"<&>", r"\u003c\u0026\u003e"),
        ("\ufffd".encode(), "\ufffd"),
    ],
)
def test_a_name_is_quoted_as_go_quotes_it(name: bytes, quoted: str) -> None:
    assert quoting.quoted_name(name) == quoted


@pytest.mark.parametrize("quoted", ["\\", "\\q", "\\xg0", "\\ud800", "\\U00110000", "a\\777"])
def test_a_name_with_a_broken_escape_is_damaged(quoted: str) -> None:
    with pytest.raises(Damaged):
        quoting.unquoted_name(quoted)


@given(MOMENTS)
def test_a_moment_survives(nanoseconds: int) -> None:
    assert moment.nanoseconds(moment.text(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (1_500_000_000_120_000_000, "2017-07-14T02:40:00.12Z"),
        (10**30, "9999-12-31T23:59:59Z"),
    ],
)
def test_a_moment_is_written_as_go_writes_it(nanoseconds: int, text: str) -> None:
    assert moment.text(nanoseconds) == text


def test_a_moment_may_be_told_in_another_zone() -> None:
    assert moment.nanoseconds("2017-07-14T04:40:00.12+02:00") == 1_500_000_000_120_000_000
    assert moment.nanoseconds("2017-07-13T23:10:00.12-03:30") == 1_500_000_000_120_000_000


@pytest.mark.parametrize("text", ["", "yesterday", "2017-13-14T02:40:00Z", "2017-07-14T02:40:00"])
def test_what_is_no_moment_is_damaged(text: str) -> None:
    with pytest.raises(Damaged):
        moment.nanoseconds(text)


def decoded(encoded: str) -> Node:
    return msgspec.json.decode(encoded.encode(), type=Node)


@given(NAMES, METADATAS)
def test_all_that_is_known_of_a_file_survives(name: bytes, known: Metadata) -> None:
    ids = ["ab" * 32, "cd" * 32]
    read = decoded(node.encode(name, Kind.FILE, known, ids, None))
    expected = replace(known, atime_ns=known.mtime_ns, link_target=b"", device=0)
    assert (read.file_name, read.kind, read.content) == (name, Kind.FILE, ids)
    assert read.metadata() == expected
    assert read.is_unchanged(known)


@given(st.sampled_from(list(Kind)), METADATAS)
def test_mode_and_target_of_every_kind_survive(kind: Kind, known: Metadata) -> None:
    read = decoded(node.encode(b"name", kind, known, None, None)).metadata()
    assert read.mode == known.mode
    assert read.link_target == (known.link_target if kind is Kind.SYMLINK else b"")
    assert read.device == (known.device if kind in (Kind.BLOCK_DEVICE, Kind.CHARACTER_DEVICE) else 0)


@pytest.mark.parametrize(
    "change",
    [
        replace(METADATA, size=5),
        replace(METADATA, inode=8),
        replace(METADATA, mtime_ns=METADATA.mtime_ns + 1),
        replace(METADATA, ctime_ns=METADATA.ctime_ns + 1),
    ],
)
def test_a_file_has_changed_when_size_inode_or_a_time_has(change: Metadata) -> None:
    read = decoded(node.encode(b"name", Kind.FILE, METADATA, [], None))
    assert read.is_unchanged(replace(METADATA, atime_ns=0))
    assert not read.is_unchanged(change)


def test_a_tree_is_sorted_by_the_bytes_of_the_names() -> None:
    nodes = {
        name: node.encode(name, Kind.FIFO, METADATA, None, None)
        for name in (b"b", b"\xff", b"a.b", b"a", b"B")
    }
    content = tree.encode(nodes)
    assert [one.file_name for one in tree.decode(content)] == [b"B", b"a", b"a.b", b"b", b"\xff"]
    assert content.startswith(b'{"nodes":[{"name":"B","type":"fifo",')
    assert content.endswith(b"]}\n")


@pytest.mark.parametrize(
    "bad",
    [
        {"name": ".."},
        {"name": "."},
        {"name": ""},
        {"name": "a/b"},
        {"name": "a\\x2fb"},
        {"name": "a\\x00"},
        {"type": "irregular"},
        {"type": "dir"},
        {"type": "dir", "subtree": "../.."},
        {"content": ["short"]},
    ],
)
def test_a_node_that_could_do_harm_is_refused(bad: dict[str, object]) -> None:
    listing = {"nodes": [{"name": "name", "type": "file", **bad}]}
    with pytest.raises(Damaged):
        tree.decode(json.dumps(listing).encode())


@pytest.mark.parametrize("content", [b"", b"{}x", b'{"nodes":3}', b'{"nodes":[{"name":5}]}'])
def test_a_listing_that_is_none_is_damaged(content: bytes) -> None:
    with pytest.raises(Damaged):
        tree.decode(content)
