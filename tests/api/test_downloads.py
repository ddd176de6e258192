"""Downloads on the wire: a ticket, its bytes, and who gets neither."""

import io
import os
import stat
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
import sqlalchemy as sa
from tests.api.asking import House
from tests.api.following import serving
from tests.api.holding import Holding, fifo, link
from tests.engine.house import wait_until

from holdfast.api import streams
from holdfast.db import tables
from holdfast.model import clock
from holdfast.model.backup import Backup
from holdfast.model.project import Role
from holdfast.service import archives, downloads

FILES = {
    b"Letter.txt": b"dear all",
    b"caf\xe9.txt": b"latin",
    b"deep/er/note": os.urandom(100_000),
    b"deep/letters.md": b"# letters" * 1000,
    b'evil\\..\\"name\xe2\x80\xae.html': b"<script>alert(1)</script>",
}
TOP = "/srv/letters"
MORE_THAN_LIES_ON_THE_WAY = 24 << 20


@pytest.fixture
def held(house: House) -> Holding:
    return Holding.of(house)


def ticket(house: House, backup: Backup, *paths: str, **asked: Any) -> dict[str, Any]:
    body = {"download": {"paths": list(paths)}}
    reply = house.ask("POST", f"/backups/{backup.id}/downloads", body, expect=201, **asked)
    told: dict[str, Any] = reply["download"]
    return told


def below(house: House, url: str) -> str:
    return url.removeprefix(f"/v3/{house.world.blue.id}")


def downloaded(house: House, backup: Backup, *paths: str) -> httpx.Response:
    told = ticket(house, backup, *paths)
    reply = house.send("GET", below(house, told["url"]))
    assert reply.status_code == 200, reply.text
    return reply


def unzipped(reply: httpx.Response) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(reply.content)) as archive:
        assert archive.testzip() is None
        return {one: archive.read(one) for one in archive.namelist()}


def test_a_file_comes_as_it_is_and_is_nothing_to_a_browser(house: House, held: Holding) -> None:
    backup = held.back_up(FILES)
    told = ticket(house, backup, f"{TOP}/Letter.txt", who="operator")
    assert (told["name"], told["size_bytes"], told["file_count"]) == ("Letter.txt", 8, 1)
    left = datetime.fromisoformat(told["expires_at"]).replace(tzinfo=UTC) - clock.now()
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    assert "Letter" not in told["url"]
    reply = house.send("GET", below(house, told["url"]), who="operator")
    assert reply.content == b"dear all"
    assert reply.headers["Content-Length"] == "8"
    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert reply.headers["Content-Disposition"] == (
        "attachment; filename=\"Letter.txt\"; filename*=UTF-8''Letter.txt"
    )
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "no-store" in reply.headers["Cache-Control"]
    head = house.send("HEAD", below(house, told["url"]), who="operator")
    assert (head.headers["Content-Length"], head.content) == ("8", b"")
    assert not list(held.repository.store.names("locks"))


def test_names_lead_nowhere_and_pretend_nothing(house: House, held: Holding) -> None:
    backup = held.back_up(FILES)
    (odd,) = (
        one
        for one in house.ask("GET", f"/backups/{backup.id}/files")["files"]
        if one["name"].startswith("evil")
    )
    reply = downloaded(house, backup, odd["path"])
    assert reply.content == b"<script>alert(1)</script>"
    assert reply.headers["Content-Disposition"] == (
        "attachment; filename=\"evil_..__name_.html\"; filename*=UTF-8''evil_.._%22name_.html"
    )
    inside = unzipped(downloaded(house, backup, odd["path"], f"{TOP}/Letter.txt"))
    assert set(inside) == {"Letter.txt", 'evil%5C..%5C"name\u202e.html'}


