"""Tags of vaults on the wire, and vaults found by them."""

from typing import Any

import pytest
from tests.api.asking import House

from holdfast.model.resource import ObjectType
from holdfast.model.tag import Tag
from holdfast.model.vault import Vault

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def tagged(house: House, **tags: str) -> Vault:
    name = "-".join(tags) or "bare"
    return house.world.vault(name=name, tags=tuple(Tag(key, value) for key, value in tags.items()))


def tags_of(house: House, vault: Vault) -> dict[str, str]:
    told = house.ask("GET", f"/vault/{vault.id}/tags")
    assert set(told) == {"tags"}
    assert house.ask("GET", f"/vaults/{vault.id}")["vault"]["tags"] == told["tags"]
    return {tag["key"]: tag["value"] for tag in told["tags"]}


def batch(house: House, vault: Vault, action: str, *tags: dict[str, Any], **more: Any) -> None:
    body = {"action": action, "tags": list(tags)} | more
    house.ask("POST", f"/vault/{vault.id}/tags/action", body, expect=204)


def test_a_tag_is_hung_on_a_vault_and_gets_a_new_value(house: House) -> None:
    vault = tagged(house, team="a")
    house.ask("POST", f"/vault/{vault.id}/tags", {"tag": {"key": " stage ", "value": " prod.1 "}}, expect=204)
    assert tags_of(house, vault) == {"team": "a", "stage": "prod.1"}
    house.ask("POST", f"/vault/{vault.id}/tags", {"tag": {"key": "team", "value": ""}}, expect=204)
    assert tags_of(house, vault) == {"team": "", "stage": "prod.1"}


def test_a_tag_is_taken_off(house: House) -> None:
    vault = tagged(house, team="a", stage="b")
    house.ask("DELETE", f"/vault/{vault.id}/tags/team", expect=204)
    assert tags_of(house, vault) == {"stage": "b"}
    gone = house.refused("DELETE", f"/vault/{vault.id}/tags/team")
    assert gone == (404, "6601", "The key does not exist.")
    house.ask("DELETE", f"/vault/{vault.id}/tags/%20stage%20", expect=204)
    assert house.refused("DELETE", f"/vault/{vault.id}/tags/%3C%25%3E")[:2] == (404, "6601")


def test_several_tags_are_hung_and_taken_off_at_once(house: House) -> None:
    vault = tagged(house, team="a")
    batch(house, vault, "create", {"key": "team", "value": "b"}, {"key": "x", "value": "1"})
    batch(house, vault, "create", {"key": "team", "value": "b"}, {"key": "x", "value": "1"})
    assert tags_of(house, vault) == {"team": "b", "x": "1"}
    batch(house, vault, "delete", {"key": "x", "value": "2"}, {"key": "nosuch"})
    assert tags_of(house, vault) == {"team": "b", "x": "1"}
    batch(house, vault, "delete", {"key": "x", "value": "1"}, {"key": " team "}, {"key": "team"})
    assert tags_of(house, vault) == {}


def test_a_vault_has_at_most_twenty_tags(house: House) -> None:
    vault = tagged(house, team="a")
    nineteen = [{"key": f"k{number}", "value": ""} for number in range(19)]
    batch(house, vault, "create", *nineteen)
    full = (400, "6600", "The maximum number of tags has been reached for the resource.")
    one = {"key": "one-more", "value": ""}
    assert house.refused("POST", f"/vault/{vault.id}/tags", {"tag": one}) == full
    body = {"action": "create", "tags": [{"key": "team", "value": "z"}, one]}
    assert house.refused("POST", f"/vault/{vault.id}/tags/action", body) == full
    assert tags_of(house, vault)["team"] == "a"


WRONG_TAGS: list[tuple[Any, str]] = [
    ({}, "value"),
    ({"key": "k"}, "value"),
    ({"key": "k", "value": None}, "value"),
    ({"key": "", "value": "v"}, "key"),
    ({"key": "k" * 37, "value": "v"}, "key"),
    ({"key": "a.b", "value": "v"}, "key"),
    ({"key": "k", "value": "v" * 44}, "value"),
    ({"key": "k", "value": "a*"}, "value"),
    ({"key": "k", "value": "\x00"}, "value"),
    ({"key": 7, "value": "v"}, "key"),
]


