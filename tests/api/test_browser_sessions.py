"""Sessions of browsers: a cookie that stands for whoever signed in, and for no longer than they may."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.api.asking import Client, House
from tests.service.people import enrol

from holdfast.api import cookies
from holdfast.api.query import Query
from holdfast.api.request import Call
from holdfast.model import clock
from holdfast.model.project import Role, User
from holdfast.service import accounts, roles, users
from holdfast.service.users import UserChange

SECRET = "secret of dora"
PLACE = "/v3/auth/session"


@dataclass(frozen=True)
class Browser:
    """Somebody's browser: its cookie, and the word that the page was told."""

    client: Client
    cookie: str
    word: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        told = {"Cookie": f"{cookies.NAME}={self.cookie}", "X-CSRF-Token": self.word, **headers}
        return self.client.request(method, path, json=body, headers=told)

    def who(self) -> Any:
        return self.ask("GET", PLACE).json()["session"]


@pytest.fixture
def dora(house: House) -> User:
    """An operator in blue."""
    user = enrol(house.world.db, "dora", SECRET)
    accounts.grant(house.world.db, user.id, house.world.blue.id, Role.OPERATOR)
    return user


@pytest.fixture
def browser(house: House, dora: User) -> Browser:
    assert dora.enabled
    return opened(house)


def sign_in(house: House, name: str = "dora", password: str = SECRET, **more: str) -> httpx.Response:
    return house.client.request("POST", PLACE, json={"session": {"name": name, "password": password, **more}})


def opened(house: House) -> Browser:
    reply = sign_in(house)
    assert reply.status_code == 201, reply.text
    told = reply.json()["session"]
    return Browser(house.client, reply.cookies[cookies.NAME], told["csrf_token"])


def vaults(house: House) -> str:
    return f"/v3/{house.world.blue.id}/vaults"


def test_a_session_tells_who_and_where_and_until_when(house: House, browser: Browser, dora: User) -> None:
    told = browser.who()
    blue = house.world.blue
    assert told["user"] == {"id": dora.id, "name": "dora"}
    assert told["domain"] == {"id": "default", "name": "Default"}
    assert told["projects"] == [{"id": blue.id, "name": blue.name, "role": "operator"}]
    assert told["region"] == house.world.config.region
    assert told["keystone_url"] is None
    assert told["csrf_token"] == browser.word


def test_nobody_is_told_that_nobody_is_signed_in(house: House) -> None:
    reply = house.client.request("GET", PLACE)
    assert (reply.status_code, reply.json()) == (200, {"session": None})
    assert "Set-Cookie" not in reply.headers
    reply = house.client.request("DELETE", PLACE)
    assert reply.status_code == 204