def test_a_folder_comes_as_an_archive(house: House, held: Holding) -> None:
    backup = held.back_up(FILES)
    reply = downloaded(house, backup, f"{TOP}/deep")
    assert "filename*=UTF-8''deep.zip" in reply.headers["Content-Disposition"]
    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert "Content-Length" not in reply.headers
    assert unzipped(reply) == {
        "deep/": b"",
        "deep/er/": b"",
        "deep/er/note": FILES[b"deep/er/note"],
        "deep/letters.md": FILES[b"deep/letters.md"],
    }
    with ZipFile(io.BytesIO(reply.content)) as archive:
        info = archive.getinfo("deep/er/note")
    assert info.date_time == (2023, 11, 14, 22, 13, 20)
    assert info.external_attr >> 16 == stat.S_IFREG | 0o640
    assert not list(held.repository.store.names("locks"))


def test_several_paths_come_as_one_archive(house: House, held: Holding) -> None:
    backup = held.back_up(FILES, [link(b"zlink", b"Letter.txt"), fifo(b"zpipe")])
    paths = [f"{TOP}/{name}" for name in ("deep/er", "caf%E9.txt", "zlink", "zpipe")]
    reply = downloaded(house, backup, *paths)
    assert "filename*=UTF-8''letters.zip" in reply.headers["Content-Disposition"]
    inside = unzipped(reply)
    assert inside == {
        "caf%E9.txt": b"latin",
        "deep/": b"",
        "deep/er/": b"",
        "deep/er/note": FILES[b"deep/er/note"],
        "zlink": b"Letter.txt",
        archives.MISSING: b"zpipe: a fifo cannot be in an archive\n",
    }
    with ZipFile(io.BytesIO(reply.content)) as archive:
        assert stat.S_ISLNK(archive.getinfo("zlink").external_attr >> 16)
    everything = unzipped(downloaded(house, backup, "/"))
    assert "srv/letters/Letter.txt" in everything


