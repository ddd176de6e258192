"""Policies in the console: written in plain words, bound to vaults, and what their rules would let go."""

import sqlite3
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from tests.web.console import Place, made

from holdfast.model import clock
from holdfast.model.schedule import WEEKDAYS, Rule

DAY = 86_400 * 1_000_000
MODULE = """async ([call, argument]) => {
    const base = document.querySelector("script[type=module]").src.replace(/app\\.js$/, "");
    const schedule = await import(`${base}screens/policies/schedule.js`);
    const calls = {
        rewritten: (many) => many.map((patterns) => schedule.written(schedule.read(patterns))),
        reread: (many) => many.map((rule) => {
            const patterns = schedule.written([rule]);
            return {patterns, again: schedule.written(schedule.read(patterns))};
        }),
    };
    return calls[call](argument);
}"""


def a_policy(place: Place, name: str, patterns: list[str], **more: Any) -> str:
    """A policy that the API made; its id."""
    policy = {
        "name": name,
        "operation_type": "backup",
        "operation_definition": {"max_backups": 7, "day_backups": 30, "timezone": "UTC+01:00"},
        "trigger": {"properties": {"pattern": patterns}},
        "holdfast": {"timezone": "Europe/Berlin"},
    }
    told: str = place.ask("POST", "/policies", {"policy": policy | more})["policy"]["id"]
    return told


def of(place: Place, policy_id: str) -> dict[str, Any]:
    """The policy, as the API tells it."""
    told: dict[str, Any] = place.ask("GET", f"/policies/{policy_id}")["policy"]
    return told


def shown_firings(page: Page) -> list[str]:
    """The moments that the page shows, in UTC, to the minute."""
    times = page.locator(".firings time").evaluate_all("all => all.map(one => one.dateTime.slice(0, 16))")
    return [str(one) for one in times]


def told_firings(place: Place, policy_id: str) -> list[str]:
    """The same, as the API tells them of the policy that is kept."""
    told = place.ask("GET", f"/policies/{policy_id}/firings")["firings"]
    return [one["due_at"][:16] for one in told]


def test_a_policy_is_written_in_plain_words_bound_changed_switched_off_and_deleted(place: Place) -> None:
    place.vault("office", place.protect(place.files("letters", a__txt="dear")))
    window = place.page("policies").forgive("status of 400")
    page = window.page
    expect(page.get_by_text("No policy yet")).to_be_visible()
    page.get_by_role("button", name="New policy").first.click()
    page.get_by_label("Name", exact=True).fill("nightly")
    page.get_by_role("combobox", name="Days or weeks").select_option("week")
    page.get_by_role("button", name="Sat", exact=True).click()
    page.get_by_label("Time 1", exact=True).fill("01:30")
    page.get_by_role("button", name="Add a time").click()
    page.get_by_label("Time 2", exact=True).fill("02:00")
    expect(page.get_by_text("Two of these times are less than an hour apart.")).to_be_visible()
    page.get_by_label("Time 2", exact=True).fill("13:15")
    expect(page.get_by_text("Every week on Monday to Saturday at 01:30 and 13:15")).to_be_visible()
    page.get_by_label("How many: At most").fill("0")
    expect(page.get_by_text("A whole number from 1 to 99999.")).to_be_visible()
    page.get_by_label("How many: At most").fill("7")
    page.get_by_role("checkbox", name="one per week").check()
    expect(page.locator(".firings li")).to_have_count(10)
    expect(page.locator(".firings")).to_contain_text("13:15")  # by the last of what was typed
    supposed = shown_firings(page)
    window.looks("policies-new")
    page.get_by_role("button", name="Create the policy").click()
    expect(page.get_by_role("heading", name="nightly", level=1)).to_be_visible()
    (policy,) = place.ask("GET", "/policies")["policies"]
    assert policy["trigger"]["properties"]["pattern"] == [
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA;BYHOUR=01;BYMINUTE=30",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA;BYHOUR=13;BYMINUTE=15",
    ]
    assert policy["holdfast"]["timezone"] == "Europe/Berlin"
    assert policy["operation_definition"]["week_backups"] == 8
    expect(page.locator(".firings li")).to_have_count(10)
    assert supposed == shown_firings(page) == told_firings(place, policy["id"])
    bound_changed_and_deleted(place, page, policy["id"])
    window.check()


