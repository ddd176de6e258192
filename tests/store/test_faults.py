"""What breaks between us and a server: a burst of it is survived, and what never ends is told in time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.store.conftest import Place
from tests.store.proxy import PASSING, Fault, Proxy, proxied
from tests.store.servers import BUCKET, free_port, rclone

from holdfast.store.objects import (
    AccessDenied,
    ObjectDiffers,
    ObjectMissing,
    Objects,
    StoreError,
    StoreFull,
    StoreUnavailable,
    open_store,
)
from holdfast.store.patience import Patience

SERVED = ("s3", "s3 that refuses", "azure")
NAME = "data/0a/0a1b2c3d"
DATA = bytes(range(256)) * 1000
BURSTS = [fault for fault in PASSING if fault not in (Fault.LATENCY, Fault.STALLED, Fault.RESET_IN_UPLOAD)]
ENDLESS = [Fault.SLOW_DOWN, Fault.LOST_ANSWER, Fault.SHORT_ANSWER, Fault.RESET_IN_UPLOAD, Fault.STALLED]
served = pytest.mark.parametrize("place", SERVED, indirect=True)


@dataclass(frozen=True)
class Operation:
    """Something asked of a store, the requests it makes, and whether its answer is right."""

    methods: tuple[str, ...]
    right: Callable[[Objects], bool]


def put(store: Objects) -> bool:
    store.put("data/new", DATA)
    return store.get("data/new") == DATA


def put_again(store: Objects) -> bool:
    store.put(NAME, DATA)
    return store.get(NAME) == DATA


def delete(store: Objects) -> bool:
    store.delete("data/00/00")
    return "data/00/00" not in dict(store.names())


OPERATIONS = {
    "put": Operation(("PUT", "HEAD"), put),
    "put again": Operation(("PUT", "HEAD"), put_again),
    "get": Operation(("GET",), lambda store: store.get(NAME) == DATA),
    "get a part": Operation(("GET",), lambda store: store.get_part(NAME, 1000, 9000) == DATA[1000:10000]),
    "size": Operation(("HEAD",), lambda store: store.size(NAME) == len(DATA)),
    "names": Operation(("GET",), lambda store: dict(store.names("data/0a")) == {NAME: len(DATA)}),
    "delete": Operation(("DELETE", "POST"), delete),
}


def filled(place: Place, patience: float) -> Objects:
    """A store with two objects in it that knows its server's manners, before anything breaks."""
    store = place.open(patience)
    store.put("data/00/00", b"x")
    store.put(NAME, DATA)
    assert place.proxy is not None
    place.proxy.struck.clear()
    return store


@served
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("fault", BURSTS, ids=lambda fault: fault.name.lower())
def test_a_burst_of_faults_is_survived(place: Place, proxy: Proxy, name: str, fault: Fault) -> None:
    store = filled(place, 20)
    operation = OPERATIONS[name]
    proxy.trouble(fault, 3, *operation.methods)
    assert operation.right(store)
    assert proxy.struck


@served
def test_an_upload_that_is_cut_is_sent_again(place: Place, proxy: Proxy) -> None:
    store = filled(place, 20)
    proxy.trouble(Fault.RESET_IN_UPLOAD, 3, "PUT")
    assert put(store)
    assert proxy.struck == [(Fault.RESET_IN_UPLOAD, "PUT")] * 3


@served
def test_a_slow_server_is_waited_for(place: Place, proxy: Proxy) -> None:
    store = filled(place, 20)
    proxy.trouble(Fault.LATENCY, 20)
    assert all(operation.right(store) for operation in OPERATIONS.values())


@served
def test_a_connection_that_has_gone_silent_is_given_up_for_another(place: Place, proxy: Proxy) -> None:
    store = filled(place, 3)
    proxy.trouble(Fault.STALLED, 1, "PUT", "HEAD")
    assert put(store)
    proxy.trouble(Fault.STALLED, 1, "GET")
    assert store.get(NAME) == DATA
    assert [fault for fault, _ in proxy.struck] == [Fault.STALLED] * 2