@pytest.mark.parametrize(
    ("name", "password", "domain"),
    [("dora", "wrong", "Default"), ("nobody", SECRET, "Default"), ("dora", SECRET, "Nowhere")],
)
@pytest.mark.usefixtures("dora")
def test_what_is_wrong_is_refused_alike(house: House, name: str, password: str, domain: str) -> None:
    reply = sign_in(house, name, password, domain=domain)
    assert reply.status_code == 401
    assert reply.json()["error"]["message"] == "the user name or the password is wrong"
    assert "Set-Cookie" not in reply.headers


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "session"),
        ({"session": {"name": "dora"}}, "session.password"),
        ({"session": {"name": "", "password": "x"}}, "session.name"),
        ({"session": {"name": "dora", "password": 7}}, "session.password"),
    ],
)
def test_what_is_no_sign_in_names_the_member(house: House, body: Any, field: str) -> None:
    reply = house.client.request("POST", PLACE, json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"].startswith(f"{field}: ")


@pytest.mark.usefixtures("dora")
def test_whoever_guesses_too_often_waits_even_with_the_right_password(house: House) -> None:
    for number in range(10):
        assert sign_in(house, password=f"guess {number}").status_code == 401
    reply = sign_in(house)
    assert reply.status_code == 429
    assert 0 < int(reply.headers["Retry-After"]) <= 60


def test_who_is_disabled_is_out_at_once_and_does_not_come_in(
    house: House, browser: Browser, dora: User
) -> None:
    assert browser.ask("GET", vaults(house)).status_code == 200
    users.change(house.world.db, "default", dora.id, UserChange(enabled=False))
    assert browser.ask("GET", vaults(house)).status_code == 401
    assert browser.who() is None
    assert sign_in(house).status_code == 401


def test_a_new_password_ends_every_session_as_it_ends_tokens(
    house: House, browser: Browser, dora: User
) -> None:
    other = opened(house)
    body = {"user": {"original_password": SECRET, "password": "another"}}
    blue = {"X-Project-Id": house.world.blue.id}
    changed = browser.ask("POST", f"/identity/v3/users/{dora.id}/password", body, **blue)
    assert changed.status_code == 204, changed.text
    assert [browser.who(), other.who()] == [None, None]
    assert browser.ask("GET", vaults(house)).status_code == 401


def test_a_role_counts_at_once_given_and_taken_back(house: House, browser: Browser, dora: User) -> None:
    db, blue = house.world.db, house.world.blue
    accounts.grant(db, dora.id, blue.id, Role.READER)
    assert browser.ask("POST", vaults(house), {"vault": {}}).status_code == 403
    assert [place["role"] for place in browser.who()["projects"]] == ["reader"]
    roles.revoke(db, "default", dora.id, blue.id, Role.READER)
    assert browser.ask("GET", vaults(house)).status_code == 404
    assert browser.who()["projects"] == []


def test_a_token_beside_the_cookie_wins(house: House, browser: Browser) -> None:
    token = {"X-Auth-Token": house.tokens["reader"]}
    assert browser.ask("GET", vaults(house), **token).status_code == 200
    assert browser.ask("POST", vaults(house), {"vault": {}}, **token).status_code == 403
    wrong = {"X-Auth-Token": "no such token"}
    assert browser.ask("GET", vaults(house), **wrong).status_code == 401
    assert browser.ask("GET", vaults(house), Authorization="Basic x").status_code == 401


def test_a_session_ends_when_it_said_it_would(
    house: House, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = clock.now() + timedelta(hours=house.world.config.token_hours, seconds=-5)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert browser.ask("GET", vaults(house)).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: later + timedelta(seconds=10))
    assert browser.ask("GET", vaults(house)).status_code == 401
    reply = browser.ask("GET", PLACE)
    assert reply.json() == {"session": None}
    assert "Max-Age=0" in reply.headers["Set-Cookie"]


def test_a_token_that_is_no_session_is_none_in_a_cookie(house: House) -> None:
    stolen = Browser(house.client, house.tokens["admin"], "")
    assert stolen.who() is None
    assert stolen.ask("GET", vaults(house)).status_code == 401


def test_signing_out_needs_the_word_and_ends_the_session(house: House, browser: Browser) -> None:
    forged = Browser(house.client, browser.cookie, "0" * 64)
    assert forged.ask("DELETE", PLACE).status_code == 403
    assert browser.who() is not None
    assert browser.ask("DELETE", PLACE).status_code == 204
    assert browser.who() is None


def test_in_which_project_a_call_is_asked_that_names_none(house: House, browser: Browser, dora: User) -> None:
    accounts.grant(house.world.db, dora.id, house.world.red.id, Role.ADMIN)
    red, blue = ({"X-Project-Id": place.id} for place in (house.world.red, house.world.blue))
    assert browser.ask("GET", "/identity/v3/users", **red).status_code == 200
    assert browser.ask("GET", "/identity/v3/users", **blue).status_code == 403
    assert browser.ask("GET", vaults(house), **red).status_code == 401


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda text: text.decode("latin-1")))
def test_whatever_stands_in_a_cookie_is_a_token_or_nothing(value: str) -> None:
    headers = {"cookie": f"other=1; {cookies.NAME}={value}"}
    call = Call("GET", "", "http://here", "/", {}, Query([]), headers, b"", "req-1")
    found = cookies.held(call)
    assert found is None or cookies.TOKEN.fullmatch(found)
