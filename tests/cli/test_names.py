"""Which thing is meant by a name, an id, or the beginning of one."""

import pytest

from holdfast.cli import names
from holdfast.cli.failures import Exit, Failure

ITEMS = [
    {"id": "aaaa1111-0000-4000-8000-000000000001", "name": "letters"},
    {"id": "aaaa2222-0000-4000-8000-000000000002", "name": "photos"},
    {"id": "bbbb3333-0000-4000-8000-000000000003", "name": "photos"},
    {"id": "cccc4444-0000-4000-8000-000000000004", "name": "aaaa1"},
]


@pytest.mark.parametrize(
    ("given", "place"), [("letters", 0), (ITEMS[1]["id"], 1), ("bb", 2), ("BBBB", 2), ("aaaa2", 1)]
)
def test_a_thing_is_found_by_name_id_and_beginning_of_the_id(given: str, place: int) -> None:
    assert names.pick("vault", given, ITEMS) is ITEMS[place]


def test_a_name_beats_the_beginning_of_an_id() -> None:
    assert names.pick("vault", "aaaa1", ITEMS) is ITEMS[3]


@pytest.mark.parametrize("given", ["photos", "aaaa"])
def test_what_fits_several_things_is_refused_and_lists_them(given: str) -> None:
    with pytest.raises(Failure, match=r"fits 2 vaults.*aaaa2222") as refused:
        names.pick("vault", given, ITEMS)
    assert refused.value.code is Exit.USAGE


def test_what_fits_nothing_is_not_found() -> None:
    with pytest.raises(Failure, match="no vault is called 'music'") as refused:
        names.pick("vault", "music", ITEMS)
    assert refused.value.code is Exit.NOT_FOUND


def test_the_same_thing_listed_twice_is_one() -> None:
    assert names.pick("vault", "letters", [*ITEMS, dict(ITEMS[0])])["name"] == "letters"
