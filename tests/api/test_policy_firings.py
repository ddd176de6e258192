"""How a schedule is carried out, and when it comes due next, on the wire."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.api.asking import House

from holdfast.model import clock

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NIGHTLY = ["FREQ=DAILY;BYHOUR=2;BYMINUTE=30"]
BERLIN = {
    "timezone": "Europe/Berlin",
    "jitter_minutes": 15,
    "timeout_minutes": 480,
    "keep_first_of_month": True,
}
SPRING = "2031-03-29T12:00:00Z"


def body(**ours: Any) -> dict[str, Any]:
    policy = {
        "name": "nightly",
        "operation_type": "backup",
        "operation_definition": {"max_backups": 7},
        "trigger": {"properties": {"pattern": NIGHTLY}},
    }
    return {"policy": policy | ({"holdfast": ours} if ours else {})}


def made(house: House, **ours: Any) -> dict[str, Any]:
    policy: dict[str, Any] = house.ask("POST", "/policies", body(**ours))["policy"]
    return policy


def changed(house: House, policy: dict[str, Any], **ours: Any) -> dict[str, Any]:
    told = house.ask("PUT", f"/policies/{policy['id']}", {"policy": {"holdfast": ours}})
    policy = told["policy"]["holdfast"]
    return {name: policy[name] for name in BERLIN}


def test_how_a_schedule_is_carried_out_is_told_back_and_changes_by_member(house: House) -> None:
    policy = made(house, **BERLIN)
    assert policy["holdfast"] == BERLIN | {"vaults": [], "overdue": []}
    assert changed(house, policy, jitter_minutes=0) == BERLIN | {"jitter_minutes": 0}
    assert changed(house, policy, timeout_minutes=None)["timeout_minutes"] is None
    assert changed(house, policy, timezone="UTC") == {
        "timezone": "UTC",
        "jitter_minutes": 0,
        "timeout_minutes": None,
        "keep_first_of_month": True,
    }
    assert changed(house, policy) == changed(house, policy, timezone=None, jitter_minutes=None)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"timezone": "Europe/Atlantis"}, "holdfast.timezone"),
    ({"timezone": ""}, "holdfast.timezone"),
    ({"timezone": "../../etc/passwd"}, "holdfast.timezone"),
    ({"timezone": "Europe"}, "holdfast.timezone"),
    ({"timezone": 1}, "policy.holdfast.timezone"),
    ({"jitter_minutes": 60}, "holdfast.jitter_minutes"),
    ({"jitter_minutes": -1}, "holdfast.jitter_minutes"),
    ({"jitter_minutes": 1 << 40}, "policy.holdfast.jitter_minutes"),
    ({"timeout_minutes": 0}, "holdfast.timeout_minutes"),
    ({"timeout_minutes": 43201}, "holdfast.timeout_minutes"),
]


@pytest.mark.parametrize(("ours", "named"), WRONG)
def test_what_could_not_be_carried_out_is_400_and_changes_nothing(
    house: House, ours: dict[str, Any], named: str
) -> None:
    status, code, message = house.refused("POST", "/policies", body(**ours))
    assert (status, code) == (400, "9900")
    assert named in message
    policy = made(house)
    change = {"policy": {"name": "other", "holdfast": ours}}
    assert named in house.refused("PUT", f"/policies/{policy['id']}", change)[2]
    assert house.ask("GET", f"/policies/{policy['id']}") == {"policy": policy}


def test_policies_of_an_organization_say_it_too(house: House) -> None:
    policy = {
        "name": "everywhere",
        "operation_type": "backup",
        "policy_name": "nightly",
        "policy_enabled": True,
        "policy_operation_definition": {"max_backups": 30},
        "policy_trigger": {"properties": {"pattern": NIGHTLY}},
        "holdfast": BERLIN,
    }
    laid_down = house.ask("POST", "/organization-policies", {"policy": policy})["policy"]
    assert laid_down["holdfast"] == BERLIN
    (delivered,) = house.ask("GET", "/policies")["policies"]
    assert delivered["holdfast"] == BERLIN | {"vaults": []}
    path, change = f"/organization-policies/{laid_down['id']}", {"holdfast": {"jitter_minutes": 1}}
    assert house.ask("PUT", path, {"policy": change})["policy"]["holdfast"] == BERLIN | {"jitter_minutes": 1}


def firings(house: House, policy: dict[str, Any], **asked: Any) -> Any:
    return house.ask("GET", f"/policies/{policy['id']}/firings", **asked)


def test_the_next_moments_due_are_told_in_utc_and_as_clocks_there_show_them(house: House) -> None:
    told = firings(house, made(house, **BERLIN), limit=3, after=SPRING)
    assert told == {
        "firings": [
            {"due_at": "2031-03-30T01:00:00.000000", "local": "2031-03-30T03:00:00+02:00"},
            {"due_at": "2031-03-31T00:30:00.000000", "local": "2031-03-31T02:30:00+02:00"},
            {"due_at": "2031-04-01T00:30:00.000000", "local": "2031-04-01T02:30:00+02:00"},
        ],
        "timezone": "Europe/Berlin",
        "count": 3,
        "limit": 3,
    }


def test_they_begin_now_and_are_ten(house: House) -> None:
    policy = made(house)
    house.ask("PUT", f"/policies/{policy['id']}", {"policy": {"enabled": False}})
    due = [datetime.fromisoformat(one["due_at"]) for one in firings(house, policy)["firings"]]
    now = clock.now().replace(tzinfo=None)
    assert len(due) == 10
    assert now - timedelta(minutes=1) < due[0] <= now + timedelta(days=1)
    assert {later - sooner for sooner, later in pairwise(due)} == {timedelta(days=1)}


def test_firings_are_asked_for_well(house: House) -> None:
    policy = made(house)
    for wrong in ({"limit": 0}, {"limit": 101}, {"after": "9999-01-01T00:00:00Z"}, {"after": "soon"}):
        assert house.refused("GET", f"/policies/{policy['id']}/firings", **wrong)[:2] == (400, "9900")
    assert firings(house, policy, after="0001-01-01T00:00:00Z", limit=1, who="reader")["count"] == 1
    assert house.refused("GET", "/policies/nosuch/firings")[:2] == (404, "6000")


def test_a_vault_that_follows_is_told_with_when_it_comes_due_next(house: House) -> None:
    vault, policy = house.world.vault(), made(house)
    before = clock.now()
    house.ask("POST", f"/vaults/{vault.id}/associatepolicy", {"policy_id": policy["id"]})
    (told,) = house.ask("GET", f"/policies/{policy['id']}")["policy"]["holdfast"]["vaults"]
    assert told["vault_id"] == vault.id
    assert before <= datetime.fromisoformat(told["since"]).replace(tzinfo=UTC) <= clock.now()
    (due,) = firings(house, policy, limit=1)["firings"]
    assert told["next_due_at"] == due["due_at"]
    assert told["starts_at"] == due["due_at"]
    path = f"/policies/{policy['id']}"
    late = house.ask("PUT", path, {"policy": {"holdfast": {"jitter_minutes": 59}}})["policy"]["holdfast"]
    (told,) = late["vaults"]
    assert told["next_due_at"] == due["due_at"] <= told["starts_at"]
    off = house.ask("PUT", path, {"policy": {"enabled": False}})["policy"]["holdfast"]
    assert [(one["next_due_at"], one["starts_at"]) for one in off["vaults"]] == [(None, None)]
