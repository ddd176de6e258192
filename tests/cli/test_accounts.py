"""The operator's commands about domains, projects and people, beside a running server."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.cli.conftest import House, serving
from tests.command_line import Told, run

SIGN_IN = {"OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_DOMAIN_NAME": "Default"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(tmp_path_factory.mktemp("accounts") / "data") as served:
        yield served


def accounts(house: House, *arguments: str) -> Any:
    return house.ask("accounts", *arguments)


def enter(house: House, made: dict[str, str], project: str, **more: str) -> Told:
    """`holdfast vaults` as somebody who was made."""
    known = json.loads((house.data / "credentials.json").read_text())
    return run(
        "vaults",
        **SIGN_IN
        | {
            "OS_AUTH_URL": known["auth_url"],
            "OS_USERNAME": made["username"],
            "OS_PASSWORD": made["password"],
            "OS_PROJECT_NAME": project,
        }
        | more,
    )


def test_a_user_is_made_given_roles_kept_out_and_removed(house: House) -> None:
    made = accounts(house, "add", "dora", "--project", "blue")
    assert made["domain_name"] == "Default"
    assert enter(house, made, "blue").code == 0
    accounts(house, "project", "add", "green", "--description", "of the sea")
    assert enter(house, made, "green").code == 4
    told = accounts(house, "grant", "dora", "--project", "green", "--role", "reader")
    assert {one["project_name"]: one["role"] for one in told["roles"]} == {
        "blue": "operator",
        "green": "reader",
    }
    assert enter(house, made, "green").code == 0
    accounts(house, "revoke", "dora", "--project", "green")
    assert enter(house, made, "green").code == 4
    assert accounts(house, "disable", "dora")["enabled"] is False
    assert enter(house, made, "blue").code == 4
    assert accounts(house, "enable", made["user_id"])["enabled"] is True
    assert enter(house, made, "blue").code == 0
    fresh = accounts(house, "password", "dora")
    assert enter(house, made, "blue").code == 4
    assert enter(house, fresh, "blue").code == 0
    assert "dora" in [user["name"] for user in accounts(house, "list")["users"]]
    accounts(house, "remove", "dora", "--yes")
    assert "dora" not in [user["name"] for user in accounts(house, "list")["users"]]
    assert enter(house, fresh, "blue").code == 4


def test_a_project_is_switched_off_and_removed_when_it_is_empty(house: House) -> None:
    made = accounts(house, "add", "paul", "--project", "purple")
    accounts(house, "project", "disable", "purple")
    assert enter(house, made, "purple").code == 4
    (shown,) = [one for one in accounts(house, "project", "list")["projects"] if one["name"] == "purple"]
    assert shown["enabled"] is False
    accounts(house, "project", "enable", "purple")
    assert enter(house, made, "purple").code == 0
    accounts(house, "project", "remove", "purple", "--yes")
    assert house.run("accounts", "project", "remove", "purple", "--yes").code == 5


def test_a_project_with_vaults_is_not_removed(house: House) -> None:
    house.ask("vaults", "create", "kept")
    told = house.run("accounts", "project", "remove", "local-1", "--yes")
    assert told.code == 6
    assert "has vaults" in told.err


def test_domains_do_not_see_each_other(house: House) -> None:
    accounts(house, "domain", "add", "North")
    eve = accounts(house, "add", "eve", "--domain", "North", "--project", "blue", "--role", "admin")
    there = {"OS_USER_DOMAIN_NAME": "North", "OS_PROJECT_DOMAIN_NAME": "North"}
    assert enter(house, eve, "blue", **there).code == 0
    assert enter(house, eve, "blue").code == 4
    assert [user["name"] for user in accounts(house, "list", "--domain", "North")["users"]] == ["eve"]
    assert "eve" not in [user["name"] for user in accounts(house, "list")["users"]]
    assert house.run("accounts", "grant", "eve", "--project", "local-1").code == 5
    assert house.run("accounts", "domain", "remove", "North", "--yes").code == 6
    accounts(house, "remove", "eve", "--domain", "North", "--yes")
    accounts(house, "project", "remove", "blue", "--domain", "North", "--yes")
    accounts(house, "domain", "remove", "North", "--yes")
    assert [one["name"] for one in accounts(house, "domain", "list")["domains"]] == ["Default"]


def test_an_application_credential_is_made_listed_and_removed(house: House) -> None:
    accounts(house, "add", "nina", "--project", "night")
    asked = ("credential", "add", "nina", "robot", "--project", "night")
    made = accounts(house, *asked, "--role", "reader", "--expires", "90d")
    assert (made["role"], made["unrestricted"]) == ("reader", False)
    assert made["secret"]
    (shown,) = accounts(house, "credential", "list", "nina")["application_credentials"]
    assert "secret" not in shown
    assert shown.items() <= made.items()
    assert house.run("accounts", *asked[:3], "king", "--project", "night", "--role", "admin").code == 4
    assert house.run("accounts", *asked).code == 6
    assert house.run("accounts", *asked[:3], "late", "--project", "night", "--expires", "999999w").code == 2
    accounts(house, "credential", "remove", "nina", "robot", "--yes")
    assert accounts(house, "credential", "list", "nina")["count"] == 0
    assert house.run("accounts", "credential", "remove", "nina", "robot", "--yes").code == 5


def test_people_read_tables_and_are_asked_before_something_is_lost(house: House) -> None:
    told = house.run("accounts", "add", "otto", "--project", "orange")
    assert "password: " in told.out
    assert "not shown again" in told.err
    assert "operator in orange" in house.run("accounts", "list").out
    assert "orange" in house.run("accounts", "project", "list").out
    assert "Default" in house.run("accounts", "domain", "list").out
    refused = house.run("accounts", "remove", "otto")
    assert refused.code == 6
    assert "--yes" in refused.err
    assert "otto" in house.run("accounts", "list").out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("enable", "nobody"), 5, "there is no user nobody"),
        (("list", "--domain", "Nowhere"), 5, "there is no domain Nowhere"),
        (("key", "list", "nobody"), 5, "there is no user nobody"),
        (("key", "disable", "NONE"), 5, "there is no access key NONE"),
        (("credential", "remove", "admin", "x"), 5, "there is no application credential x"),
        (("grant", "admin", "--project", "nowhere"), 5, "nowhere"),
        (("grant", "admin", "--project", "local-1", "--role", "king"), 2, "king"),
        (("domain", "remove", "Default", "--yes"), 6, "stays"),
        (("domain", "add", "Default"), 6, "taken"),
        (("project", "add", ""), 6, "name"),
        (("add", "admin", "--project", "local-1"), 6, "taken"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    house: House, arguments: tuple[str, ...], code: int, words: str
) -> None:
    told = house.run("accounts", *arguments)
    assert (told.code, told.out) == (code, "")
    assert words in told.err
