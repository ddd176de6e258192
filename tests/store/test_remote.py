"""Objects in a vault of another holdfast: what holds for every store, as far as a repository's names go.

The house that is asked is real, and so are the sockets; what breaks between both is a proxy.
"""

import hashlib
import pickle
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.store.proxy import PASSING, Fault, Proxy, proxied
from tests.wire.served import Served, founded

from holdfast.store.objects import (
    AccessDenied,
    BadName,
    Buffer,
    ObjectDiffers,
    ObjectMissing,
    Objects,
    StoreError,
    StoreFull,
    StoreUnavailable,
)
from holdfast.store.patience import Patience
from holdfast.store.remote import open_remote

DATA = bytes(range(256)) * 1000
OTHER = b"the last one"
BURSTS = [fault for fault in PASSING if fault not in (Fault.LATENCY, Fault.STALLED, Fault.RESET_IN_UPLOAD)]
ENDLESS = [Fault.SLOW_DOWN, Fault.LOST_ANSWER, Fault.SHORT_ANSWER, Fault.STALLED]


def pack(content: bytes) -> str:
    """What a pack of this content is called."""
    name = hashlib.sha256(content).hexdigest()
    return f"data/{name[:2]}/{name}"


NAME = pack(DATA)


@pytest.fixture(scope="module")
def town(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with founded(migrated_sqlite, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def house(town: Served) -> Served:
    return town.with_another_vault()


@pytest.fixture
def store(house: Served) -> Objects:
    return house.remote()


@pytest.fixture
def proxy(house: Served) -> Iterator[Proxy]:
    with proxied(int(house.address.rpartition(":")[2])) as proxy:
        yield proxy


# ── the contract ────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_put_is_there_whole_and_in_part(store: Objects) -> None:
    store.put(NAME, DATA)
    assert store.get(NAME) == DATA
    assert store.get_part(NAME, 3, 4) == DATA[3:7]
    assert store.get_part(NAME, 0, len(DATA)) == DATA
    assert store.get_part(NAME, 3, 0) == b""
    assert store.size(NAME) == len(DATA)


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview, lambda data: memoryview(bytearray(data))[:]])
def test_any_buffer_can_be_put(store: Objects, wrap: Callable[[bytes], Buffer]) -> None:
    store.put(NAME, wrap(DATA))
    assert store.get(NAME) == DATA


def test_several_buffers_are_put_as_one_object(store: Objects) -> None:
    parts: list[Buffer] = [b"head", bytearray(b"-body"), b"", memoryview(b"..-tail")[2:]]
    store.put(pack(b"head-body-tail"), parts)
    store.put(pack(b"head-body-tail"), b"head-body-tail")
    assert store.get(pack(b"head-body-tail")) == b"head-body-tail"


def test_the_config_is_never_overwritten(store: Objects) -> None:
    store.put("config", b"first")
    store.put("config", memoryview(b"first"))
    with pytest.raises(ObjectDiffers, match="config"):
        store.put("config", b"other")
    assert store.get("config") == b"first"


def test_what_is_missing_is_said_to_be_missing(store: Objects) -> None:
    for name in ("config", NAME):
        for ask in (store.get, store.size, lambda name: store.get_part(name, 0, 1)):
            with pytest.raises(ObjectMissing, match=name):
                ask(name)


@pytest.mark.parametrize("part", [(len(DATA) - 2, 3), (len(DATA), 1), (len(DATA) + 50, 1)])
def test_a_part_beyond_the_end_is_an_error_not_a_short_answer(store: Objects, part: tuple[int, int]) -> None:
    store.put(NAME, DATA)
    with pytest.raises(StoreError):
        store.get_part(NAME, *part)