def test_tags_that_cannot_be_are_400_and_named(house: House) -> None:
    vault = tagged(house, team="a")
    for tag, named in WRONG_TAGS:
        for path, body in (
            ("tags", {"tag": tag}),
            ("tags/action", {"action": "create", "tags": [{"key": "good", "value": ""}, tag]}),
        ):
            status, code, message = house.refused("POST", f"/vault/{vault.id}/{path}", body)
            assert (status, code) == (400, "9900"), (path, tag)
            assert named in message or "key" in message
    for body in (
        {},
        {"action": "create"},
        {"action": "create", "tags": []},
        {"action": "update", "tags": [{"key": "k", "value": "v"}]},
        {"action": "create", "tags": [{"key": "k", "value": "v"}, {"key": "k ", "value": "w"}]},
        {"action": "create", "tags": [{"key": f"k{number}", "value": ""} for number in range(21)]},
        {"action": "delete", "tags": [{"key": " "}]},
        {"action": "create", "sys_tags": [{"key": "k", "value": "v"}]},
    ):
        assert house.refused("POST", f"/vault/{vault.id}/tags/action", body)[:2] == (400, "9900"), body
    assert tags_of(house, vault) == {"team": "a"}


def test_who_may_not_or_what_is_not_there_is_refused(house: House) -> None:
    vault = tagged(house, team="a")
    tag = {"tag": {"key": "k", "value": "v"}}
    change = {"action": "delete", "tags": [{"key": "team"}]}
    assert house.ask("GET", f"/vault/{vault.id}/tags", who="reader")["tags"]
    assert house.refused("POST", f"/vault/{vault.id}/tags", tag, who="reader")[:2] == (403, "8600")
    assert house.refused("POST", f"/vault/{vault.id}/tags/action", change, who="reader")[:2] == (403, "8600")
    assert house.refused("DELETE", f"/vault/{vault.id}/tags/team", who="reader")[:2] == (403, "8600")
    for asked in (
        ("GET", "/vault/nosuch/tags"),
        ("POST", "/vault/nosuch/tags", tag),
        ("POST", "/vault/nosuch/tags/action", change),
        ("DELETE", "/vault/nosuch/tags/team"),
    ):
        assert house.refused(*asked)[:2] == (404, "6105")
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.refused("GET", f"/vault/{vault.id}/tags", **red)[:2] == (404, "6105")


def test_a_locked_vault_may_be_tagged_and_one_that_is_being_deleted_not(house: House) -> None:
    locked = house.world.vault(locked=True)
    batch(house, locked, "create", {"key": "k", "value": "v"})
    vault = tagged(house, team="a")
    house.ask("DELETE", f"/vaults/{vault.id}", expect=204)
    tag = {"tag": {"key": "k", "value": "v"}}
    assert house.refused("POST", f"/vault/{vault.id}/tags", tag)[:2] == (400, "6112")
    assert house.refused("DELETE", f"/vault/{vault.id}/tags/team")[:2] == (400, "6112")


def test_the_system_tag_is_the_vaults_enterprise_project_and_the_administrators(house: House) -> None:
    vault = tagged(house)
    system = {"key": "_sys_enterprise_project_id", "value": "e1"}
    body = {"action": "create", "sys_tags": [system]}
    path = f"/vault/{vault.id}/tags/action"
    assert house.refused("POST", path, body, who="operator")[:2] == (403, "8600")
    house.ask("POST", path, body, expect=204)
    assert house.ask("GET", f"/vaults/{vault.id}")["vault"]["enterprise_project_id"] == "e1"
    batch(house, vault, "delete", sys_tags=[system | {"value": "e2"}])
    assert house.ask("GET", f"/vaults/{vault.id}")["vault"]["enterprise_project_id"] == "e1"
    batch(house, vault, "delete", sys_tags=[system])
    assert house.ask("GET", f"/vaults/{vault.id}")["vault"]["enterprise_project_id"] == "0"


def test_all_tags_of_the_project_are_told_by_key(house: House) -> None:
    tagged(house, team="b", stage="x")
    tagged(house, team="a")
    tagged(house, team="a")
    assert house.ask("GET", "/vault/tags", who="reader") == {
        "tags": [{"key": "stage", "values": ["x"]}, {"key": "team", "values": ["a", "b"]}]
    }
    assert house.ask("GET", "/vault/tags", who="stranger", project=house.world.red) == {"tags": []}


ACTION = "/vault/resource_instances/action"


def found(house: House, **wanted: Any) -> list[str]:
    """The names of the vaults that are found, in order."""
    page = house.ask("POST", ACTION, {"action": "filter"} | wanted, who=wanted.pop("who", "admin"))
    counted = house.ask("POST", ACTION, {"action": "count"} | wanted)
    if "limit" not in wanted and "offset" not in wanted:
        assert page["total_count"] == len(page["resources"])
    assert counted == {"total_count": page["total_count"]}
    return [one["resource_name"] for one in page["resources"]]


def test_a_vault_that_is_found_is_told_whole(house: House) -> None:
    vault = tagged(house, team="a")
    told = house.ask("POST", ACTION, {"action": "filter"}, who="reader")
    assert told == {
        "resources": [
            {
                "resource_id": vault.id,
                "resource_name": "team",
                "resource_detail": {"vault": house.ask("GET", f"/vaults/{vault.id}")["vault"]},
                "tags": [{"key": "team", "value": "a"}],
            }
        ],
        "total_count": 1,
    }
    assert house.ask("POST", ACTION, {"action": "count"}) == {"total_count": 1}


