"""Helper processes answer calls, tell what went wrong, and never outlive their owner."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crew.answering import Answering

from holdfast.crew.crew import Crew, CrewFailed, CrewLost, size

ROOT = Path(__file__).parents[2]

OWNER = """
import sys, time
from tests.crew.answering import Answering
from holdfast.crew.crew import Crew

crew = Crew(Answering, 2)
print(*(member.call("add", 1)[1] for member in crew.members), flush=True)
time.sleep(60)
"""


@pytest.fixture
def crew() -> Iterator[Crew]:
    with Crew(Answering, 2) as crew:
        yield crew


def test_members_are_processes_of_their_own_and_keep_what_they_know(crew: Crew) -> None:
    one, other = crew.members
    first = [one.call("add", 1), one.call("add", 2)]
    assert [count for count, _ in first] == [1, 3]
    assert other.call("add", 5)[0] == 5
    assert len({os.getpid(), one.call("add", 0)[1], other.call("add", 0)[1]}) == 3


def test_there_is_a_member_for_each_core() -> None:
    assert len(Crew(Answering).members) == size() == len(os.sched_getaffinity(0))


def test_what_a_member_raises_is_raised_here_and_it_goes_on_working(crew: Crew) -> None:
    member = crew.members[0]
    with pytest.raises(LookupError, match="no such thing"):
        member.call("fail", "no such thing")
    assert member.call("add", 1)[0] == 1


def test_what_cannot_be_passed_on_comes_as_a_description(crew: Crew) -> None:
    with pytest.raises(CrewFailed, match="OddError"):
        crew.members[0].call("fail_oddly")


def test_a_dead_member_is_noticed_and_the_others_work(crew: Crew) -> None:
    one, other = crew.members
    with pytest.raises(CrewLost):
        one.call("die")
    assert other.call("add", 1)[0] == 1


def test_a_crew_that_was_let_go_has_no_processes_and_answers_nothing() -> None:
    with Crew(Answering, 2) as crew:
        processes = [member.call("add", 0)[1] for member in crew.members]
    assert not any(map(is_alive, processes))
    with pytest.raises(CrewLost):
        crew.members[0].call("add", 1)


def test_a_crew_that_nobody_called_starts_nothing() -> None:
    before = children()
    with Crew(Answering, 2):
        assert children() <= before


def test_members_end_when_their_owner_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout:
        processes = [int(word) for word in owner.stdout.readline().split()]
    assert all(map(is_alive, processes))
    owner.kill()
    owner.wait()
    for _ in range(1000):
        if not any(map(is_alive, processes)):
            return
        time.sleep(0.01)
    pytest.fail("the members are still there")


def children() -> set[str]:
    """The processes that this one has started."""
    return {
        child for path in Path("/proc/self/task").glob("*/children") for child in path.read_text().split()
    }


def is_alive(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
