"""Tags of backup policies as the Volume Backup Service spells them, and policies found by them."""

from typing import Any

import httpx
import pytest
from tests.api.asking import House

from holdfast.model.policy import PolicyKind, Terms
from holdfast.model.project import Project
from holdfast.service import policies

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ACTION = "/resource_instances/action"


def send(
    house: House,
    method: str,
    path: str,
    body: Any = None,
    *,
    who: str = "operator",
    project: Project | None = None,
) -> httpx.Response:
    """A call below the project's backup policies."""
    home = project or house.world.blue
    headers = {"X-Auth-Token": house.tokens[who]} if who else {}
    content = {"content": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
    return house.client.request(method, f"/v2/{home.id}/backuppolicy{path}", headers=headers, **content)


def done(house: House, method: str, path: str, body: Any = None) -> None:
    reply = send(house, method, path, body)
    assert (reply.status_code, reply.content) == (204, b""), reply.text


def told(house: House, path: str, body: Any = None, **asked: Any) -> Any:
    reply = send(house, "GET" if body is None else "POST", path, body, **asked)
    assert reply.status_code == 200, reply.text
    return reply.json()


def refused(house: House, method: str, path: str, body: Any = None, **asked: Any) -> tuple[int, str]:
    reply = send(house, method, path, body, **asked)
    error = reply.json()["error"]
    assert set(reply.json()) == {"error"}
    assert set(error) == {"message", "code"}
    assert error["message"]
    service, _, number = error["code"].partition(".")
    assert service == "AutoBackup"
    return reply.status_code, number


def add_policy(house: House, name: str = "nightly", **tags: str) -> str:
    """A policy that CBR knows as well, with these tags."""
    terms = Terms(name=name, kind=PolicyKind.BACKUP, patterns=("FREQ=DAILY;BYHOUR=2;BYMINUTE=0",))
    policy_id = policies.create(house.world.context(), terms).id
    batch(house, policy_id, "create", *({"key": key, "value": value} for key, value in tags.items()))
    return policy_id


def tags_of(house: House, policy_id: str) -> dict[str, str]:
    reply = told(house, f"/{policy_id}/tags", who="reader")
    assert set(reply) == {"tags"}
    assert all(set(tag) == {"key", "value"} for tag in reply["tags"])
    return {tag["key"]: tag["value"] for tag in reply["tags"]}


def batch(house: House, policy_id: str, action: str, *tags: dict[str, Any]) -> None:
    done(house, "POST", f"/{policy_id}/tags/action", {"action": action, "tags": list(tags)})


def test_a_tag_is_hung_on_a_policy_and_gets_a_new_value(house: House) -> None:
    policy_id = add_policy(house)
    assert tags_of(house, policy_id) == {}
    done(house, "POST", f"/{policy_id}/tags", {"tag": {"key": "team", "value": "a"}})
    done(house, "POST", f"/{policy_id}/tags", {"tag": {"key": "k" * 36, "value": "v" * 43}})
    done(house, "POST", f"/{policy_id}/tags", {"tag": {"key": "team", "value": ""}})
    assert list(tags_of(house, policy_id).items()) == [("team", ""), ("k" * 36, "v" * 43)]


def test_a_tag_is_taken_off(house: House) -> None:
    policy_id = add_policy(house, team="a", action="b", stage="c")
    done(house, "DELETE", f"/{policy_id}/tags/team")
    done(house, "DELETE", f"/{policy_id}/tags/a%63tion")
    assert tags_of(house, policy_id) == {"stage": "c"}
    for key in ("team", "Stage", "%20stage", "%3C%25%23%3E", "%E9%92%A5", "action"):
        assert refused(house, "DELETE", f"/{policy_id}/tags/{key}") == (404, "0216")
    assert refused(house, "DELETE", f"/{policy_id}/tags/%00")[0] == 400


def test_several_tags_are_hung_changed_and_taken_off_at_once(house: House) -> None:
    policy_id = add_policy(house, team="a")
    batch(house, policy_id, "create", {"key": "team", "value": "b"}, {"key": "x", "value": "1"})
    assert tags_of(house, policy_id) == {"team": "b", "x": "1"}
    batch(house, policy_id, "update", {"key": "x", "value": "2"}, {"key": "y", "value": "3"})
    assert tags_of(house, policy_id) == {"team": "b", "x": "2", "y": "3"}
    never = {"key": "k" * 127, "value": "v" * 255}
    batch(house, policy_id, "delete", {"key": "x", "value": "1"}, {"key": "nosuch"}, never)
    assert tags_of(house, policy_id) == {"team": "b", "x": "2", "y": "3"}
    batch(house, policy_id, "delete", {"key": "x", "value": "2"}, {"key": "y"}, {"key": "y", "value": None})
    assert tags_of(house, policy_id) == {"team": "b"}


@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_a_batch_of_nothing_changes_nothing(house: House, action: str) -> None:
    policy_id = add_policy(house, team="a")
    for body in ({"action": action}, {"action": action, "tags": []}, {"action": action, "tags": None}):
        done(house, "POST", f"/{policy_id}/tags/action", body)
    assert tags_of(house, policy_id) == {"team": "a"}


def test_a_policy_has_at_most_ten_tags(house: House) -> None:
    policy_id = add_policy(house, team="a")
    batch(house, policy_id, "create", *({"key": f"k{number}", "value": ""} for number in range(9)))
    one = {"key": "one-more", "value": ""}
    assert refused(house, "POST", f"/{policy_id}/tags", {"tag": one}) == (400, "0215")
    both = {"action": "update", "tags": [{"key": "team", "value": "z"}, one]}
    assert refused(house, "POST", f"/{policy_id}/tags/action", both) == (400, "0215")
    assert tags_of(house, policy_id)["team"] == "a"
    batch(house, policy_id, "update", {"key": "team", "value": "z"})
    assert len(tags_of(house, policy_id)) == 10


WRONG_TAGS: list[Any] = [
    {},
    {"key": "k"},
    {"value": "v"},
    {"key": "k", "value": None},
    {"key": None, "value": "v"},
    {"key": "", "value": "v"},
    {"key": " k", "value": "v"},
    {"key": "k" * 37, "value": "v"},
    {"key": "a.b", "value": "v"},
    {"key": "钥匙", "value": "v"},
    {"key": "k", "value": "v" * 44},
    {"key": "k", "value": "1.5"},
    {"key": "k", "value": "a*"},
    {"key": "k", "value": "\x00"},
    {"key": 7, "value": "v"},
    {"key": "k", "value": 7},
    "k=v",
    None,
]


def test_tags_that_cannot_be_are_refused(house: House) -> None:
    policy_id = add_policy(house, team="a")
    for tag in WRONG_TAGS:
        assert refused(house, "POST", f"/{policy_id}/tags", {"tag": tag}) == (400, "0214"), tag
        for action in ("create", "update"):
            body = {"action": action, "tags": [{"key": "good", "value": ""}, tag]}
            assert refused(house, "POST", f"/{policy_id}/tags/action", body) == (400, "0214"), tag
    for tag in (
        {},
        {"key": ""},
        {"key": "k" * 128},
        {"key": "k", "value": "v" * 256},
        {"key": "k", "value": 1},
        None,
    ):
        body = {"action": "delete", "tags": [tag]}
        assert refused(house, "POST", f"/{policy_id}/tags/action", body) == (400, "0214"), tag
    assert tags_of(house, policy_id) == {"team": "a"}


def test_bodies_that_make_no_sense_are_refused(house: House) -> None:
    policy_id = add_policy(house, team="a")
    twice = [{"key": "k", "value": "v"}, {"key": "k", "value": "w"}]
    bodies: list[tuple[Any, str]] = [
        ({"action": "create", "tags": twice}, "0214"),
        ({"action": "create", "tags": {"key": "k", "value": "v"}}, "0214"),
        ({"action": "Create", "tags": []}, "0222"),
        ({"action": None}, "0222"),
        ({"tags": []}, "0222"),
        (b"{", "0008"),
        (b"", "0008"),
        ([], "0000"),
    ]
    for body, number in bodies:
        assert refused(house, "POST", f"/{policy_id}/tags/action", body) == (400, number), body
    assert refused(house, "POST", f"/{policy_id}/tags", {}) == (400, "0214")
    assert refused(house, "POST", f"/{policy_id}/tags", b"\xff") == (400, "0008")
    assert tags_of(house, policy_id) == {"team": "a"}


def calls(policy_id: str) -> list[tuple[Any, ...]]:
    change = {"action": "delete", "tags": [{"key": "team"}]}
    return [
        ("POST", f"/{policy_id}/tags", {"tag": {"key": "k", "value": "v"}}),
        ("POST", f"/{policy_id}/tags/action", change),
        ("DELETE", f"/{policy_id}/tags/team"),
        ("GET", f"/{policy_id}/tags"),
    ]


def test_readers_ask_and_change_nothing(house: House) -> None:
    policy_id = add_policy(house, team="a")
    for call in calls(policy_id)[:3]:
        assert refused(house, *call, who="reader") == (403, "0213")
    assert tags_of(house, policy_id) == {"team": "a"}
    assert told(house, "/tags", who="reader")["tags"]
    assert told(house, ACTION, {"action": "count"}, who="reader") == {"total_count": 1}
    assert refused(house, "POST", ACTION, {"action": "count"}, who="") == (401, "0002")


def test_only_backup_policies_of_the_project_have_tags(house: House) -> None:
    replicating = Terms(
        name="away",
        kind=PolicyKind.REPLICATION,
        patterns=("FREQ=DAILY;BYHOUR=2;BYMINUTE=0",),
        destination_project_id=house.world.blue.id,
        destination_region=house.world.config.region,
    )
    away = policies.create(house.world.context(), replicating).id
    for policy_id in ("nosuch", away):
        for call in calls(policy_id):
            assert refused(house, *call) == (404, "1100")
    elsewhere: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    for call in calls(add_policy(house, team="a")):
        assert refused(house, *call, **elsewhere) == (404, "1100")
    assert told(house, "/tags", **elsewhere) == {"tags": []}
    assert told(house, ACTION, {"action": "filter"}, **elsewhere) == {"resources": [], "total_count": 0}
    assert found(house) == ["nightly"]


def test_the_tags_of_a_policy_go_with_it(house: House) -> None:
    policy_id = add_policy(house, team="a")
    policies.delete(house.world.context(), policy_id)
    assert refused(house, "GET", f"/{policy_id}/tags") == (404, "1100")
    assert told(house, "/tags") == {"tags": []}


def test_all_tags_of_the_project_are_told_by_key(house: House) -> None:
    add_policy(house, team="b", stage="x")
    add_policy(house, team="a")
    add_policy(house, team="a")
    assert told(house, "/tags") == {
        "tags": [{"key": "stage", "values": ["x"]}, {"key": "team", "values": ["a", "b"]}]
    }


def found(house: House, **wanted: Any) -> list[str]:
    """The names of the policies that are found, in order."""
    page = told(house, ACTION, {"action": "filter"} | wanted)
    if "limit" not in wanted and "offset" not in wanted:
        assert page["total_count"] == len(page["resources"])
    assert told(house, ACTION, {"action": "count"} | wanted) == {"total_count": page["total_count"]}
    return [one["resource_name"] for one in page["resources"]]


def wanted(key: str, *values: str) -> list[dict[str, Any]]:
    return [{"key": key, "values": list(values)}]


def test_a_policy_that_is_found_is_told_with_its_tags(house: House) -> None:
    policy_id = add_policy(house, team="a", stage="")
    assert told(house, ACTION, {"action": "filter"}, who="reader") == {
        "resources": [
            {
                "resource_id": policy_id,
                "resource_detail": None,
                "resource_name": "nightly",
                "tags": [{"key": "team", "value": "a"}, {"key": "stage", "value": ""}],
            }
        ],
        "total_count": 1,
    }


def test_policies_are_found_by_their_tags(house: House) -> None:
    add_policy(house, "bare")
    add_policy(house, "one", team="alpha")
    add_policy(house, "two", team="beta", stage="prod")
    add_policy(house, "three", stage="test")
    assert found(house) == found(house, tags=[]) == ["three", "two", "one", "bare"]
    assert found(house, tags=wanted("team")) == ["two", "one"]
    assert found(house, tags=wanted("team", "alpha", "gamma")) == ["one"]
    assert found(house, tags=wanted("team", "beta") + wanted("stage", "prod")) == ["two"]
    assert found(house, tags=wanted("team", "alpha") + wanted("stage", "prod")) == []
    assert found(house, tags_any=wanted("team", "alpha") + wanted("stage", "test")) == ["three", "one"]
    assert found(house, not_tags=wanted("team") + wanted("stage")) == ["three", "one", "bare"]
    assert found(house, not_tags_any=wanted("team") + wanted("stage", "test")) == ["bare"]
    assert found(house, tags=wanted("team"), not_tags_any=wanted("stage")) == ["one"]
    assert found(house, matches=[{"key": "resource_name", "value": "o"}]) == ["two", "one"]
    name = {"key": "resource_name", "value": "e"}
    assert found(house, matches=[name], tags=wanted("stage")) == ["three"]


def test_a_page_is_asked_for_with_numbers_in_strings_or_with_numbers(house: House) -> None:
    for name in ("a", "b", "c"):
        add_policy(house, name)
    assert found(house, limit="2") == found(house, limit=2, offset=0) == ["c", "b"]
    assert found(house, limit="1000", offset="1") == found(house, offset=1, limit=None) == ["b", "a"]
    assert found(house, offset="7") == []
    assert told(house, ACTION, {"action": "count", "limit": "ten", "offset": [-1]}) == {"total_count": 3}


LIMITS: list[Any] = ["0", "1001", "-1", "", "ten", "1.5", "٣", "9" * 5000, 0, 1001, 1.5, True, []]
OFFSETS: list[Any] = ["-1", "", " 1", "9" * 20, -1, 10**30, False, {}]
WRONG_SEARCHES: list[tuple[dict[str, Any], str]] = [
    ({"action": "find"}, "0222"),
    ({"action": "FILTER"}, "0222"),
    ({"action": None}, "0222"),
    *(({"limit": limit}, "0001") for limit in LIMITS),
    *(({"offset": offset}, "0001") for offset in OFFSETS),
    ({"tags_any": []}, "0214"),
    ({"not_tags": []}, "0214"),
    ({"not_tags_any": []}, "0214"),
    ({"tags": wanted("k") * 2}, "0214"),
    ({"tags_any": wanted("k", "v") + wanted("k", "w")}, "0214"),
    ({"tags": [{"key": "k"}]}, "0214"),
    ({"tags": [{"values": []}]}, "0214"),
    ({"tags": wanted("")}, "0214"),
    ({"tags_any": wanted("k" * 128)}, "0214"),
    ({"not_tags": wanted("k", "v" * 256)}, "0214"),
    ({"not_tags_any": wanted("k", "v", "v")}, "0214"),
    ({"not_tags_any": wanted("k", "\x00")}, "0214"),
    ({"tags": [{"key": f"k{number}", "values": []} for number in range(11)]}, "0214"),
    ({"tags": wanted("k", *map(str, range(11)))}, "0214"),
    ({"matches": [{"key": "name", "value": "x"}]}, "0001"),
    ({"matches": [{"key": "resource_name"}]}, "0001"),
    ({"matches": [{"key": "resource_name", "value": "x"}] * 2}, "0001"),
]


def test_a_search_that_makes_no_sense_is_refused(house: House) -> None:
    for more, number in WRONG_SEARCHES:
        assert refused(house, "POST", ACTION, {"action": "filter"} | more) == (400, number), more


def test_the_calls_are_below_vbs_as_well(house: House) -> None:
    policy_id = add_policy(house, team="a")
    for path in ("/tags", f"/{policy_id}/tags"):
        below = house.client.request(
            "GET",
            f"/vbs/v2/{house.world.blue.id}/backuppolicy{path}",
            headers={"X-Auth-Token": house.tokens["reader"]},
        )
        assert below.json() == told(house, path)
