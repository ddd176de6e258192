"""Agents on the wire."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.api.asking import House

from holdfast.db import agents
from holdfast.model.agent import MOST_PATHS, SILENCE

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

AGENT = "489654f2-363b-4ebf-966a-bdf079d97114"
HOST = {"agent_id": AGENT, "host_ip": "192.0.2.7", "host_name": "web", "host_os": "linux"}


def register(house: House, **said: Any) -> Any:
    return house.ask("POST", "/agents", {"agent": {**HOST, **said}})["agent"]


def fall_silent(house: House) -> None:
    with house.world.db.transaction() as tx:
        agent = agents.get(tx, house.world.blue.id, AGENT)
        ago = agent.active_at - SILENCE - timedelta(seconds=1)
        agents.put(tx, msgspec.structs.replace(agent, active_at=ago))


def test_an_agent_registers_and_is_shown_as_it_described_itself(house: House) -> None:
    agent = register(house, agent_version="1.0.0", agent_type="native", host_nickname="the web")
    assert agent == house.ask("GET", f"/agents/{AGENT}")["agent"]
    assert {name: agent[name] for name in HOST} == HOST
    assert (agent["agent_version"], agent["agent_type"], agent["host_nickname"]) == (
        "1.0.0",
        "native",
        "the web",
    )
    assert (agent["status"], agent["paths"]) == ("normal", [])
    assert agent["last_active_time"] == agent["created_at"] == agent["updated_at"]


def test_an_agent_that_registers_again_has_reported_and_keeps_its_paths(house: House) -> None:
    first = register(house)
    house.ask("POST", f"/agents/{AGENT}/add-path", {"add_path": ["/srv"]})
    fall_silent(house)
    assert house.ask("GET", f"/agents/{AGENT}")["agent"]["status"] == "abnormal"
    again = register(house, host_ip="192.0.2.8")
    assert (again["status"], again["host_ip"]) == ("normal", "192.0.2.8")
    assert (again["created_at"], [path["dir_path"] for path in again["paths"]]) == (
        first["created_at"],
        ["/srv"],
    )


@pytest.mark.parametrize("agent_id", ["", "a b", "x" * 65, "../agents"])
def test_what_cannot_be_an_id_of_an_agent_is_refused(house: House, agent_id: str) -> None:
    refused = house.refused("POST", "/agents", {"agent": {**HOST, "agent_id": agent_id}})
    assert refused == (400, "7403", f"Invalid agent {agent_id}")


def test_projects_know_nothing_of_each_others_agents(house: House) -> None:
    mine, red = register(house), house.world.red
    asked = {"agent": {**HOST, "host_name": "elsewhere"}}
    theirs = house.ask("POST", "/agents", asked, who="stranger", project=red)["agent"]
    assert theirs["agent_id"] == mine["agent_id"]
    house.ask("DELETE", f"/agents/{mine['agent_id']}", who="stranger", project=red)
    assert house.ask("GET", f"/agents/{mine['agent_id']}")["agent"]["host_name"] == mine["host_name"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"agent_version": "1.0"}, "agent.agent_version"),
        ({"agent_type": "tape"}, "agent.agent_type"),
        ({"host_os": 7}, "agent.host_os"),
        ({"host_name": "x" * 256}, "agent.host_name"),
    ],
)
def test_a_wrong_description_is_named_and_registers_nothing(house: House, said: Any, field: str) -> None:
    status, code, message = house.refused("POST", "/agents", {"agent": {**HOST, **said}})
    assert (status, code) == (400, "9900")
    assert f" {field}: " in message
    assert house.ask("GET", "/agents")["count"] == 0


def test_agents_are_listed_by_id_and_state_page_by_page(house: House) -> None:
    for name in ("a1", "a2", "a3"):
        register(house, agent_id=name)
    house.ask("PUT", "/agents/a2", {"agent": {"status": "uninstall"}})
    page = house.ask("GET", "/agents", limit="2", offset=1)
    assert [agent["agent_id"] for agent in page["agents"]] == ["a2", "a1"]
    assert (page["count"], page["limit"], page["offset"]) == (3, 2, 1)
    after = house.ask("GET", "/agents", marker="a3")
    assert [agent["agent_id"] for agent in after["agents"]] == ["a2", "a1"]
    assert house.ask("GET", "/agents", offset=9)["agents"] == []
    chosen = house.ask("GET", "/agents", agent_id="a1,a2", status="uninstall")
    assert [agent["agent_id"] for agent in chosen["agents"]] == ["a2"]
    assert house.ask("GET", "/agents", agent_id=["a1", "a3"])["count"] == 2
    assert house.refused("GET", "/agents", status="asleep")[:2] == (400, "9900")
    assert house.refused("GET", "/agents", limit="many")[:2] == (400, "9900")


def test_an_agent_is_taken_off_its_host_and_comes_back(house: House) -> None:
    register(house)
    gone = house.ask("PUT", f"/agents/{AGENT}", {"agent": {"status": "uninstall"}})["agent"]
    assert gone["status"] == "uninstall"
    refused = house.refused("PUT", f"/agents/{AGENT}", {"agent": {"status": "uninstall"}})
    assert refused == (400, "7403", f"Invalid agent {AGENT}")
    assert register(house)["status"] == "normal"


def test_only_uninstall_may_be_said(house: House) -> None:
    register(house)
    told = house.refused("PUT", f"/agents/{AGENT}", {"agent": {"status": "normal"}})
    assert told[:2] == (400, "9900")
    assert "agent.status" in told[2]


def test_an_agent_that_is_unregistered_is_gone(house: House) -> None:
    register(house)
    assert house.send("DELETE", f"/agents/{AGENT}").content == b""
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("PUT", "", {"agent": {"status": "uninstall"}}),
        ("POST", "/add-path", {"add_path": ["/srv"]}),
        ("POST", "/remove-path", {"remove_path": ["/srv"]}),
    ):
        refused = house.refused(method, f"/agents/{AGENT}{path}", body)
        assert refused == (404, "7410", f"Agent {AGENT} not found.")
    assert house.refused("DELETE", "/agents/a%20b")[:2] == (400, "7403")


def test_paths_are_added_once(house: House) -> None:
    register(house)
    first = house.ask("POST", f"/agents/{AGENT}/add-path", {"add_path": ["/srv", "C:\\data", "\\\\nas\\x"]})
    assert first == {"added": ["/srv", "C:\\data", "\\\\nas\\x"], "existed": []}
    again = house.ask("POST", f"/agents/{AGENT}/add-path", {"add_path": ["/srv/", "/var"]})
    assert again == {"added": ["/var"], "existed": ["/srv/"]}
    paths = house.ask("GET", f"/agents/{AGENT}")["agent"]["paths"]
    assert [path["dir_path"] for path in paths] == ["/srv", "C:\\data", "\\\\nas\\x", "/var"]
    assert {(path["agent_id"], path["status"]) for path in paths} == {(AGENT, "available")}


def test_folders_below_a_path_are_left_out(house: House) -> None:
    register(house)
    left_out = [{"path_name": "/srv", "exclude_path_name": ["tmp", "cache"]}]
    house.ask("POST", f"/agents/{AGENT}/add-path", {"add_path": ["/srv"], "exclude_path": left_out})
    (path,) = house.ask("GET", f"/agents/{AGENT}")["agent"]["paths"]
    assert path["exclude_paths"] == "tmp,cache"
    stray = {"add_path": ["/var"], "exclude_path": [{"path_name": "/opt", "exclude_path_name": ["x"]}]}
    told = house.refused("POST", f"/agents/{AGENT}/add-path", stray)
    assert "exclude_path[0].path_name" in told[2]
    assert len(house.ask("GET", f"/agents/{AGENT}")["agent"]["paths"]) == 1


@pytest.mark.parametrize("path", ["srv", "", "C", "\\srv", "/" + "x" * 4096])
def test_only_absolute_paths_are_added(house: House, path: str) -> None:
    register(house)
    status, code, message = house.refused("POST", f"/agents/{AGENT}/add-path", {"add_path": ["/a", path]})
    assert (status, code) == (400, "9900")
    assert "add_path[1]" in message
    assert house.ask("GET", f"/agents/{AGENT}")["agent"]["paths"] == []


def test_an_agent_has_so_many_paths_and_no_more(house: House) -> None:
    register(house)
    house.ask("POST", f"/agents/{AGENT}/add-path", {"add_path": [f"/{n}" for n in range(MOST_PATHS)]})
    refused = house.refused("POST", f"/agents/{AGENT}/add-path", {"add_path": ["/one-more"]})
    assert refused == (400, "7407", f"Agent {AGENT} path count is exceeded.")
    assert len(house.ask("GET", f"/agents/{AGENT}")["agent"]["paths"]) == MOST_PATHS


def test_paths_are_removed_once(house: House) -> None:
    register(house)
    house.ask("POST", f"/agents/{AGENT}/add-path", {"add_path": ["/srv", "/var"]})
    removed = house.ask("POST", f"/agents/{AGENT}/remove-path", {"remove_path": ["/srv", "/opt", "/srv"]})
    assert removed == {"removed": ["/srv"], "not_existed": ["/opt", "/srv"]}
    (path,) = house.ask("GET", f"/agents/{AGENT}")["agent"]["paths"]
    assert path["dir_path"] == "/var"


def test_each_server_is_answered_for(house: House) -> None:
    web, db, mail = (house.world.server(name, 1) for name in ("web", "db", "mail"))
    register(house, agent_version="1.2.3")
    house.ask("POST", "/agents", {"agent": {**HOST, "agent_id": db.id, "host_name": "another"}})
    asked = [
        {"resource_id": one, "resource_type": "OS::Nova::Server"} for one in (web.id, db.id, mail.id, "none")
    ]
    fall_silent(house)
    told = house.ask("POST", "/agent/check", {"agent_status": asked})["agent_status"]
    assert [(one["resource_id"], one["installed"], one["version"]) for one in told] == [
        (web.id, True, "1.2.3"),
        (db.id, True, None),
        (mail.id, False, None),
        ("none", False, None),
    ]
    assert "has not reported since" in told[0]["message"]
    assert (told[1]["message"], told[2]["message"]) == (None, None)
    assert (told[3]["code"], told[3]["message"]) == (7100, "The server does not exist.")
    house.ask("PUT", f"/agents/{AGENT}", {"agent": {"status": "uninstall"}})
    (gone,) = house.ask("POST", "/agent/check", {"agent_status": asked[:1]})["agent_status"]
    assert gone["installed"] is False


def test_only_servers_are_checked(house: House) -> None:
    asked = [{"resource_id": "x", "resource_type": "OS::Cinder::Volume"}]
    told = house.refused("POST", "/agent/check", {"agent_status": asked})
    assert told[:2] == (400, "9900")
    assert "agent_status[0].resource_type" in told[2] or "agent_status[...].resource_type" in told[2]


def test_a_reader_changes_no_agent(house: House) -> None:
    register(house)
    for method, path, body in (
        ("POST", "/agents", {"agent": HOST}),
        ("PUT", f"/agents/{AGENT}", {"agent": {"status": "uninstall"}}),
        ("DELETE", f"/agents/{AGENT}", None),
        ("POST", f"/agents/{AGENT}/add-path", {"add_path": ["/srv"]}),
        ("POST", f"/agents/{AGENT}/remove-path", {"remove_path": ["/srv"]}),
    ):
        assert house.refused(method, path, body, who="reader")[:2] == (403, "8600")
    assert house.ask("GET", "/agents", who="reader")["count"] == 1