def test_names_are_those_of_a_folder_with_their_sizes(store: Objects) -> None:
    name = NAME.rpartition("/")[2]
    assert list(store.names()) == []
    small = b"whoever is at work"
    content = {
        NAME: DATA,
        pack(OTHER): OTHER,
        f"index/{name}": DATA,
        f"locks/{pack(small).rpartition('/')[2]}": small,
        f"holdfast/marks/{name}": DATA,
        "config": b"1",
    }
    for one, data in content.items():
        store.put(one, data)
    assert dict(store.names()) == {one: len(data) for one, data in content.items()}
    assert dict(store.names("data")) == {NAME: len(DATA), pack(OTHER): len(OTHER)}
    assert dict(store.names(NAME[:7])) == {NAME: len(DATA)}
    assert dict(store.names("holdfast")) == {f"holdfast/marks/{name}": len(DATA)}
    assert list(store.names("snapshots")) == []
    assert list(store.names("elsewhere")) == []


def test_deleting_is_done_once_and_may_be_asked_twice(house: Served) -> None:
    store = house.remote(who="admin")
    store.put(NAME, DATA)
    store.delete(NAME)
    store.delete(NAME)
    with pytest.raises(ObjectMissing):
        store.get_part(NAME, 9, 1)


@pytest.mark.parametrize("name", ["data/0a/0a1b2c3d", "other/x", NAME.replace("data", "index"), "", "a b"])
def test_what_no_repository_holds_is_no_name(store: Objects, name: str) -> None:
    for ask in (store.get, store.size, store.delete, lambda name: store.put(name, b"x")):
        with pytest.raises(BadName):
            ask(name)


def test_content_that_its_name_does_not_belong_to_is_refused_and_leaves_nothing(store: Objects) -> None:
    with pytest.raises(StoreError, match="SHA-256"):
        store.put(NAME, OTHER)
    assert list(store.names()) == []


def test_a_pack_of_many_mebibytes_goes_in_by_a_draft_and_out(store: Objects) -> None:
    content = random.Random(1).randbytes(17_000_001)
    draft = store.draft()
    for start in range(0, len(content), 1 << 20):
        draft.write(content[start : start + (1 << 20)])
    draft.put(pack(content))
    assert store.get(pack(content)) == content
    assert store.get_part(pack(content), 16_999_990, 11) == content[-11:]


def test_no_other_process_is_handed_the_credentials(store: Objects) -> None:
    assert not store.shared
    with pytest.raises(TypeError, match="one process"):
        pickle.dumps(store)


# ── what the other side says ────────────────────────────────────────────────────────────────────────────


def test_a_full_vault_is_said_to_be_full_at_once(house: Served) -> None:
    house.change(size_gb=0)
    with pytest.raises(StoreFull, match=NAME):
        house.remote().put(NAME, random.Random(2).randbytes(5_000_000))


def test_what_may_not_be_done_is_not_tried_again(house: Served, proxy: Proxy) -> None:
    house.remote().put(NAME, DATA)
    for who, ask in (("reader", Objects.get), ("operator", Objects.delete)):
        proxy.requests.clear()
        with pytest.raises(AccessDenied, match="403"):
            ask(house.remote(who=who, address=proxy.address), NAME)
        assert len(proxy.requests) == 1


def test_a_vault_that_is_not_there_is_not_taken_for_an_empty_one(house: Served) -> None:
    gone = open_remote(
        f"{house.address}{house.path.replace(house.vault.id, 'none')}",
        lambda: {"X-Auth-Token": house.house.tokens["admin"]},
        patience=Patience(5),
    )
    for ask in (
        lambda: gone.get(NAME),
        lambda: gone.size("config"),
        lambda: list(gone.names()),
        lambda: gone.put(NAME, DATA),
    ):
        with pytest.raises(StoreError, match="6105") as caught:
            ask()
        assert not isinstance(caught.value, ObjectMissing)


@dataclass
class Badge:
    """What proves who asks: a token that is good after it was renewed so many times."""

    good: str
    renewals: int
    asked: int = 0

    def headers(self) -> dict[str, str]:
        self.asked += 1
        return {"X-Auth-Token": "expired" if self.renewals else self.good}

    def renew(self) -> None:
        self.renewals -= 1


