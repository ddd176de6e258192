"""What the files of a repository are called, and which of them may go."""

import pytest

from holdfast.model.errors import InvalidParameter
from holdfast.model.repository_errors import FileKept, FileNotInRepository
from holdfast.model.repository_object import CONFIG, FOLDERS, check_deletable, kind_and_name, path

ID = "0a" * 32


def test_packs_lie_in_folders_by_their_first_two_digits() -> None:
    assert path("data", ID) == f"data/0a/{ID}"
    assert path("index", ID) == f"index/{ID}"
    assert path("marks", ID) == f"holdfast/marks/{ID}"
    assert path("config", "") == "config"


@pytest.mark.parametrize("kind", [*FOLDERS, CONFIG])
def test_what_lies_in_a_store_is_known_again(kind: str) -> None:
    name = "" if kind == CONFIG else ID
    found = kind_and_name(path(kind, name))
    assert found == (kind, CONFIG if kind == CONFIG else ID)


@pytest.mark.parametrize(
    "stored", [f"data/{ID}", f"data/0b/{ID}", f"other/{ID}", ID, "index/short", "holdfast/config", "data/0a"]
)
def test_what_is_no_file_of_a_repository_is_none(stored: str) -> None:
    with pytest.raises(ValueError, match="no files of a repository"):
        kind_and_name(stored)


@pytest.mark.parametrize("name", ["", "config", ID.upper(), ID[1:], f"{ID}0", "../config", f"{ID}\n"])
def test_a_name_is_a_hash(name: str) -> None:
    with pytest.raises(InvalidParameter, match="SHA-256"):
        path("index", name)
    with pytest.raises(FileNotInRepository):
        path("other", name)


@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.parametrize("by_admin", [True, False])
def test_locks_go_always_and_what_opens_the_repository_never(by_admin: bool, locked: bool) -> None:
    check_deletable("locks", by_admin=by_admin, locked=locked)
    for kind in (CONFIG, "keys"):
        with pytest.raises(FileKept, match="opens the repository"):
            check_deletable(kind, by_admin=by_admin, locked=locked)


@pytest.mark.parametrize("kind", ["data", "index", "snapshots", "marks"])
def test_only_an_administrator_deletes_what_backups_are_made_of(kind: str) -> None:
    check_deletable(kind, by_admin=True, locked=False)
    with pytest.raises(FileKept, match="administrator"):
        check_deletable(kind, by_admin=False, locked=False)
    with pytest.raises(FileKept, match="locked vault"):
        check_deletable(kind, by_admin=True, locked=True)