def bound_changed_and_deleted(place: Place, page: Page, policy_id: str) -> None:
    page.get_by_role("button", name="Put a vault on it").click()
    page.get_by_role("dialog").get_by_label("Vault").select_option(label="office")
    page.get_by_role("button", name="Follow the policy").click()
    expect(page.get_by_role("link", name="office", exact=True)).to_be_visible()
    assert [one["vault_id"] for one in of(place, policy_id)["associated_vaults"]]
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_label("Time 2", exact=True).fill("14:00")
    page.get_by_role("link", name="Vaults").click()
    expect(page.get_by_role("dialog", name="Leave without saving?")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_label("Time 2", exact=True)).to_have_value("14:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Every week on Monday to Saturday at 01:30 and 14:00")).to_be_visible()
    page.get_by_role("switch").click()
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("It is switched off")).to_be_visible()
    assert of(place, policy_id)["enabled"] is False
    page.get_by_role("button", name="Take off").click()
    page.get_by_role("dialog").get_by_role("button", name="Take off").click()
    expect(page.get_by_text("No vault follows this policy")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox").fill("nightly")
    page.get_by_role("button", name="Delete the policy").click()
    expect(page.get_by_text("No policy yet")).to_be_visible()
    assert place.ask("GET", "/policies")["count"] == 0


def test_rules_beyond_the_editor_survive_and_what_the_server_refuses_is_told_at_its_field(
    place: Place,
) -> None:
    odd = ["FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU;BYHOUR=3;BYMINUTE=5", "BYMINUTE=0;BYHOUR=9;FREQ=DAILY"]
    advanced = {"weekly_retention_rules": {"days_of_week": ["SU"], "retention_duration_periods": 8}}
    definition = {"max_backups": 5, "advanced_retention_rules": advanced, "timezone": "UTC+02:00"}
    policy_id = a_policy(place, "odd", odd, operation_definition=definition)
    before = of(place, policy_id)
    window = place.page(f"policies/{policy_id}?edit=true").forgive("status of 400")
    page = window.page
    expect(page.get_by_text(odd[0])).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_label("Name", exact=True).fill("less odd")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Name", exact=True).fill("less-odd")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="less-odd", level=1)).to_be_visible()
    assert of(place, policy_id) == before | {"name": "less-odd"}
    expect(page.get_by_text("those of Sunday, for 8 weeks")).to_be_visible()
    window.go("policies/nosuch").forgive("status of 404")
    expect(page.get_by_role("alert")).to_contain_text("The policy does not exist")
    window.check()


def test_a_policy_that_replicates_says_where_to_and_binds_a_vault_with_its_target(place: Place) -> None:
    place.vault("office", place.protect(place.files("letters", a__txt="dear")))
    billing = {"consistent_level": "crash_consistent", "object_type": "turbo", "protect_type": "replication"}
    copies = {"vault": {"name": "copies", "billing": {**billing, "size": 10}, "resources": []}}
    target_id = place.ask("POST", "/vaults", copies)["vault"]["id"]
    window = place.page("policies/new")
    page = window.page
    page.get_by_label("Name", exact=True).fill("elsewhere")
    page.get_by_label("What it does").select_option("replication")
    expect(page.get_by_role("heading", name="What would go by these rules")).to_have_count(0)
    page.get_by_role("button", name="Create the policy").click()
    expect(page.get_by_text("Choose a region.")).to_be_visible()
    expect(page.get_by_text("Choose a project.")).to_be_visible()
    page.get_by_label("To the region").select_option("local-1")
    expect(page.get_by_label("Into the project")).to_have_value(place.project_id)
    page.get_by_role("button", name="Create the policy").click()
    expect(page.get_by_role("heading", name="elsewhere", level=1)).to_be_visible()
    expect(page.get_by_role("definition").get_by_text(place.user)).to_be_visible()
    page.get_by_role("button", name="Put a vault on it").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Vault", exact=True).select_option(label="office")
    expect(dialog.get_by_role("button", name="Follow the policy")).to_be_disabled()
    dialog.get_by_label("Into the vault").select_option(label="copies")
    dialog.get_by_role("button", name="Follow the policy").click()
    row = page.get_by_role("row", name="office")
    expect(row.get_by_role("link", name="copies")).to_be_visible()
    (policy,) = place.ask("GET", "/policies")["policies"]
    assert policy["operation_definition"]["destination_project_id"] == place.project_id
    assert policy["associated_vaults"][0]["destination_vault_id"] == target_id
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_label("Time 1", exact=True).fill("04:45")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Every day at 04:45")).to_be_visible()
    expect(row.get_by_role("link", name="copies")).to_be_visible()
    window.check()


def test_what_the_rules_would_let_go_is_shown_before_they_are_saved(place: Place) -> None:
    letters, photos = (place.protect(place.files(name, a__txt=name)) for name in ("letters", "photos"))
    vault_id = place.vault("office", letters, photos)
    policy_id = a_policy(place, "nightly", ["FREQ=DAILY;BYHOUR=2;BYMINUTE=0"])
    a_policy(place, "hourly", ["FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=8,12,16,20;BYMINUTE=30"], enabled=False)
    organize(place)
    for _ in range(3):
        place.back_up(vault_id)
    place.ask("POST", f"/vaults/{vault_id}/associatepolicy", {"policy_id": policy_id})
    as_if_by_schedule(place, policy_id)
    window = place.page("policies")
    page = window.page
    expect(page.get_by_text("The last 7, one per day for 30 days").first).to_be_visible()
    expect(page.get_by_text("Of the organization")).to_be_visible()
    window.looks("policies")
    page.get_by_role("link", name="nightly").click()
    expect(page.get_by_text("Everything stays.")).to_be_visible()
    window.looks("policy")
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_role("checkbox", name="one per day").uncheck()
    page.get_by_label("How many: At most").fill("1")
    expect(page.get_by_text("4 backups would go now.")).to_be_visible()
    expect(page.get_by_text("office · 2 of 3 go")).to_have_count(2)
    page.get_by_role("slider", name="Backups of letters").press("Home")
    expect(page.locator(".marks-row", has_text="letters")).to_contain_text("goes (one more than are kept)")
    page.get_by_text("As a table").click()
    expect(page.get_by_role("cell", name="Goes")).to_have_count(4)
    page.get_by_label("Only what goes").check()
    expect(page.get_by_role("cell", name="Stays")).to_have_count(0)
    expect(page.get_by_text("office · 2 go")).to_have_count(2)
    assert of(place, policy_id)["operation_definition"]["max_backups"] == 7
    assert place.ask("GET", "/backups")["count"] == 6
    window.check()


def organize(place: Place) -> None:
    """A policy of the organization that this project has."""
    policy = {
        "name": "everywhere",
        "operation_type": "backup",
        "policy_name": "house-rules",
        "policy_enabled": True,
        "policy_operation_definition": {"retention_duration_days": 90},
        "policy_trigger": {"properties": {"pattern": ["FREQ=WEEKLY;BYDAY=SU;BYHOUR=5;BYMINUTE=0"]}},
        "effective_scope": place.project_id,
    }
    place.ask("POST", "/organization-policies", {"policy": policy})


def as_if_by_schedule(place: Place, policy_id: str) -> None:
    """Make the project's backups those of a policy, a day apart."""
    with sqlite3.connect(place.server.data / "holdfast.db", timeout=30) as database:
        rows = database.execute(
            "SELECT id, resource_id FROM backup WHERE project_id = ? ORDER BY created_at DESC",
            (place.project_id,),
        ).fetchall()
        seen: dict[str, int] = {}
        for backup_id, resource_id in rows:
            seen[resource_id] = seen.get(resource_id, 0) + 1
            at = int(clock.now().timestamp()) * 1_000_000 - seen[resource_id] * DAY
            database.execute(
                "UPDATE backup SET auto_trigger = 1, policy_id = ?, created_at = ?, protected_at = ?"
                " WHERE id = ?",
                (policy_id, at, at, backup_id),
            )


def test_somebody_who_only_reads_sees_no_buttons_and_other_zones_are_told_beside(place: Place) -> None:
    reader = made(place.server, place.browser, place.folder, role="reader")
    reader.project_id, own = place.project_id, reader.project_id
    policy_id = a_policy(place, "nightly", ["FREQ=DAILY;BYHOUR=2;BYMINUTE=0"])
    assert own != place.project_id
    grant(place, reader)
    window = reader.page(f"policies/{policy_id}", timezone_id="Asia/Tokyo", locale="de-DE")
    page = window.page
    expect(page.locator(".firings li")).to_have_count(10)
    expect(page.locator(".firings li").first).to_contain_text("hier")
    expect(page.get_by_text("Jeden Tag um 02:00")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    window.go("policies")
    expect(page.get_by_role("link", name="nightly")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("switch")).to_have_count(0)
    window.check()
    reader.close()


def grant(place: Place, reader: Place) -> None:
    """Let somebody read in this project, too."""
    admin = place.server.client
    assert admin is not None
    base = str(admin.base_url).partition("/v3/")[0]
    users = admin.get(f"{base}/v3/users", params={"name": reader.user}).json()["users"]
    roles = {one["name"]: one["id"] for one in admin.get(f"{base}/v3/roles").json()["roles"]}
    path = f"/v3/projects/{place.project_id}/users/{users[0]['id']}/roles/{roles['reader']}"
    assert admin.put(base + path).is_success


NUMBERS = st.lists(st.integers(0, 23), min_size=1, max_size=4)
PATTERNS = st.builds(
    lambda weekly, interval, days, hours, minutes, pad: ";".join(
        part
        for part in (
            f"FREQ={'WEEKLY' if weekly else 'DAILY'}",
            f"INTERVAL={interval}" if interval else "",
            f"BYDAY={','.join(days)}" if days else "",
            f"BYHOUR={','.join(f'{hour:0{pad}}' for hour in hours)}",
            f"BYMINUTE={','.join(f'{minute:0{pad}}' for minute in minutes)}",
        )
        if part
    ),
    st.booleans(),
    st.integers(0, 31),
    st.lists(st.sampled_from(WEEKDAYS), max_size=9),
    NUMBERS,
    st.lists(st.integers(0, 59), min_size=1, max_size=3),
    st.integers(1, 2),
)
TIMES = st.lists(st.integers(0, 1439), min_size=1, max_size=6, unique=True).map(
    lambda all: {"kind": "times", "times": [f"{one // 60:02}:{one % 60:02}" for one in all]}
)
HOURS = st.builds(
    lambda step, start: {"kind": "hours", "step": step, "start": f"{start // 60:02}:{start % 60:02}"},
    st.integers(1, 12),
    st.integers(0, 1439),
)
SENTENCES = st.fixed_dictionaries(
    {
        "every": st.sampled_from(["day", "week"]),
        "interval": st.integers(1, 30),
        "days": st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True),
        "at": TIMES | HOURS,
    }
)


def moments(patterns: list[str]) -> set[tuple[bool, int, frozenset[int], int]]:
    """What patterns come to, as the server reads them: each time of the day with its days."""
    rules = [Rule.of(pattern) for pattern in patterns]
    return {(one.weekly, one.interval, one.weekdays, minute) for one in rules for minute in one.minutes}


def meant(sentence: dict[str, Any]) -> set[tuple[bool, int, frozenset[int], int]]:
    """What a sentence says."""
    at = sentence["at"]
    if at["kind"] == "times":
        minutes = [int(one[:2]) * 60 + int(one[3:]) for one in at["times"]]
    else:
        start = int(at["start"][:2]) * 60 + int(at["start"][3:])
        minutes = list(range(start, 1440, 60 * at["step"]))
    weekly = sentence["every"] == "week"
    days = frozenset(WEEKDAYS.index(day) for day in sentence["days"]) if weekly else frozenset()
    return {(weekly, sentence["interval"], days, minute) for minute in minutes}


def test_rules_are_read_and_written_letter_by_letter_and_sentences_mean_what_they_say(place: Place) -> None:
    page = place.page("policies").page
    some = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))

    @some
    @given(st.lists(st.lists(PATTERNS | st.text(max_size=30), max_size=4), min_size=6, max_size=12))
    def letters(many: list[list[str]]) -> None:
        assert page.evaluate(MODULE, ["rewritten", many]) == many

    @some
    @given(st.lists(SENTENCES, min_size=6, max_size=12))
    def meaning(many: list[dict[str, Any]]) -> None:
        for sentence, told in zip(many, page.evaluate(MODULE, ["reread", many]), strict=True):
            assert told["patterns"] == told["again"]
            assert moments(told["patterns"]) == meant(sentence)

    letters()
    meaning()