def test_credentials_are_renewed_once_when_they_are_refused(house: Served) -> None:
    url = f"{house.address}{house.path}"
    badge = Badge(house.house.tokens["admin"], 1)
    store = open_remote(url, badge.headers, renew=badge.renew, patience=Patience(5))
    store.put(NAME, DATA)
    assert (store.get(NAME), badge.asked) == (DATA, 3)
    bad = Badge("never good", 0)
    with pytest.raises(AccessDenied, match="401"):
        open_remote(url, bad.headers, renew=bad.renew, patience=Patience(5)).get(NAME)
    assert bad.asked == 2


@pytest.mark.parametrize("url", ["", "ftp://host/x", "http://", "host/path", "file:///x"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="http"):
        open_remote(url, dict)


# ── what breaks in between ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Operation:
    """Something asked of a store, the requests it makes, and whether its answer is right."""

    methods: tuple[str, ...]
    right: Callable[[Objects], bool]


def put(store: Objects) -> bool:
    content = DATA + b"more"
    store.put(pack(content), content)
    return store.get(pack(content)) == content


def delete(store: Objects) -> bool:
    store.delete(pack(OTHER))
    return pack(OTHER) not in dict(store.names("data"))


OPERATIONS = {
    "put": Operation(("POST",), put),
    "get": Operation(("GET",), lambda store: store.get(NAME) == DATA),
    "get a part": Operation(("GET",), lambda store: store.get_part(NAME, 1000, 9000) == DATA[1000:10000]),
    "size": Operation(("HEAD",), lambda store: store.size(NAME) == len(DATA)),
    "names": Operation(("GET",), lambda store: NAME in dict(store.names("data"))),
    "delete": Operation(("DELETE",), delete),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_bursts_of_faults_are_survived(house: Served, proxy: Proxy, name: str) -> None:
    for content in (DATA, OTHER):
        house.remote().put(pack(content), content)
    store = house.remote(who="admin", address=proxy.address)
    for fault in BURSTS:
        proxy.struck.clear()
        proxy.trouble(fault, 2, *OPERATIONS[name].methods)
        assert OPERATIONS[name].right(store)
        assert proxy.struck


def test_an_upload_that_is_cut_is_sent_again(house: Served, proxy: Proxy) -> None:
    store = house.remote(address=proxy.address)
    proxy.trouble(Fault.RESET_IN_UPLOAD, 3, "POST")
    content = random.Random(3).randbytes(6_000_000)
    store.put(pack(content), content)
    assert proxy.struck == [(Fault.RESET_IN_UPLOAD, "POST")] * 3
    assert store.get(pack(content)) == content


def test_a_connection_that_has_gone_silent_is_given_up_for_another(house: Served, proxy: Proxy) -> None:
    store = house.remote(2, address=proxy.address)
    proxy.trouble(Fault.STALLED, 1, "POST")
    store.put(NAME, DATA)
    proxy.trouble(Fault.STALLED, 1, "GET")
    assert store.get(NAME) == DATA


@pytest.mark.parametrize("fault", ENDLESS, ids=lambda fault: fault.name.lower())
def test_a_fault_without_end_is_told_in_time(house: Served, proxy: Proxy, fault: Fault) -> None:
    house.remote().put(NAME, DATA)
    store = house.remote(0.4, address=proxy.address)
    proxy.trouble(fault, 1_000_000)
    with pytest.raises(StoreUnavailable, match=NAME.rpartition("/")[2]):
        store.get(NAME)
    proxy.calm()
    assert store.get(NAME) == DATA
    assert dict(store.names()) == {NAME: len(DATA)}


def test_a_house_that_is_not_there_is_unavailable(house: Served, proxy: Proxy) -> None:
    gone = house.remote(0.5, address=proxy.address)
    proxy.server_close()
    with pytest.raises(StoreUnavailable, match="config"):
        gone.get("config")
