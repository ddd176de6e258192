"""Access keys: how many, for whom, and the one in credentials.json."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.service.people import enrol

from holdfast import main
from holdfast.config import Config
from holdfast.db import accounts
from holdfast.db.database import Database
from holdfast.db.tables import access_key as table
from holdfast.model.errors import InvalidParameter, NotAuthenticated, NotFound
from holdfast.service import access_keys
from holdfast.service.access_keys import Change


def test_of_several_who_ask_at_once_two_get_a_key(database: Database) -> None:
    user = enrol(database, "ann", "secret of ann")

    def make(_number: int) -> bool:
        try:
            access_keys.make(database, user.id)
        except InvalidParameter:
            return False
        return True

    with ThreadPoolExecutor(4) as people:
        assert sorted(people.map(make, range(6))) == [False] * 4 + [True] * 2
    assert len(access_keys.find(database, user.id)) == 2


def test_a_secret_is_sealed_and_told_to_nobody(database: Database) -> None:
    user = enrol(database, "ann", "secret of ann")
    made = access_keys.make(database, user.id)
    assert made.secret not in repr(made)
    held = access_keys.holder(database, made.key.id, None)
    assert held.secret == made.secret
    assert made.secret not in repr(held)
    with database.reading() as tx:
        assert made.secret not in repr(tx.execute(table.select()).all())


@pytest.mark.parametrize("key_id", ["", "A" * 20, "x" * 100, "a\x00b"])
def test_a_key_that_nobody_holds_is_nobody(database: Database, key_id: str) -> None:
    with pytest.raises(NotAuthenticated):
        access_keys.holder(database, key_id, None)


def test_what_is_not_there_is_neither_changed_nor_deleted(database: Database) -> None:
    with pytest.raises(NotFound):
        access_keys.make(database, "nobody")
    with pytest.raises(NotFound):
        access_keys.change(database, "missing", Change(enabled=False))
    with pytest.raises(NotFound):
        access_keys.delete(database, "missing")
    with pytest.raises(NotFound):
        access_keys.find_user_id(database, "nobody")


def test_keys_go_with_their_user(database: Database) -> None:
    user = enrol(database, "ann", "secret of ann")
    access_keys.make(database, user.id)
    with database.transaction() as tx:
        accounts.remove_user(tx, user.id)
    assert access_keys.find(database, user.id) == []


# ── the first administrator's ───────────────────────────────────────────────────────────────────────────


def known(data: Path) -> dict[str, str]:
    content: dict[str, str] = json.loads((data / "credentials.json").read_text())
    return content


def test_the_first_administrator_gets_a_key_that_stays(database: Database, tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    main.settle(database, config)
    first = known(tmp_path)
    held = access_keys.holder(database, first["access_key"], first["project_id"])
    assert (held.user.name, held.secret) == ("admin", first["secret_key"])
    main.settle(database, config)
    assert known(tmp_path) == first


def test_an_installation_without_a_key_gets_one_at_its_next_start(database: Database, tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    main.settle(database, config)
    first = known(tmp_path)
    access_keys.delete(database, first["access_key"])
    (tmp_path / "credentials.json").write_text(json.dumps(first | {"access_key": "", "secret_key": ""}))
    main.settle(database, config)
    held = access_keys.holder(database, known(tmp_path)["access_key"], None)
    assert held.secret == known(tmp_path)["secret_key"]
    assert known(tmp_path)["password"] == first["password"]


def test_whoever_has_keys_enough_gets_none_there(database: Database, tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    main.settle(database, config)
    first = known(tmp_path)
    access_keys.make(database, access_keys.find_user_id(database, "admin"))
    without = first | {"access_key": "", "secret_key": ""}
    for kept in (without, without | {"username": "gone"}):
        (tmp_path / "credentials.json").write_text(json.dumps(kept))
        main.settle(database, config)
        assert known(tmp_path) == kept
