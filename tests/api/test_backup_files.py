"""What is in a backup on the wire: folders, a search, and what is different from another backup."""

from dataclasses import replace
from typing import Any

import pytest
from tests.api.asking import House
from tests.api.holding import Holding, fifo, link

from holdfast.db import vaults
from holdfast.model.resource import ObjectType
from holdfast.service import backup_files, repositories

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FILES = {
    b"Letter.txt": b"dear all",
    b"caf\xe9.txt": b"latin",
    b"deep/er/note": b"remember",
    b"deep/letters.md": b"# letters",
    b"x&<img src=x onerror=alert(1)>.html": b"<b>",
}


@pytest.fixture
def held(house: House) -> Holding:
    return Holding.of(house)


def names(found: dict[str, Any]) -> list[str]:
    return [one["name"] for one in found["files"]]


def test_a_folder_shows_what_is_right_in_it_folders_first(house: House, held: Holding) -> None:
    backup = held.back_up(FILES, [link(b"zlink", b"Letter.txt"), fifo(b"zpipe")])
    files = f"/backups/{backup.id}/files"
    told = house.ask("GET", files)
    assert (told["root"], told["path"], told["count"]) == ("/srv/letters", "/srv/letters", 6)
    assert names(told) == [
        "deep",
        "Letter.txt",
        "caf%E9.txt",
        "x&<img src=x onerror=alert(1)>.html",
        "zlink",
        "zpipe",
    ]
    assert told["files"][1] == {
        "name": "Letter.txt",
        "path": "/srv/letters/Letter.txt",
        "kind": "file",
        "size_bytes": 8,
        "modified_at": "2023-11-14T22:13:20.123Z",
        "mode": "0640",
        "uid": 1000,
        "gid": 100,
        "link_target": None,
        "problem": None,
    }
    assert told["files"][4]["link_target"] == "Letter.txt"
    page = house.ask("GET", files, path="/srv/letters", limit=2, offset=1)
    assert (names(page), page["count"], page["limit"], page["offset"]) == (
        ["Letter.txt", "caf%E9.txt"],
        6,
        2,
        1,
    )
    assert names(house.ask("GET", files, path="/", who="reader")) == ["srv"]
    assert names(house.ask("GET", files, path="/srv/letters/deep/")) == ["er", "letters.md"]


def test_what_is_no_folder_is_refused(house: House, held: Holding) -> None:
    files = f"/backups/{held.back_up(FILES).id}/files"
    for path in ("/srv/letters/none", "/srv/letters/Letter.txt", "/srv/letters/caf\u00e9.txt"):
        assert house.refused("GET", files, path=path)[:2] == (404, "0031")
    assert house.refused("GET", files, path="srv")[:2] == (400, "9900")
    assert house.refused("GET", files, path="/" + "x" * 4096)[:2] == (400, "9900")
    assert house.refused("GET", files, limit=0)[:2] == (400, "9900")
    assert house.ask("GET", files, path="/srv")["count"] == 1


def test_a_search_finds_parts_of_names_and_patterns(house: House, held: Holding) -> None:
    search = f"/backups/{held.back_up(FILES).id}/files/search"

    def found(q: str, **more: Any) -> list[str]:
        return [one["path"].removeprefix("/srv/") for one in house.ask("GET", search, q=q, **more)["files"]]

    assert found("LETTER.") == ["letters/Letter.txt"]
    assert found("letter") == ["letters", "letters/Letter.txt", "letters/deep/letters.md"]
    assert found("*.md") == ["letters/deep/letters.md"]
    assert found("n?te") == ["letters/deep/er/note"]
    assert found("deep/er") == ["letters/deep/er"]
    assert found("/srv/*/caf%E9*") == ["letters/caf%E9.txt"]
    assert found("[l]") == found("\\") == found("nothing") == []
    limited = house.ask("GET", search, q="e", limit=2)
    assert (len(limited["files"]), limited["more"], limited["limit"]) == (2, True, 2)
    assert house.ask("GET", search, q="Letter.txt")["more"] is False
    assert house.refused("GET", search)[:2] == (400, "9900")
    assert house.refused("GET", search, q="e", limit=201)[:2] == (400, "9900")


