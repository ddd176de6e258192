"""Signing in and out of the console: the session, its cookie, and who may use it."""

import httpx
import pytest
from playwright.sync_api import expect
from tests.web.console import Place


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_somebody_signs_in_sees_their_project_and_signs_out(place: Place, language: str) -> None:
    german = language == "de-DE"
    window = place.page(signed_in=False, locale=language)
    page = window.page
    page.get_by_label("Benutzer" if german else "User").fill(place.user)
    page.get_by_label("Passwort" if german else "Password").fill(place.password)
    if german:  # whose words are the longer ones
        window.looks("sign-in")
    page.get_by_role("button", name="Anmelden" if german else "Sign in").click()
    expect(page.get_by_role("link", name="Aufgaben" if german else "Tasks")).to_be_visible()
    assert page.url.endswith(f"#/{place.project_id}/")
    assert page.evaluate("document.cookie") == ""
    page.get_by_text(place.user).last.click()
    window.forgive("status of 401")  # what the overview asks for while the session ends
    page.get_by_role("button", name="Abmelden" if german else "Sign out").click()
    expect(page.get_by_role("button", name="Anmelden" if german else "Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Anmelden" if german else "Sign in")).to_be_visible()
    window.check()


def test_a_wrong_password_says_so_and_lets_one_try_again(place: Place) -> None:
    window = place.page(signed_in=False).forgive("status of 401")
    page = window.page
    page.get_by_label("User").fill(place.user)
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("the user name or the password is wrong")
    page.get_by_label("Password").fill(place.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    window.check()


def test_the_session_ends_for_the_page_too(place: Place) -> None:
    window = place.page("vaults").forgive("status of 401")
    expect(window.page.get_by_role("heading", name="Vaults")).to_be_visible()
    cookie = window.page.context.cookies()[0]["value"]
    word = session(place, cookie)["csrf_token"]
    signed_out = asked(place, "DELETE", "/v3/auth/session", cookie, word)
    assert signed_out.status_code == 204
    window.page.get_by_role("link", name="Tasks").click()
    window.page.reload()
    expect(window.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(place: Place) -> None:
    body = {"session": {"name": place.user, "password": place.password}}
    answer = httpx.post(f"{place.url}/v3/auth/session", json=body)
    told = answer.headers["Set-Cookie"]
    assert "HttpOnly" in told
    assert "SameSite=Strict" in told
    forged = httpx.post(f"{place.url}/v3/auth/session", json=body, headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403


def test_a_change_needs_the_word_that_only_our_pages_know(place: Place) -> None:
    cookie = place.cookie()
    vaults = f"/v3/{place.project_id}/vaults"
    shown = asked(place, "GET", vaults, cookie)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    body = {"policy": {"name": "forged"}}
    policies = f"/v3/{place.project_id}/policies"
    for word in (None, "", "0" * 64, "é"):
        refused = asked(place, "POST", policies, cookie, word, body)
        assert refused.status_code == 403, refused.text
    allowed = asked(place, "POST", policies, cookie, session(place, cookie)["csrf_token"], body)
    assert allowed.status_code == 400  # it is read, and says what is missing


def test_a_cookie_enters_no_project_of_others_and_is_no_other_token(place: Place) -> None:
    cookie = place.cookie()
    others = place.server.credentials["project_id"]
    assert asked(place, "GET", f"/v3/{others}/vaults", cookie).status_code == 404
    token = place.api.headers["X-Auth-Token"]
    assert asked(place, "GET", f"/v3/{place.project_id}/vaults", token).status_code == 401
    assert asked(place, "GET", f"/v3/{place.project_id}/vaults", "no-such").status_code == 401


def session(place: Place, cookie: str) -> dict[str, str]:
    told: dict[str, str] = asked(place, "GET", "/v3/auth/session", cookie).json()["session"]
    return told


def asked(
    place: Place, method: str, path: str, cookie: str, word: str | None = None, body: object = None
) -> httpx.Response:
    headers = {"Cookie": f"holdfast_session={cookie}"}
    if word is not None:
        headers["X-CSRF-Token"] = word
    encoded = {name.encode(): value.encode() for name, value in headers.items()}
    return httpx.request(method, place.url + path, headers=encoded, json=body)
