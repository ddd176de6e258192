"""Administration: projects, users, roles, credentials, and the trail of who changed what."""

import secrets
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Page, Route, expect
from tests.web.console import Place, Watched
from tests.wire import signing


def test_an_administrator_makes_a_project_and_lets_somebody_in_and_throws_them_out(place: Place) -> None:
    project, dora = f"office-{secrets.token_hex(3)}", f"dora-{secrets.token_hex(3)}"
    window = place.page("projects")
    page = window.page
    made_project(page, project)
    page.get_by_role("link", name="Accounts").first.click()
    password = made_user(page, dora, project)
    reader = signed_in(place, dora, password)
    reads_and_changes_nothing(reader)
    page.get_by_role("button", name="I have kept it").click()
    page.get_by_label("Search by name").fill(dora)
    expect(page.get_by_text(f"Reader · {project}")).to_be_visible()
    window.looks("accounts")
    page.get_by_role("link", name=dora).click()
    expect(page.get_by_role("radio", name=f"{project}: Reader")).to_be_checked()
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Disabled").first).to_be_visible()
    reader.forgive("status of 401").page.get_by_role("link", name="Vaults").click()
    expect(reader.page.get_by_role("button", name="Sign in")).to_be_visible()
    page.get_by_role("link", name="In the audit trail").click()
    expect(page.get_by_text("Nothing was changed yet").or_(page.get_by_text("No entry fits"))).to_be_visible()
    window.go(f"accounts?tab=audit&user={place.user}")
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Changed a user")
    expect(rows.nth(1)).to_contain_text("PATCH /identity/v3/users/")
    expect(page.get_by_text("Made a project")).to_be_visible()
    window.looks("audit")
    window.check()


def made_project(page: Page, name: str) -> None:
    page.get_by_role("button", name="New project").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Description").fill("Letters and invoices")
    dialog.get_by_role("button", name="Make the project").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def made_user(page: Page, name: str, project: str) -> str:
    page.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Project").select_option(label=project)
    expect(dialog.get_by_label("Role")).to_have_value("reader")
    dialog.get_by_role("button", name="Make the user").click()
    return page.get_by_label(f"Password of {name}", exact=True).input_value()


def signed_in(place: Place, name: str, password: str) -> Watched:
    window = place.page(signed_in=False)
    window.page.goto(place.url)
    window.page.get_by_label("User").fill(name)
    window.page.get_by_label("Password").fill(password)
    window.page.get_by_role("button", name="Sign in").click()
    expect(window.page.get_by_role("link", name="Credentials")).to_be_visible()
    return window


def reads_and_changes_nothing(window: Watched) -> None:
    page = window.page
    expect(page.get_by_role("link", name="Accounts")).to_have_count(0)
    here = page.url.partition("#/")[2].partition("/")[0]
    page.goto(page.url.partition("#")[0] + f"#/{here}/projects")
    expect(page.get_by_text("Only administrators look after accounts")).to_be_visible()
    expect(page.get_by_role("button", name="New project")).to_have_count(0)
    assert not window.faults
    window.forgive("status of 403")
    forced = """async ([path, project, body]) => {
      const {session} = await (await fetch("/v3/auth/session")).json();
      const headers = {"X-CSRF-Token": session.csrf_token, "X-Project-Id": project};
      const reply = await fetch(path, {method: "POST", headers, body: JSON.stringify(body)});
      return [reply.status, await reply.json()];
    }"""
    body = {"project": {"name": "mine"}}
    status, told = page.evaluate(forced, ["/identity/v3/projects", here, body])
    assert (status, told["error"]["message"]) == (403, "only an administrator may do this")
    status, told = page.evaluate(forced, [f"/v3/{here}/vaults", here, {"vault": {}}])
    assert (status, told["error_code"]) == (403, "BackupService.8600")


