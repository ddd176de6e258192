"""Whose turn it is, among what could start at once."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from holdfast.model.task import Operation
from holdfast.model.turn import PUT_DOWN, REST, RESTORES, Candidate, InHand, choose

GROUPS = st.sampled_from([PUT_DOWN, RESTORES, REST])


def one(seq: int, project: str = "p", place: int = 1, group: int = REST) -> Candidate:
    return Candidate(
        seq=seq,
        task_id=f"t{seq}",
        project_id=project,
        operation=Operation.BACKUP,
        vault_id=None,
        group=group,
        place=place,
    )


def nothing() -> InHand:
    return InHand(Counter(), Counter())


def test_what_was_put_down_goes_on_first_then_restores_then_the_oldest() -> None:
    some = [one(1), one(2, place=2), one(3, group=RESTORES), one(4, group=PUT_DOWN)]
    assert [chosen.seq for chosen in choose(some, nothing(), 9, {})] == [4, 3, 1, 2]


def test_projects_take_turns_however_long_their_lines_are() -> None:
    long = [one(seq, "long", seq) for seq in range(1, 7)]
    short = [one(90 + place, "short", place) for place in (1, 2)]
    assert [chosen.project_id for chosen in choose([*long, *short], nothing(), 5, {})] == [
        "long", "short", "long", "short", "long",
    ]  # fmt: skip


def test_who_has_much_in_hand_waits_for_who_has_nothing() -> None:
    busy = InHand(Counter({"busy": 2}), Counter())
    some = [one(1, "busy"), one(2, "idle", 1), one(3, "idle", 2)]
    assert [chosen.seq for chosen in choose(some, busy, 3, {})] == [2, 3, 1]


def test_of_equals_the_project_that_was_served_longest_ago_is_next() -> None:
    some = [one(1, "a"), one(2, "b"), one(3, "c")]
    assert [chosen.project_id for chosen in choose(some, nothing(), 3, {"a": 2, "b": 1})] == ["c", "b", "a"]


def touching(seq: int, project: str, operation: Operation) -> Candidate:
    candidate = one(seq, project)
    return structs.replace(candidate, operation=operation, resources=frozenset({"r"}))


@pytest.mark.parametrize(
    ("second", "operation", "fits"),
    [
        ("a", Operation.BACKUP, False),
        ("b", Operation.BACKUP, True),
        ("b", Operation.REPLICATION, False),
    ],
)
def test_one_resource_is_touched_by_one_task_of_a_project_and_by_one_that_replicates(
    second: str, operation: Operation, *, fits: bool
) -> None:
    pair = [touching(1, "a", Operation.BACKUP), touching(2, second, operation)]
    for first, other in (pair, pair[::-1]):
        in_hand = nothing()
        assert in_hand.take(first)
        assert in_hand.take(other) is fits


@given(st.lists(st.tuples(st.sampled_from("abc"), GROUPS), max_size=20), st.integers(0, 8))
def test_one_slot_after_another_serves_everybody_in_the_end(lines: list[tuple[str, int]], limit: int) -> None:
    places: Counter[tuple[str, int]] = Counter()
    some = []
    for seq, (project, group) in enumerate(lines):
        places[project, group] += 1
        some.append(one(seq, project, places[project, group], group))
    chosen = choose(some, nothing(), limit, {})
    assert len(chosen) == min(limit, len(some))
    assert [one.group for one in chosen] == sorted(one.group for one in chosen)
