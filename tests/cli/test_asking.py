"""What is asked of the server: bodies and questions."""

from pathlib import Path
from typing import Any

import click
import pytest

from holdfast.cli import backup, protect, restore
from holdfast.cli.failures import Exit, Failure

LETTERS = {"id": "r1", "name": "letters"}
PHOTOS = {"id": "r2", "name": "photos"}
VAULTS: list[dict[str, Any]] = [
    {"id": "v1", "name": "directories", "resources": [LETTERS, PHOTOS]},
    {"id": "v2", "name": "disks", "resources": [{"id": "d1", "name": "root"}]},
    {"id": "v3", "name": "empty", "resources": []},
]
BACKUP = {
    "name": "manualbk_1",
    "resource_name": "letters",
    "created_at": "2026-03-01T12:00:00.000000",
    "protected_at": None,
}


def test_without_a_name_every_vault_that_holds_something_is_backed_up() -> None:
    assert backup.choose([], VAULTS) == {"v1": None, "v2": None}


def test_vaults_and_resources_are_backed_up_by_name_each_once() -> None:
    assert backup.choose(["letters", "photos", "letters"], VAULTS) == {"v1": ("r1", "r2")}
    assert backup.choose(["disks", "letters"], VAULTS) == {"v2": None, "v1": ("r1",)}


@pytest.mark.parametrize("given", [["directories", "letters"], ["letters", "directories"]])
def test_a_whole_vault_covers_its_resources(given: list[str]) -> None:
    assert backup.choose(given, VAULTS) == {"v1": None}


def test_a_name_of_a_vault_and_of_a_resource_must_be_told_apart() -> None:
    twice = [*VAULTS, {"id": "v4", "name": "letters", "resources": []}]
    with pytest.raises(Failure, match="fits 2 things") as refused:
        backup.choose(["letters"], twice)
    assert refused.value.code is Exit.USAGE


@pytest.mark.parametrize(("what", "vaults"), [([], []), (["music"], VAULTS)])
def test_what_is_not_protected_is_not_found(what: list[str], vaults: list[dict[str, Any]]) -> None:
    with pytest.raises(Failure) as refused:
        backup.choose(what, vaults)
    assert refused.value.code is Exit.NOT_FOUND


def test_a_restore_in_place_asks_for_nothing_more() -> None:
    assert restore.request(None, None, ()) == {}


def test_paths_of_a_restore_are_absolute_and_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert restore.request(None, "../back", ("a", "/srv/b/")) == {
        "details": {"destination_path": f"{tmp_path.parent}/back", "paths": [f"{tmp_path}/a", "/srv/b"]}
    }


def test_a_restore_names_its_target() -> None:
    assert restore.request({"id": "r2"}, None, ()) == {"resource_id": "r2"}


def test_the_question_before_a_restore_says_what_is_lost() -> None:
    whole = restore.question(BACKUP, None, ())
    assert whole.startswith("Overwrite letters with the backup manualbk_1 of 2026-03-01")
    assert "Overwrite /srv/a of photos" in restore.question(BACKUP, PHOTOS, ("/srv/a",))


def test_a_folder_is_a_directory_and_a_file_is_a_disk(tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    image.write_bytes(b"\0")
    assert (protect.kind_of(str(tmp_path)), protect.kind_of(str(image))) == ("directory", "disk")


@pytest.mark.parametrize("path", ["/dev/null", "/no/such/path"])
def test_what_is_neither_is_wrong_usage(path: str) -> None:
    with pytest.raises(click.UsageError, match=path):
        protect.kind_of(path)


def test_a_resource_is_called_by_the_last_part_of_its_path_unless_that_is_taken() -> None:
    assert protect.resource_name("/srv/letters", {"photos"}) == "letters"
    assert protect.resource_name("/srv/letters", {"letters"}) == "/srv/letters"
    assert protect.resource_name("/", set()) == "/"


def test_a_path_with_other_patterns_is_another_resource() -> None:
    kind = protect.KINDS["directory"]
    known = {"provider": "directory", "settings": {"path": "/srv", "exclude": ["*.tmp"]}}
    assert protect.is_same(known, kind, {"path": "/srv"})
    assert protect.is_same(known, kind, {"path": "/srv", "exclude": ["*.tmp"]})
    assert not protect.is_same(known, kind, {"path": "/srv", "exclude": ["*.bak"]})
    assert not protect.is_same(known, kind, {"path": "/srv/a"})
    assert not protect.is_same(known, protect.KINDS["disk"], {"path": "/srv"})