@served
@pytest.mark.parametrize("fault", ENDLESS, ids=lambda fault: fault.name.lower())
def test_a_fault_without_end_is_told_in_time_and_nothing_half_written_is_seen(
    place: Place, proxy: Proxy, fault: Fault
) -> None:
    filled(place, 20)
    store = place.open(0.4)
    proxy.trouble(fault, 1_000_000)
    try:
        store.put("data/new", DATA)
    except StoreUnavailable:
        assert len(proxy.struck) > 1
    if fault is not Fault.RESET_IN_UPLOAD:
        with pytest.raises(StoreUnavailable, match=NAME):
            store.get(NAME)
    proxy.calm()
    assert place.open(20).get(NAME) == DATA
    sizes = dict(place.open(20).names())
    assert sizes in (
        {"data/00/00": 1, NAME: len(DATA)},
        {"data/00/00": 1, NAME: len(DATA), "data/new": len(DATA)},
    )


@served
def test_a_put_whose_answer_was_lost_meets_its_own_object(place: Place, proxy: Proxy) -> None:
    store = filled(place, 20)
    proxy.trouble(Fault.LOST_ANSWER, 2, "PUT")
    store.put("config", b"mine")
    assert proxy.struck == [(Fault.LOST_ANSWER, "PUT")] * 2
    with pytest.raises(ObjectDiffers):
        place.open(20).put("config", b"another's")
    assert store.get("config") == b"mine"


@served
def test_a_full_store_is_said_to_be_full_at_once(place: Place, proxy: Proxy) -> None:
    store = filled(place, 20)
    proxy.trouble(Fault.FULL, 1, "PUT")
    with pytest.raises(StoreFull, match="data/new"):
        store.put("data/new", DATA)
    assert proxy.struck == [(Fault.FULL, "PUT")]


@served
def test_what_cannot_succeed_is_not_tried_again(place: Place, proxy: Proxy) -> None:
    store = filled(place, 20)
    proxy.requests.clear()
    with pytest.raises(ObjectMissing):
        store.get("data/none")
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_wrong_keys_are_refused_at_once_and_the_bucket_is_named(
    place: Place, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(place, 20)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")
    stranger = place.open(20)
    proxy.requests.clear()
    with pytest.raises(AccessDenied, match=f"bucket vaults at {proxy.address} .* SignatureDoesNotMatch"):
        stranger.get(NAME)
    with pytest.raises(AccessDenied, match="bucket vaults"):
        stranger.put("data/new", b"x")
    assert len(proxy.requests) == 2


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_missing_keys_are_said_to_be_missing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(AccessDenied, match="no credentials for bucket vaults"):
        place.open(20).get(NAME)


@served
def test_a_bucket_that_is_not_there_is_named(place: Place) -> None:
    nowhere = open_store(place.url(20).replace("//vaults/", "//no-such-bucket/"))
    for ask in (lambda: nowhere.get(NAME), lambda: nowhere.put(NAME, b"x"), lambda: list(nowhere.names())):
        with pytest.raises(StoreError, match="no-such-bucket") as caught:
            ask()
        assert not isinstance(caught.value, ObjectMissing)


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_a_server_that_is_not_there_is_unavailable(place: Place, proxy: Proxy) -> None:
    gone = place.open(0.5)
    proxy.server_close()
    with pytest.raises(StoreUnavailable, match=NAME):
        gone.get(NAME)


@pytest.mark.usefixtures("credentials")
def test_a_listing_of_many_pages_goes_on_where_it_broke(tmp_path: Path) -> None:
    wanted = [f"index/{number:04}" for number in range(2500)]
    (tmp_path / BUCKET / "index").mkdir(parents=True)
    for name in wanted:
        (tmp_path / BUCKET / name).write_bytes(b"x")
    found: list[str] = []
    with rclone(tmp_path) as port, proxied(port) as proxy:
        store = open_store(f"s3://{BUCKET}?endpoint={proxy.address}&patience=60")
        proxy.trouble(Fault.SLOW_DOWN, 2)
        for name, size in store.names("index"):
            if len(found) in (500, 1500):
                proxy.trouble(Fault.SHORT_ANSWER, 1)
                proxy.trouble(Fault.RESET_IN_ANSWER, 1)
            found.append(name)
            assert size == 1
        assert len(proxy.struck) == 6
    assert found == wanted


def test_a_patience_of_some_seconds_is_kept() -> None:
    tried = []

    def attempt() -> None:
        tried.append(1)
        raise StoreUnavailable("busy")

    with pytest.raises(StoreUnavailable, match="busy"):
        Patience(0.05).of(attempt)
    assert len(tried) > 1
