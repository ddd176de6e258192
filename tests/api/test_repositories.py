"""A vault's repository over HTTP: what is taken, given, and refused. Real clients are in tests/interop."""

import base64
import hashlib
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from tests.wire.served import Served, founded
from tests.wire.signing import DIALECTS, Request, date

from holdfast.api import app, streams
from holdfast.model.resource import ObjectType
from holdfast.model.vault import VaultState
from holdfast.repo import repository
from holdfast.service import vaults
from holdfast.service.vaults import NewVault
from holdfast.store.objects import open_store

MIB = 1 << 20
SMALL = b"a small file of a repository"
LARGE = os.urandom(3 * MIB + 17)
FIRST, SECOND = "application/vnd.x.restic.rest.v1", "application/vnd.x.restic.rest.v2"


@pytest.fixture(scope="module")
def town(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with founded(migrated_sqlite, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def house(town: Served) -> Served:
    return town.with_another_vault()


def called(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def put(house: Served, kind: str, content: bytes, **asked: str) -> httpx.Response:
    return house.ask("POST", f"{kind}/{called(content)}", content, **asked)


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["X-Request-Id"].startswith("req-")
    return answer.status_code, answer.json()["error_code"].rpartition(".")[2]


def stored(house: Served) -> list[str]:
    return [name for name, _ in open_store(house.folder.as_uri()).names()]


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_what_is_put_is_given_back_whole_and_in_part(house: Served, content: bytes) -> None:
    assert put(house, "data", content).status_code == 200
    name = f"data/{called(content)}"
    assert stored(house) == [f"data/{called(content)[:2]}/{called(content)}"]
    whole = house.ask("GET", name)
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["Content-Type"] == "application/octet-stream"
    part = house.ask("GET", name, Range="bytes=5-14")
    assert (part.status_code, part.content) == (206, content[5:15])
    assert part.headers["Content-Range"] == f"bytes 5-14/{len(content)}"
    head = house.ask("HEAD", name)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(content)), b"")
    beyond = house.ask("GET", name, Range=f"bytes={len(content)}-")
    assert code(beyond) == (416, "9900")
    assert beyond.headers["Content-Range"] == f"bytes */{len(content)}"


def test_a_file_may_come_without_saying_how_long_it_is(house: Served) -> None:
    pieces = [LARGE[start : start + 70_000] for start in range(0, len(LARGE), 70_000)]
    assert house.ask("POST", f"data/{called(LARGE)}", iter(pieces)).status_code == 200
    assert house.ask("GET", f"data/{called(LARGE)}").content == LARGE


def test_listings_tell_names_or_names_and_sizes(house: Served) -> None:
    for content in (SMALL, LARGE):
        put(house, "data", content)
    put(house, "snapshots", SMALL)
    names = house.ask("GET", "data/", Accept=FIRST)
    assert (names.headers["Content-Type"], set(names.json())) == (FIRST, {called(SMALL), called(LARGE)})
    sizes = house.ask("GET", "data/", Accept=SECOND)
    assert sizes.headers["Content-Type"] == SECOND
    assert {one["name"]: one["size"] for one in sizes.json()} == {
        called(SMALL): len(SMALL),
        called(LARGE): len(LARGE),
    }
    assert house.ask("GET", "index/").json() == []


def test_a_long_listing_is_one_array(house: Served) -> None:
    (house.folder / "index").mkdir(parents=True)
    wanted = {called(b"%d" % number) for number in range(2500)}
    for name in wanted:
        (house.folder / "index" / name).touch()
    (house.folder / "index" / "not-a-hash").touch()
    found = house.ask("GET", "index/").json()
    assert len(found) == 2500
    assert set(found) == wanted


def test_the_same_file_again_is_fine_and_counts_once(house: Served) -> None:
    for _ in range(2):
        assert put(house, "data", LARGE).status_code == 200
    assert house.used_bytes == len(LARGE)
    assert house.ask("DELETE", f"data/{called(LARGE)}").status_code == 200
    assert house.ask("DELETE", f"data/{called(LARGE)}").status_code == 200
    assert house.used_bytes == 0


@pytest.mark.parametrize("content", [SMALL, LARGE, b""], ids=["small", "large", "empty"])
def test_what_is_not_what_its_name_says_leaves_nothing(house: Served, content: bytes) -> None:
    answer = house.ask("POST", f"data/{called(b'something else')}", content)
    assert code(answer) == (400, "9900")
    assert stored(house) == []
    assert code(put(house, "data", b"")) == (400, "9900")


def test_a_file_that_breaks_off_leaves_nothing(house: Served) -> None:
    host, port = house.address.removeprefix("http://").split(":")
    token = house.house.tokens["admin"]
    with socket.create_connection((host, int(port))) as line:
        head = (
            f"POST {house.path}data/{called(LARGE)} HTTP/1.1\r\nHost: {host}\r\nX-Auth-Token: {token}\r\n"
            f"Content-Length: {len(LARGE)}\r\n\r\n"
        )
        line.sendall(head.encode() + LARGE[: 2 * MIB])
        time.sleep(0.2)
    assert stored(house) == []
    assert put(house, "data", LARGE).status_code == 200


def test_a_sender_that_falls_silent_is_not_waited_for(house: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SILENCE_SECONDS", 0.2)
    host, port = house.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        head = (
            f"POST {house.path}data/{called(LARGE)} HTTP/1.1\r\nHost: {host}\r\n"
            f"X-Auth-Token: {house.house.tokens['admin']}\r\nContent-Length: {len(LARGE)}\r\n\r\n"
        )
        line.sendall(head.encode() + LARGE[:MIB])
        assert line.recv(1000).startswith(b"HTTP/1.1 400")
    assert stored(house) == []


@contextmanager
def beginning(house: Served) -> Iterator[socket.socket]:
    """A line on which a small file has begun to come."""
    host, port = house.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        head = (
            f"POST {house.path}data/{called(SMALL)} HTTP/1.1\r\nHost: {host}\r\n"
            f"X-Auth-Token: {house.house.tokens['admin']}\r\nContent-Length: {len(SMALL)}\r\n\r\n"
        )
        line.sendall(head.encode() + SMALL[:5])
        yield line


def test_a_small_file_on_a_slow_line_has_more_time_than_other_bodies(
    house: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "BODY_SECONDS", 0.05)
    with beginning(house) as line:
        time.sleep(0.3)
        line.sendall(SMALL[5:])
        assert line.recv(1000).startswith(b"HTTP/1.1 200")
    assert house.ask("GET", f"data/{called(SMALL)}").content == SMALL


def test_who_falls_silent_in_a_small_file_is_not_waited_for(
    house: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SILENCE_SECONDS", 0.05)
    with beginning(house) as line:
        assert line.recv(1000).startswith(b"HTTP/1.1 400")
    assert stored(house) == []


def test_the_config_is_put_once(house: Served) -> None:
    assert house.ask("HEAD", "config").status_code == 404
    assert house.ask("POST", "config", b"first").status_code == 200
    assert house.ask("POST", "config", b"first").status_code == 200
    assert code(house.ask("POST", "config", b"other")) == (409, "0021")
    assert house.ask("GET", "config").content == b"first"
    assert code(house.ask("DELETE", "config")) == (403, "0023")
    assert code(house.ask("POST", "config", bytes(1 << 17))) == (400, "9900")


@pytest.mark.parametrize(
    ("method", "name", "told"),
    [
        ("GET", "config", (404, "0020")),
        ("GET", f"data/{'a' * 64}", (404, "0020")),
        ("GET", f"other/{'a' * 64}", (404, "0020")),
        ("GET", "other/", (404, "0020")),
        ("GET", "data/odd", (400, "9900")),
        ("GET", "data/..%2fconfig", (404, "0101")),
        ("POST", f"other/{'a' * 64}", (404, "0020")),
        ("POST", "data/odd", (400, "9900")),
        ("GET", f"data/{'a' * 63}%00", (400, "9900")),
        ("GET", "config/a", (404, "0020")),
        ("POST", f"config/{'a' * 64}", (404, "0020")),
        ("DELETE", "", (405, "0101")),
        ("PUT", f"data/{'a' * 64}", (405, "0101")),
    ],
)
def test_what_there_is_not_is_refused(house: Served, method: str, name: str, told: tuple[int, str]) -> None:
    assert code(house.ask(method, name, b"x" if method == "POST" else None)) == told


def test_creating_says_only_whether_files_may_come(house: Served) -> None:
    assert house.ask("POST", "?create=true").status_code == 200
    assert stored(house) == []
    assert code(house.ask("POST", "?create=true", who="reader")) == (403, "8600")


def test_a_reader_may_nothing_and_a_stranger_knows_nothing(house: Served) -> None:
    put(house, "data", SMALL)
    name = f"data/{called(SMALL)}"
    for method, where in (("GET", name), ("GET", "data/"), ("GET", "config"), ("DELETE", name)):
        assert code(house.ask(method, where, who="reader")) == (403, "8600")
        assert code(house.ask(method, where, who="stranger")) == (404, "6302")
    assert code(house.ask("POST", name, SMALL, who="reader")) == (403, "8600")
    assert house.house.refused("GET", f"/vaults/{house.vault.id}/repository-key", who="reader")[0] == 403


def test_only_an_administrator_deletes_more_than_locks(house: Served) -> None:
    for kind in ("data", "locks"):
        put(house, kind, SMALL, who="operator")
    assert house.ask("DELETE", f"locks/{called(SMALL)}", who="operator").status_code == 200
    assert code(house.ask("DELETE", f"data/{called(SMALL)}", who="operator")) == (403, "0023")
    house.change(locked=True)
    assert code(house.ask("DELETE", f"data/{called(SMALL)}")) == (403, "0023")
    assert put(house, "locks", SMALL).status_code == 200
    assert house.ask("DELETE", f"locks/{called(SMALL)}").status_code == 200


def test_a_full_vault_takes_locks_and_nothing_else(house: Served) -> None:
    house.change(size_gb=0)
    assert code(put(house, "data", LARGE)) == (507, "0022")
    assert put(house, "locks", SMALL).status_code == 200
    house.change(demand_billing=True)
    assert put(house, "data", LARGE).status_code == 200


def test_a_lock_is_no_place_to_keep_things(house: Served) -> None:
    for content in (bytes(17 << 10), LARGE):
        assert code(put(house, "locks", content, who="operator")) == (400, "9900")
    assert stored(house) == []


def test_slow_senders_of_one_project_keep_no_other_waiting(house: Served) -> None:
    host, port = house.address.removeprefix("http://").split(":")
    with ExitStack() as lines:
        for number in range(streams.THREADS + streams.THREADS_OF_A_PROJECT):
            line = lines.enter_context(socket.create_connection((host, int(port))))
            head = (
                f"POST {house.path}data/{number:064x} HTTP/1.1\r\nHost: {host}\r\n"
                f"X-Auth-Token: {house.house.tokens['operator']}\r\nContent-Length: {len(LARGE)}\r\n\r\n"
            )
            line.sendall(head.encode() + LARGE[:1000])
        vault = vaults.create(
            house.world.context(project=house.world.red),
            NewVault(name="red", object_type=ObjectType.TURBO, size_gb=1),
        )
        red = f"{house.address}/v3/{house.world.red.id}/vaults/{vault.id}/repository"
        headers = {"X-Auth-Token": house.house.tokens["stranger"]}
        with httpx.Client(trust_env=False, timeout=60) as http:
            name = f"data/{called(LARGE)}"
            assert http.post(f"{red}/{name}", content=LARGE, headers=headers).status_code == 200
            assert http.get(f"{red}/{name}", headers=headers).content == LARGE
        assert house.ask("GET", "data/").json() == []


def test_a_vault_that_may_grow_does_when_it_is_full(house: Served) -> None:
    house.change(size_gb=0, auto_expand=True)
    assert put(house, "data", LARGE).status_code == 200
    shown = house.house.ask("GET", f"/vaults/{house.vault.id}")["vault"]
    assert shown["billing"]["size"] == 1


def test_a_vault_on_its_way_out_takes_and_gives_nothing(house: Served) -> None:
    put(house, "data", SMALL)
    house.house.ask("DELETE", f"/vaults/{house.vault.id}", expect=204)
    for method in ("GET", "POST", "DELETE"):
        content = SMALL if method == "POST" else None
        assert code(house.ask(method, f"data/{called(SMALL)}", content)) == (400, "6112")
    assert house.house.refused("GET", f"/vaults/{house.vault.id}/repository-key")[1] == "6112"


def test_a_frozen_vault_gives_and_takes_no_more(house: Served) -> None:
    put(house, "data", SMALL)
    house.change(status=VaultState.FROZEN)
    assert house.ask("GET", f"data/{called(SMALL)}").content == SMALL
    assert code(put(house, "data", LARGE)) == (400, "6110")


def test_the_password_opens_the_repository_which_is_there_from_then_on(house: Served) -> None:
    password = house.password("operator")
    opened = repository.open_repository(open_store(house.folder.as_uri()), password)
    assert house.password() == password
    assert repository.open_repository(open_store(house.folder.as_uri()), password).id == opened.id
    answer = house.house.refused("GET", "/vaults/0af/repository-key")
    assert answer[:2] == (404, "6105")


def basic(house: Served, user: str, secret: str, path: str = "") -> httpx.Response:
    with httpx.Client(trust_env=False) as http:
        return http.get(f"{house.address}{path or house.path + 'data/'}", auth=(user, secret))


def test_an_access_key_may_be_shown_for_the_repository_and_for_nothing_else(house: Served) -> None:
    made = house.key("operator")
    assert basic(house, made.key.id, made.secret).json() == []
    assert code(basic(house, made.key.id, "guessed")) == (401, "0301")
    assert code(basic(house, "AKUNKNOWN", made.secret)) == (401, "0301")
    elsewhere = f"/v3/{house.world.blue.id}/vaults"
    assert code(basic(house, made.key.id, made.secret, elsewhere)) == (401, "0301")
    other = house.path.replace(house.world.blue.id, house.world.red.id) + "data/"
    assert code(basic(house, made.key.id, made.secret, other)) == (404, "6302")
    assert code(basic(house, house.key("reader").key.id, house.key("reader").secret)) == (403, "8600")


@pytest.mark.parametrize("shown", ["?", "!!", "bm8gY29sb24=", base64.b64encode(b"\xff:\xff").decode(), "é"])
def test_what_shows_no_access_key_is_refused(house: Served, shown: str) -> None:
    with httpx.Client(trust_env=False) as http:
        headers = {b"Authorization": f"Basic {shown}".encode("latin-1")}
        assert code(http.get(f"{house.address}{house.path}data/", headers=headers)) == (401, "0301")


def signed(house: Served, dialect: str, name: str, sent: bytes, said: bytes) -> httpx.Response:
    """A file that is sent, under a signature for what it is said to be."""
    made = house.key("operator")
    target = f"{house.path}{name}"
    headers = {"x-sdk-date": date()}
    request = Request("POST", target, headers, said)
    headers["authorization"] = DIALECTS[dialect](request, "x-sdk-date", made.key.id, made.secret)
    with httpx.Client(trust_env=False) as http:
        return http.post(f"{house.address}{target}", content=sent, headers=headers)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_a_signature_covers_the_file_whatever_its_size(house: Served, dialect: str, content: bytes) -> None:
    other = bytes(len(content))
    name = f"data/{called(content)}"
    assert code(signed(house, dialect, f"data/{called(other)}", other, content)) == (401, "0301")
    assert code(signed(house, dialect, name, other, content))[0] in (400, 401)
    assert stored(house) == []
    time.sleep(1.1)  # a signature counts once, and has the time in seconds
    assert signed(house, dialect, name, content, content).status_code == 200
    assert house.ask("GET", name).content == content