def test_damage_leaves_no_file_cut_short(
    house: House, held: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = held.back_up({b"a": b"sound"})
    packs = {name for name, _ in held.repository.store.names("data")}
    backup = held.back_up({b"a": b"sound", b"deep/b": os.urandom(50_000)})
    large = {
        name: size for name, size in held.repository.store.names("data") if name not in packs and size > 9000
    }
    for name, size in large.items():
        held.repository.store.delete(name)
        held.repository.store.put(name, bytes(size))
    inside = unzipped(downloaded(house, backup, TOP))
    assert inside["letters/a"] == b"sound"
    assert "letters/deep/b" not in inside
    assert inside[archives.MISSING].startswith(b"letters/deep/b: ")
    told = ticket(house, backup, f"{TOP}/deep/b")
    with pytest.raises(Exception, match="pack"):  # the connection breaks
        house.send("GET", below(house, told["url"]))
    monkeypatch.setattr(archives, "READ_FIRST", 10)
    with pytest.raises(Exception, match="pack"):
        downloaded(house, backup, TOP)
    assert downloaded(house, sound, f"{TOP}/a").content == b"sound"
    assert not list(held.repository.store.names("locks"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_takes_nothing_is_cut_off_and_holds_up_no_prune(
    house: House, held: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SILENCE_SECONDS", 0.3)
    backup = held.back_up({b"large": os.urandom(MORE_THAN_LIES_ON_THE_WAY)})
    told = ticket(house, backup, f"{TOP}/large")
    locks = partial(held.repository.store.names, "locks")
    with serving(house) as server, server.fetching(told["url"]) as reply:
        assert list(locks())
        wait_until(lambda: not list(locks()), lambda: "the repository is still locked")
        with pytest.raises(httpx.RemoteProtocolError):
            reply.read()


def test_a_reader_downloads_nothing(house: House, held: Holding) -> None:
    backup = held.back_up(FILES)
    body = {"download": {"paths": [TOP]}}
    path = f"/backups/{backup.id}/downloads"
    assert house.refused("POST", path, body, who="reader")[:2] == (403, "8600")
    told = ticket(house, backup, TOP)
    with house.world.db.transaction() as tx:
        tx.execute(sa.update(tables.granted_role).values(role=Role.READER))
    assert house.refused("GET", below(house, told["url"]))[:2] == (403, "8600")


def test_a_ticket_is_for_who_asked_for_it_and_for_a_while(
    house: House, held: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = held.back_up(FILES)
    url = below(house, ticket(house, backup, TOP)["url"])
    assert house.refused("GET", url, who="operator")[:2] == (403, "8600")
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.refused("GET", url, **red)[:2] == (403, "8600")
    assert house.refused("GET", url, who="")[:2] == (401, "0301")
    assert house.refused("GET", url, who="stranger")[0] == 404
    for forged in (url[:-4] + "AAA=", "/downloads/none", "/downloads/%C3%A9"):
        assert house.refused("GET", forged)[:2] == (404, "0033")
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=5, seconds=1))
    assert house.refused("GET", url)[:2] == (404, "0033")


def test_who_downloads_what_is_in_the_audit_trail(house: House, held: Holding) -> None:
    backup = held.back_up(FILES)
    ticket(house, backup, TOP)
    newest = house.ask("GET", "/holdfast/audit")["audit"][0]
    assert newest["path"].endswith(f"/backups/{backup.id}/downloads")


def test_what_cannot_be_downloaded_is_refused(
    house: House, held: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = held.back_up(FILES, [fifo(b"zpipe")])
    path = f"/backups/{backup.id}/downloads"

    def refused(*paths: str) -> tuple[int, str]:
        return house.refused("POST", path, {"download": {"paths": list(paths)}})[:2]

    assert refused() == (400, "9900")
    assert refused("srv") == (400, "9900")
    assert refused("/srv/../srv") == (400, "9900")
    assert refused(f"{TOP}/none") == (404, "0031")
    assert refused(f"{TOP}/Letter.txt/none") == (404, "0031")
    assert refused(f"{TOP}/zpipe") == (400, "9900")
    assert refused(*[f"/{number}" for number in range(1001)]) == (400, "9900")
    monkeypatch.setattr("holdfast.service.downloads.MOST_FILES", 2)
    assert refused(TOP) == (400, "9900")
    house.world.fail(house.world.start(held.vault)[0])
    told = ticket(house, backup, f"{TOP}/Letter.txt")
    house.ask("DELETE", f"/backups/{backup.id}", expect=204)
    assert house.refused("GET", below(house, told["url"]))[:2] == (400, "6206")


def test_a_project_has_only_so_many_at_once(house: House, held: Holding) -> None:
    backup = held.back_up(FILES)
    letter = f"{TOP}/Letter.txt"
    url = below(house, ticket(house, backup, letter)["url"])
    context = house.world.context()
    granted = downloads.create(context, backup.id, [letter])
    taken = [downloads.begin(context, granted.ticket) for _ in range(downloads.MOST_OPEN)]
    asked = {"download": {"paths": [letter]}}
    for refused in (
        house.refused("GET", url),
        house.refused("POST", f"/backups/{backup.id}/downloads", asked),
    ):
        assert refused[:2] == (429, "0034")
        assert "at most 8 at once" in refused[2]
    assert b"".join(taken[0]) == b"dear all"  # one that is sent makes room by itself
    assert house.send("GET", url).content == b"dear all"
    for one in taken:
        one.close()
    assert not list(held.repository.store.names("locks"))


def test_too_many_names_for_one_address_are_refused(house: House, held: Holding) -> None:
    files = {os.urandom(60).hex().encode(): b"" for _ in range(90)}
    backup = held.back_up(files)
    paths = [f"{TOP}/{name.decode()}" for name in files]
    refused = house.refused("POST", f"/backups/{backup.id}/downloads", {"download": {"paths": paths}})
    assert (refused[0], refused[1]) == (400, "9900")
    assert "folder" in refused[2]
    assert len(ticket(house, backup, *paths[:20])["url"]) < 8000
