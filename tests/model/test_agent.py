"""Agents: their state, and their paths."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.model.agent import (
    MOST_PATHS,
    SILENCE,
    Agent,
    AgentStatus,
    Host,
    add_paths,
    check_id,
    remove_paths,
    reported,
)
from holdfast.model.errors import InvalidAgent, InvalidParameter, TooManyPaths

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HOST = Host(name="web", ip="192.0.2.1", os="linux")
AGENT = reported(None, "p1", "a1", HOST, NOW)

folders = st.text("abc", min_size=1, max_size=3)
paths = st.one_of(
    folders.map("/{}".format), folders.map("C:\\{}".format), folders.map("\\\\nas\\{}".format), st.just("/")
)
some_paths = st.lists(paths, max_size=20)


def listed(agent: Agent) -> list[str]:
    return [one.path for one in agent.paths]


def test_an_agent_is_normal_for_a_while_after_it_reported() -> None:
    assert AGENT.status(NOW) is AgentStatus.NORMAL
    assert AGENT.status(NOW + SILENCE) is AgentStatus.NORMAL
    assert AGENT.status(NOW + SILENCE + timedelta(seconds=1)) is AgentStatus.ABNORMAL


@given(some_paths, some_paths)
def test_a_path_is_there_once_however_often_it_is_added(first: list[str], second: list[str]) -> None:
    before = add_paths(AGENT, first, {}, NOW)
    after = add_paths(before.agent, second, {}, NOW)
    assert sorted(listed(after.agent)) == sorted(set(first + second))
    assert sorted(after.touched + after.untouched) == sorted(second)
    assert set(after.touched).isdisjoint(first)
    assert listed(after.agent)[: len(before.agent.paths)] == listed(before.agent)


@given(some_paths, some_paths)
def test_what_is_removed_is_gone_and_what_was_not_there_is_told(first: list[str], gone: list[str]) -> None:
    before = add_paths(AGENT, first, {}, NOW).agent
    after = remove_paths(before, gone, NOW)
    assert set(listed(after.agent)) == set(first) - set(gone)
    assert sorted(after.touched + after.untouched) == sorted(gone)
    assert set(after.touched) == set(first) & set(gone)


@given(paths)
def test_a_separator_at_the_end_makes_no_other_path(path: str) -> None:
    before = add_paths(AGENT, [path], {}, NOW).agent
    assert (
        add_paths(before, [path + ("" if path == "/" else path[0].replace("C", "\\"))], {}, NOW).touched == ()
    )


def test_an_agent_has_so_many_paths_and_no_more() -> None:
    full = add_paths(AGENT, [f"/{number}" for number in range(MOST_PATHS)], {}, NOW).agent
    assert add_paths(full, ["/1"], {}, NOW).untouched == ("/1",)
    with pytest.raises(TooManyPaths):
        add_paths(full, ["/one-more"], {}, NOW)


@pytest.mark.parametrize("path", ["", "srv", "C", "\\srv", "\\\\\\nas", "~", "/" + "x" * 4096])
def test_a_path_is_absolute(path: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        add_paths(AGENT, ["/srv", path], {}, NOW)
    assert refused.value.field == "add_path[1]"


@pytest.mark.parametrize("agent_id", ["", "a b", "ä", "a\n", "x" * 65])
def test_an_id_is_short_and_plain(agent_id: str) -> None:
    with pytest.raises(InvalidAgent):
        check_id(agent_id)