def test_a_search_that_takes_too_long_says_that_there_may_be_more(
    house: House, held: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = held.back_up(FILES)
    monkeypatch.setattr(backup_files, "PATIENCE_SECONDS", -1.0)
    told = house.ask("GET", f"/backups/{backup.id}/files/search", q="letter")
    assert (told["files"], told["more"]) == ([], True)


def test_two_backups_are_compared(house: House, held: Holding) -> None:
    before = held.back_up(FILES)
    later = {**FILES, b"Letter.txt": b"dear you all", b"new/a": b"1", b"new/b": b"22"}
    del later[b"caf\xe9.txt"]
    after = held.back_up(later)
    changes = f"/backups/{after.id}/files/changes"
    told = house.ask("GET", changes, against=before.id, who="reader")
    assert [(one["action"], one["path"].removeprefix("/srv/letters/")) for one in told["changes"]] == [
        ("modified", "Letter.txt"),
        ("removed", "caf%E9.txt"),
        ("added", "new"),
        ("added", "new/a"),
        ("added", "new/b"),
    ]
    assert told["changes"][0] == {
        "path": "/srv/letters/Letter.txt",
        "action": "modified",
        "kind_before": "file",
        "kind_after": "file",
        "bytes_before": 8,
        "bytes_after": 12,
    }
    assert told["totals"]["added"] == {"count": 3, "bytes_before": 0, "bytes_after": 3}
    assert told["totals"]["removed"] == {"count": 1, "bytes_before": 5, "bytes_after": 0}
    assert (told["complete"], told["more"]) == (True, False)
    page = house.ask("GET", changes, against=before.id, action="added", limit=2)
    assert (len(page["changes"]), page["more"], page["totals"]) == (2, True, told["totals"])
    last = house.ask("GET", changes, against=before.id, action="added", limit=2, offset=2)
    assert ([one["path"] for one in last["changes"]], last["more"]) == (["/srv/letters/new/b"], False)
    same = house.ask("GET", changes, against=after.id)
    assert same["changes"] == []


def test_only_backups_of_one_resource_in_one_vault_are_compared(house: House, held: Holding) -> None:
    backup = held.back_up(FILES)
    vault = house.world.vault(house.world.directory("photos"))
    (other,) = house.world.back_up(vault)
    changes = f"/backups/{backup.id}/files/changes"
    assert house.refused("GET", changes, against=other.id)[:2] == (400, "9900")
    assert house.refused("GET", changes, against="0" * 32)[:2] == (404, "6200")
    assert house.refused("GET", changes)[:2] == (400, "9900")
    assert house.refused("GET", changes, against=backup.id, action="eaten")[:2] == (400, "9900")


def test_what_cannot_be_looked_into_says_why(house: House, held: Holding) -> None:
    world = house.world
    backup = held.back_up(FILES)
    red: dict[str, Any] = {"who": "stranger", "project": world.red}
    assert house.refused("GET", f"/backups/{backup.id}/files", **red)[:2] == (404, "6200")
    lost = held.back_up(FILES, snapshot_id="5" * 64)
    assert house.refused("GET", f"/backups/{lost.id}/files")[:2] == (500, "0032")
    (task,) = world.start(held.vault)
    assert house.refused("GET", f"/backups/{task.backup_id}/files")[:2] == (400, "6206")
    house.ask("DELETE", f"/backups/{backup.id}", expect=204)
    assert house.refused("GET", f"/backups/{backup.id}/files")[:2] == (400, "6206")


def test_a_server_is_looked_into_disk_by_disk(house: House) -> None:
    web = house.world.server()
    vault = house.world.vault(web, object_type=ObjectType.SERVER)
    backup = house.world.back_up_server(vault, web)
    status, code, message = house.refused("GET", f"/backups/{backup.id}/files")
    assert (status, code) == (400, "9900")
    assert "disks" in message


def test_a_store_that_is_away_or_damaged_is_told(house: House, held: Holding) -> None:
    backup = held.back_up({b"a": b"1"})
    files = f"/backups/{backup.id}/files"
    assert house.ask("GET", files)["count"] == 1
    store = held.repository.store
    for name, _ in list(store.names("data")):
        store.delete(name)
    assert house.refused("GET", files)[:2] == (500, "0032")


def test_a_repository_that_was_made_anew_is_looked_into(house: House, held: Holding) -> None:
    before = held.back_up({b"a": b"1"})
    assert house.ask("GET", f"/backups/{before.id}/files")["count"] == 1
    store = held.repository.store
    for name, _ in list(store.names()):
        store.delete(name)
    assert house.refused("GET", f"/backups/{before.id}/files")[:2] == (503, "0024")
    with house.world.db.reading() as tx:
        again = replace(held, repository=repositories.make(store, vaults.secret(tx, held.vault.id)))
    after = again.back_up({b"b": b"2", b"c": b"3"})
    assert house.ask("GET", f"/backups/{after.id}/files")["count"] == 2
    assert house.refused("GET", f"/backups/{before.id}/files")[:2] == (500, "0032")
    assert not list(store.names("locks"))