def test_a_project_is_not_deleted_with_its_vaults_and_its_roles_are_saved_together(place: Place) -> None:
    place.vault("letters", place.protect(place.files("letters", a__txt="a")))
    window = place.page("projects").forgive("status of 409")
    page = window.page
    page.get_by_label("Search by name").fill(place.user)
    expect(page.get_by_text("(you are here)")).to_be_visible()
    window.looks("projects")
    page.get_by_role("table").get_by_role("link", name=place.user).click()
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(f"Type {place.user} to go on").fill(place.user)
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_text("has vaults, or work that has not ended")).to_be_visible()
    expect(dialog.get_by_role("link", name="To its vaults")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    nobody_locks_themselves_out_unasked(place, window)
    window.check()


def nobody_locks_themselves_out_unasked(place: Place, window: Watched) -> None:
    page = window.page
    page.get_by_role("checkbox", name="Also those without a role").check()
    page.get_by_role("searchbox", name="Name").fill(place.user)
    page.get_by_role("radio", name=f"{place.user}: Operator").check()
    expect(page.get_by_text("was: Administrator")).to_be_visible()
    window.looks("project")
    page.get_by_role("button", name="Save roles").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("You will not administer this domain any more")
    expect(dialog.get_by_role("button", name="Save roles")).to_be_disabled()
    dialog.get_by_label("Type yes to go on").fill("yes")
    dialog.get_by_role("button", name="Save roles").click()
    expect(page.get_by_role("link", name="Accounts")).to_have_count(0)
    expect(page.get_by_text("Only administrators look after accounts")).to_be_visible()


def test_an_access_key_is_shown_once_and_signs_a_request(place: Place) -> None:
    window = place.page("credentials")
    page = window.page
    expect(page.get_by_text("You have no access key")).to_be_visible()
    page.get_by_role("button", name="New access key").click()
    page.get_by_label("What it is for").fill("Terraform on the build server")
    page.get_by_role("button", name="Make the key").click()
    key = page.get_by_label("Access key", exact=True).input_value()
    secret = page.get_by_label("Secret key", exact=True).input_value()
    assert place.project_id in page.get_by_role("textbox", name="Terraform, provider").input_value()
    assert asked_signed(place, key, secret).status_code == 200
    page.get_by_role("button", name="I have kept it").click()
    page.reload()
    expect(page.get_by_text(key)).to_be_visible()
    assert secret not in page.content()
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(page.get_by_role("cell", name="Disabled")).to_be_visible()
    assert asked_signed(place, key, secret).status_code == 401
    page.get_by_role("button", name="New application credential").click()
    page.get_by_label("Name").fill("nightly")
    page.get_by_label("Role").select_option("operator")
    page.get_by_role("button", name="Make it").click()
    lines = page.get_by_label("The openstack command line", exact=True).input_value()
    assert f"{place.url}/identity/v3" in lines
    page.get_by_role("button", name="I have kept it").click()
    window.looks("credentials")
    page.get_by_role("row", name="nightly").get_by_role("button", name="Delete").click()
    page.get_by_label("Type nightly to go on").fill("nightly")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("You have no application credential")).to_be_visible()
    window.check()


def test_who_changes_their_password_stays_signed_in_here_and_nowhere_else(place: Place) -> None:
    other = place.cookie()
    window = place.page("credentials").forgive("status of 401")
    page = window.page
    fill_passwords(page, "wrong", "new secret")
    expect(page.get_by_role("alert")).to_contain_text("the original password is wrong")
    expect(page.get_by_role("heading", level=1, name="Credentials")).to_be_visible()
    fill_passwords(page, place.password, "new secret")
    expect(page.get_by_text("Your password is changed")).to_be_visible()
    page.get_by_role("link", name="Regions").click()
    expect(page.get_by_role("heading", level=1, name="Regions")).to_be_visible()
    told = httpx.get(f"{place.url}/v3/auth/session", headers={"Cookie": f"holdfast_session={other}"})
    assert told.json() == {"session": None}
    window.check()


def fill_passwords(page: Page, present: str, wanted: str) -> None:
    page.get_by_label("Present password").fill(present)
    page.get_by_label("New password", exact=True).fill(wanted)
    page.get_by_label("New password again").fill(wanted)
    page.get_by_role("button", name="Change my password").click()
    page.get_by_role("dialog").get_by_role("button", name="Change it").click()


def asked_signed(place: Place, key: str, secret: str) -> httpx.Response:
    target = f"/v3/{place.project_id}/vaults"
    headers = {"host": urlsplit(place.url).netloc, "x-sdk-date": signing.date()}
    request = signing.Request("GET", target, headers, b"")
    signature = signing.huawei(request, "host;x-sdk-date", key, secret)
    return httpx.get(place.url + target, headers={**headers, "Authorization": signature})


def test_where_accounts_are_kept_in_keystone_the_screens_say_so(place: Place) -> None:
    window = place.page(signed_in=False)
    page = window.page
    asked: list[str | None] = []

    def told(route: Route) -> None:
        """The session as a house with another Keystone tells it: a role only to who is in the project."""
        reply = route.fetch()
        body = reply.json()
        here = route.request.headers.get("x-project-id")
        asked.append(here)
        if body["session"]:
            body["session"]["keystone_url"] = "https://keystone.example.org:5000/v3"
            for one in body["session"]["projects"]:
                one["role"] = one["role"] if one["id"] == here else None
        route.fulfill(response=reply, json=body)

    page.route("**/v3/auth/session", told)
    page.reload()
    page.get_by_label("User").fill(place.user)
    page.get_by_label("Password").fill(place.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Accounts").click()  # an administrator's, so the role is known
    assert place.project_id in asked
    expect(page.get_by_text("the Keystone at https://keystone.example.org:5000/v3")).to_be_visible()
    expect(page.get_by_role("button", name="New user")).to_have_count(0)
    window.check()
    page.get_by_role("link", name="Projects").click()
    expect(page.get_by_role("region", name="Accounts are kept in Keystone")).to_be_visible()
    page.get_by_role("link", name="Credentials").click()
    expect(page.get_by_label("Present password")).to_have_count(0)
    expect(page.get_by_text("Signed in until")).to_be_visible()
