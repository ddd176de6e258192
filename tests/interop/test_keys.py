"""Passwords that we and stock restic add, change and remove."""

import json
import subprocess
from pathlib import Path

import pytest
from tests.interop.restic import PASSWORD, Restic

from holdfast.repo import keys
from holdfast.repo.errors import KeyNeeded, WrongPassword
from holdfast.repo.lock import locked
from holdfast.repo.repository import open_repository


def with_password(restic: Restic, password: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run restic with another password than the usual one."""
    file = restic.folder.parent / f"password {password}"
    file.write_text(password)
    return restic.try_run("--password-file", file, *arguments)


def test_restic_opens_with_a_password_that_we_added_until_we_remove_it(restic: Restic) -> None:
    opened = restic.make()
    added = keys.add(opened, "another", cost=10)
    assert with_password(restic, "another", "snapshots").returncode == 0
    assert restic.run("snapshots", "--json").strip() in ("null", "[]")
    with locked(opened, exclusive=True):
        keys.remove(opened, added)
    refused = with_password(restic, "another", "snapshots")
    assert refused.returncode != 0
    assert "wrong password or no key found" in refused.stderr
    restic.check()


def test_restic_opens_with_the_changed_password_only(restic: Restic) -> None:
    opened = restic.make()
    with locked(opened, exclusive=True):
        keys.change_password(opened, "changed", cost=10)
    assert with_password(restic, "changed", "check").returncode == 0
    assert restic.try_run("snapshots").returncode != 0


def test_restic_lists_our_keys_and_we_list_theirs(restic: Restic, tmp_path: Path) -> None:
    restic.make()
    (tmp_path / "new").write_text("by hand")
    restic.run("key", "add", "--new-password-file", tmp_path / "new", "--user", "ada", "--host", "desk")
    by_hand = open_repository(restic.open().store, "by hand")
    ours = keys.add(by_hand, "ours", cost=10)
    listed = {one["id"]: one for one in json.loads(restic.run("key", "list", "--json"))}
    found = keys.find(by_hand.store)
    assert {one.id[:8] for one in found} == {one[:8] for one in listed}
    assert [one.problem for one in found] == ["", "", ""]
    assert {(one.username, one.hostname) for one in found if one.id == by_hand.key_id} == {("ada", "desk")}
    restic.run("key", "remove", ours)
    with pytest.raises(WrongPassword):
        open_repository(by_hand.store, "ours")
    with locked(by_hand, exclusive=True):
        keys.remove(by_hand, restic.open().key_id)
        with pytest.raises(KeyNeeded):
            keys.remove(by_hand, by_hand.key_id)
    assert restic.try_run("snapshots").returncode != 0
    assert with_password(restic, "by hand", "snapshots").returncode == 0


def test_a_password_that_restic_changed_is_the_one_that_opens(restic: Restic, tmp_path: Path) -> None:
    opened = restic.make()
    (tmp_path / "new").write_text("changed")
    restic.run("key", "passwd", "--new-password-file", tmp_path / "new")
    with pytest.raises(WrongPassword):
        open_repository(opened.store, PASSWORD)
    assert open_repository(opened.store, "changed").id == opened.id
