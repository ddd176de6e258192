import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.repo.trees import (
    content_of,
    holes_of,
    image,
    lent,
    loaded,
    loaded_files,
    origin,
)

from holdfast.model.entry import Data, Hole, Range, Same
from holdfast.repo import load, save
from holdfast.repo.check import check
from holdfast.repo.errors import NoParent, RepositoryError
from holdfast.repo.repository import Repository

MIB = 1 << 20
NOISE = random.Random(1).randbytes(20 * MIB)


def test_a_hole_of_terabytes_costs_only_ids(repository: Repository) -> None:
    size = 4 << 40
    ranges: list[Range] = [
        Data(0, NOISE[:MIB]),
        Hole(MIB, size - 2 * MIB),
        Data(size - MIB, NOISE[MIB : 2 * MIB]),
    ]
    saved = save.save(repository, [image(b"disk.img", ranges, size)], origin())
    assert saved.read_bytes == size
    assert saved.stored_bytes < 3 * MIB
    (found,) = loaded(repository, saved.snapshot_id)
    parts = [(type(part), part.offset, part.length) for part in found.content]
    assert parts == [(Data, 0, MIB), (Hole, MIB, size - 2 * MIB), (Data, size - MIB, MIB)]
    assert load.measure(repository, saved.snapshot_id).bytes == size
    assert check(repository, read_data=True) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 3 * MIB)), max_size=6),
    st.sampled_from([0, 4096, MIB, 700_000]),
)
def test_data_and_holes_in_any_order_come_back(
    repository: Repository, cuts: list[tuple[bool, int]], block_size: int
) -> None:
    content = b""
    ranges: list[Range] = []
    for hole, length in cuts:
        ranges.append(Hole(len(content), length) if hole else Data(len(content), NOISE[:length]))
        content += bytes(length) if hole else NOISE[:length]
    saved = save.save(repository, [image(b"disk", ranges, len(content), block_size)], origin())
    (found,) = loaded(repository, saved.snapshot_id)
    assert content_of(found) == content


def test_blocks_of_zeros_become_holes(repository: Repository) -> None:
    content = NOISE[:MIB] + bytes(4 * MIB) + NOISE[:MIB]
    saved = save.save(repository, [image(b"disk", lent(content), len(content))], origin())
    (found,) = loaded(repository, saved.snapshot_id)
    assert holes_of(found) == [(MIB, 4 * MIB)]
    assert saved.stored_bytes < 2 * MIB


def test_a_changed_block_costs_one_block(repository: Repository) -> None:
    content = bytearray(NOISE[: 8 * MIB])
    first = save.save(repository, [image(b"disk", lent(bytes(content)), len(content))], origin())
    content[3 * MIB + 17] ^= 1
    second = save.save(
        repository, [image(b"disk", lent(bytes(content)), len(content))], origin(first.snapshot_id)
    )
    assert MIB < second.stored_bytes < MIB + 10_000


def test_ranges_that_are_the_same_are_taken_from_the_parent(repository: Repository) -> None:
    before = NOISE[: 5 * MIB] + bytes(3 * MIB) + NOISE[5 * MIB : 5 * MIB + 1000]
    first = save.save(repository, [image(b"disk", lent(before), len(before))], origin())
    ranges: list[Range] = [
        Same(0, 2 * MIB),
        Data(2 * MIB, b"n" * MIB),
        Same(3 * MIB, 4 * MIB),
        Hole(7 * MIB, MIB // 2),
        Same(7 * MIB + MIB // 2, len(before) - 7 * MIB - MIB // 2),
        Data(len(before), b"grown"),
    ]
    after = before[: 2 * MIB] + b"n" * MIB + before[3 * MIB :] + b"grown"
    for block_size in (MIB, 0, 4096):
        entry = image(b"disk", ranges, len(after), block_size)
        second = save.save(repository, [entry], origin(first.snapshot_id))
        assert loaded_files(repository, second.snapshot_id) == {b"disk": after}
    assert check(repository, read_data=True) == []


def test_a_huge_hole_that_is_the_same_stays_cheap(repository: Repository) -> None:
    size = 1 << 40
    first = save.save(repository, [image(b"disk", [Hole(0, size)], size)], origin())
    ranges: list[Range] = [
        Same(0, size // 2),
        Data(size // 2, b"x" * MIB),
        Same(size // 2 + MIB, size // 2 - MIB),
    ]
    second = save.save(repository, [image(b"disk", ranges, size)], origin(first.snapshot_id))
    (found,) = loaded(repository, second.snapshot_id)
    assert holes_of(found) == [(0, size // 2), (size // 2 + MIB, size // 2 - MIB)]


def test_the_same_as_nothing_is_an_error(repository: Repository) -> None:
    with pytest.raises(NoParent, match=r"disk\.img"):
        save.save(repository, [image(b"disk.img", [Same(0, MIB)], MIB)], origin())
    first = save.save(repository, [image(b"disk.img", [Data(0, NOISE[:MIB])], MIB)], origin())
    with pytest.raises(NoParent, match="shorter"):
        save.save(repository, [image(b"disk.img", [Same(0, 2 * MIB)], 2 * MIB)], origin(first.snapshot_id))


def test_ranges_that_do_not_follow_each_other_are_refused(repository: Repository) -> None:
    with pytest.raises(RepositoryError, match="begins at 5"):
        save.save(repository, [image(b"disk", [Data(0, b"abc"), Data(5, b"x")], 6)], origin())
