"""The cookie of a browser's session, as it is written and read."""

from datetime import timedelta
from pathlib import Path

import pytest

from holdfast.api import cookies
from holdfast.api.query import Query
from holdfast.api.request import Call
from holdfast.config import Config
from holdfast.model import clock
from holdfast.model.errors import NotAllowed


def call(method: str = "GET", address: str = "http://house", **headers: str) -> Call:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Call(
        method=method,
        route="/v3/{project_id}/vaults",
        address=address,
        target="/v3/p/vaults",
        path={},
        query=Query([]),
        headers=named,
        body=b"",
        request_id="req-1",
    )


@pytest.mark.parametrize(
    ("address", "endpoint", "secure"),
    [
        ("http://house", "", False),
        ("https://house", "", True),
        (
            "http://127.0.0.1:8776",
            "https://backup.example",
            True,
        ),  # a proxy that does not say how people came
    ],
)
def test_it_stays_on_https_where_people_come_by_it(address: str, endpoint: str, secure: bool) -> None:
    config = Config(data=Path("/nowhere"), endpoint=endpoint)
    told = cookies.set_to(call(address=address), config, "token", clock.now() + timedelta(hours=1))
    assert ("Secure" in told.split("; ")) is secure
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(told.split("; "))
    assert ("Secure" in cookies.taken_away(call(address=address), config)) is secure


@pytest.mark.parametrize(
    "cookie", ["", "holdfast_session=", "holdfast_session=a b", "other=x", "holdfast_session=\xe9"]
)
def test_what_is_no_session_is_none(cookie: str) -> None:
    assert cookies.shown(call(cookie=cookie)) is None


@pytest.mark.parametrize("others", ['prefs={"a":1}; ', "path=/x; ", "a/b=c; ", "=; ;; ", 'q="unended; '])
def test_cookies_of_other_programs_on_this_host_hide_nothing(others: str) -> None:
    assert cookies.shown(call(cookie=f"{others}holdfast_session=t")) == "t"
    assert cookies.shown(call(cookie=f"holdfast_session=t; {others}")) == "t"


def test_another_credential_wins() -> None:
    assert cookies.shown(call(cookie="holdfast_session=t")) == "t"
    assert cookies.shown(call(cookie="holdfast_session=t", x_auth_token="other")) is None
    assert cookies.shown(call(cookie="holdfast_session=t", authorization="SDK-HMAC-SHA256 x")) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_brings_the_word_of_its_own_session(method: str) -> None:
    with pytest.raises(NotAllowed):
        cookies.shown(call(method, cookie="holdfast_session=t"))
    with pytest.raises(NotAllowed):
        cookies.shown(call(method, cookie="holdfast_session=t", x_csrf_token=cookies.word_of("u")))
    assert cookies.shown(call(method, cookie="holdfast_session=t", x_csrf_token=cookies.word_of("t"))) == "t"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nobody_is_signed_in_by_a_page_of_others(site: str) -> None:
    with pytest.raises(NotAllowed):
        cookies.check_own_page(call("POST", sec_fetch_site=site))
    cookies.check_own_page(call("POST", sec_fetch_site="same-origin"))
    cookies.check_own_page(call("POST"))


def test_over_plain_http_the_origin_tells_whose_page_it_is() -> None:
    cookies.check_own_page(call("POST", host="house:8776", origin="http://house:8776"))
    for origin in ("http://evil.example", "http://house:9000", "null"):
        with pytest.raises(NotAllowed):
            cookies.check_own_page(call("POST", host="house:8776", origin=origin))
