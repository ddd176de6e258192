"""When a policy would come due if its schedule were another, on the wire."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.asking import House

from holdfast.model.schedule import WEEKDAYS

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NIGHTLY = ["FREQ=DAILY;BYHOUR=2;BYMINUTE=30"]
SPRING = "2031-03-29T12:00:00Z"
PATH = "/holdfast/schedule-preview"


def body(patterns: list[str], policy_id: str | None = None, **ours: Any) -> dict[str, Any]:
    policy: dict[str, Any] = {"trigger": {"properties": {"pattern": patterns}}, "holdfast": ours}
    return {"policy": policy | ({"id": policy_id} if policy_id else {})}


def made(house: House, patterns: list[str], **ours: Any) -> str:
    policy = body(patterns, **ours)["policy"] | {
        "name": "nightly",
        "operation_type": "backup",
        "operation_definition": {"max_backups": 7},
    }
    policy_id: str = house.ask("POST", "/policies", {"policy": policy})["policy"]["id"]
    return policy_id


def test_what_is_not_kept_yet_tells_when_it_would_come_due(house: House) -> None:
    asked = body(NIGHTLY, timezone="Europe/Berlin", jitter_minutes=5)
    told = house.ask("POST", PATH, asked, limit=2, after=SPRING)
    assert told == {
        "firings": [
            {"due_at": "2031-03-30T01:00:00.000000", "local": "2031-03-30T03:00:00+02:00"},
            {"due_at": "2031-03-31T00:30:00.000000", "local": "2031-03-31T02:30:00+02:00"},
        ],
        "timezone": "Europe/Berlin",
        "count": 2,
        "limit": 2,
    }
    assert house.ask("GET", "/policies")["count"] == 0


# A rule of every seventh day on another weekday never comes due, and is refused.
RULES = st.builds(
    lambda weekly, interval, days, hour, minute: (
        f"FREQ={'WEEKLY' if weekly else 'DAILY'};INTERVAL={interval};"
        f"BYDAY={','.join(days)};BYHOUR={hour};BYMINUTE={minute}"
    ),
    st.booleans(),
    st.integers(1, 30).filter(lambda days: days % 7),
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True),
    st.integers(0, 23),
    st.integers(0, 59),
)


@given(RULES, st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana"]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_agrees_with_the_policy_once_that_is_kept(house: House, rule: str, zone: str) -> None:
    supposed = house.ask("POST", PATH, body([rule], timezone=zone), after=SPRING)
    policy_id = made(house, [rule], timezone=zone)
    assert house.ask("GET", f"/policies/{policy_id}/firings", after=SPRING) == supposed
    assert house.ask("POST", PATH, body([rule], policy_id), after=SPRING) == supposed
    house.ask("DELETE", f"/policies/{policy_id}", expect=204)


def test_of_a_policy_that_is_there_what_is_not_said_stays(house: House) -> None:
    policy_id = made(house, NIGHTLY, timezone="Europe/Berlin")
    told = house.ask("POST", PATH, body(["FREQ=DAILY;BYHOUR=4;BYMINUTE=0"], policy_id), limit=1)
    assert told["timezone"] == "Europe/Berlin"
    assert "T04:00:00+0" in told["firings"][0]["local"]
    kept = house.ask("GET", f"/policies/{policy_id}")["policy"]["trigger"]["properties"]["pattern"]
    assert kept == NIGHTLY


WRONG: list[tuple[list[str], dict[str, Any], str]] = [
    ([], {}, "trigger.properties.pattern"),
    (["FREQ=HOURLY"], {}, "trigger.properties.pattern"),
    (["FREQ=DAILY;BYHOUR=1,2;BYMINUTE=0,30"], {}, "trigger.properties.pattern"),
    (NIGHTLY, {"timezone": "Europe/Atlantis"}, "holdfast.timezone"),
    (NIGHTLY, {"timezone": 1}, "policy.holdfast.timezone"),
    (NIGHTLY, {"jitter_minutes": 60}, "holdfast.jitter_minutes"),
]


@pytest.mark.parametrize(("patterns", "ours", "named"), WRONG)
def test_what_a_policy_could_not_say_is_refused_as_a_policy_is(
    house: House, patterns: list[str], ours: dict[str, Any], named: str
) -> None:
    status, code, message = house.refused("POST", PATH, body(patterns, **ours))
    assert (status, code) == (400, "9900")
    assert f"{named}:" in message
    whole = body(patterns, **ours)["policy"] | {
        "name": "nightly",
        "operation_type": "backup",
        "operation_definition": {},
    }
    assert house.refused("POST", "/policies", {"policy": whole})[2] == message


def test_it_is_asked_for_well_and_by_whoever_may_read(house: House) -> None:
    assert house.ask("POST", PATH, body(NIGHTLY), who="reader")["count"] == 10
    for wrong in ({"limit": 0}, {"limit": 101}, {"after": "9999-01-01T00:00:00Z"}, {"after": "soon"}):
        assert house.refused("POST", PATH, body(NIGHTLY), **wrong)[:2] == (400, "9900")
    assert house.refused("POST", PATH, body(NIGHTLY, "nosuch"))[:2] == (404, "6000")
    theirs = body(NIGHTLY, made(house, NIGHTLY))
    refusal = house.refused("POST", PATH, theirs, who="stranger", project=house.world.red)
    assert refusal[:2] == (404, "6000")