def wanted(key: str, *values: str) -> list[dict[str, Any]]:
    return [{"key": key, "values": list(values)}]


def test_vaults_are_found_by_their_tags(house: House) -> None:
    tagged(house)
    tagged(house, team="alpha")
    tagged(house, team="beta", stage="prod")
    tagged(house, stage="test")
    assert found(house) == ["stage", "team-stage", "team", "bare"]
    assert found(house, without_any_tag=True, tags=wanted("team")) == ["bare"]
    assert found(house, tags=wanted("team")) == ["team-stage", "team"]
    assert found(house, tags=wanted("team", "alpha", "gamma")) == ["team"]
    assert found(house, tags=wanted("team", "*lph")) == ["team"]
    assert found(house, tags=wanted(" team ", " beta ") + wanted("stage", "prod")) == ["team-stage"]
    assert found(house, tags=wanted("team", "alpha") + wanted("stage", "prod")) == []
    assert found(house, tags_any=wanted("team", "alpha") + wanted("stage", "test")) == ["stage", "team"]
    assert found(house, not_tags=wanted("team") + wanted("stage")) == ["stage", "team", "bare"]
    assert found(house, not_tags_any=wanted("team") + wanted("stage", "test")) == ["bare"]
    assert found(house, tags=wanted("team"), not_tags_any=wanted("stage")) == ["team"]


def test_vaults_are_found_by_what_else_they_are(house: House) -> None:
    tagged(house, team="a")
    house.world.vault(name="disks", object_type=ObjectType.DISK)
    assert found(house, object_type="disk") == ["disks"]
    assert found(house, cloud_type="public") == ["disks", "team"]
    assert found(house, cloud_type="hybrid") == []
    assert found(house, matches=[{"key": "resource_name", "value": "isk"}]) == ["disks"]
    assert found(house, matches=[{"key": "resource_name", "value": ""}]) == []
    assert found(house, limit="1") == ["disks"]
    assert found(house, limit="1000", offset="1") == ["team"]
    assert found(house, offset="7") == []


def test_only_administrators_look_for_system_tags(house: House) -> None:
    vault = house.world.vault(enterprise_project_id="e1")
    tagged(house)
    body = {"action": "filter", "sys_tags": wanted("_sys_enterprise_project_id", "e1")}
    told = house.ask("POST", ACTION, body)
    assert [one["resource_id"] for one in told["resources"]] == [vault.id]
    assert told["resources"][0]["sys_tags"] == [{"key": "_sys_enterprise_project_id", "value": "e1"}]
    assert house.refused("POST", ACTION, body, who="operator")[:2] == (403, "8600")
    assert house.refused("POST", ACTION, body | {"action": "count"}, who="reader")[:2] == (403, "8600")


WRONG_SEARCHES: list[tuple[dict[str, Any], str]] = [
    ({"action": "find"}, "action"),
    ({"action": None}, "action"),
    *(({"limit": limit}, "limit") for limit in ("0", "1001", "-1", "", "ten", 10, "1.5", "٣")),
    *(({"offset": offset}, "offset") for offset in ("-1", "", "9" * 30, 0)),
    ({"tags": []}, "tags"),
    ({"tags": wanted("k") * 2}, "tags"),
    ({"tags": [{"key": "k"}]}, "values"),
    ({"tags": wanted("")}, "tags[0].key"),
    ({"tags_any": wanted("k" * 128)}, "tags_any[0].key"),
    ({"not_tags": wanted("k", "*")}, "not_tags[0].values"),
    ({"not_tags_any": wanted("k", "v", "v ")}, "not_tags_any[0].values"),
    ({"tags": [{"key": f"k{number}", "values": []} for number in range(21)]}, "tags"),
    ({"matches": [{"key": "name", "value": "x"}]}, "matches[0].key"),
    ({"matches": [{"key": "resource_name", "value": "x"}] * 2}, "matches"),
    ({"cloud_type": "private"}, "cloud_type"),
    ({"object_type": "tape"}, "object_type"),
    ({"sys_tags": wanted("k", "v")}, "sys_tags[0].key"),
    ({"sys_tags": wanted("_sys_enterprise_project_id", "0"), "tags": wanted("k")}, "sys_tags"),
    ({"without_any_tag": "maybe"}, "without_any_tag"),
]


def test_a_search_that_makes_no_sense_is_400_and_named(house: House) -> None:
    for more, named in WRONG_SEARCHES:
        status, code, message = house.refused("POST", ACTION, {"action": "filter"} | more)
        assert (status, code) == (400, "9900"), more
        assert named in message, more
