"""Backup policies of the Volume Backup Service: as its own clients and CBR's make and read them."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.api.v2.calling import Calls

from holdfast.model.policy import MAX_OF_A_KIND

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SCHEDULE = {
    "remain_first_backup_of_curMonth": "Y",
    "rentention_num": 10,
    "frequency": 1,
    "start_time": "12:00",
    "status": "ON",
}
WEEKLY = {
    "start_time": "22:00,00:00,02:00",
    "week_frequency": ["SUN", "MON"],
    "rentention_day": 30,
    "status": "OFF",
}


@pytest.fixture(params=["/v2", "/vbs/v2"])
def vbs(house: House, request: pytest.FixtureRequest) -> Calls:
    return Calls(house, request.param)


@pytest.fixture
def calls(house: House) -> Calls:
    return Calls(house, "/v2")


def body(name: str = "plan01", **schedule: Any) -> dict[str, Any]:
    return {"backup_policy_name": name, "scheduled_policy": SCHEDULE | schedule}


def make(calls: Calls, asked: dict[str, Any] | None = None) -> str:
    reply = calls.ask("POST", "/backuppolicy", asked or body())
    assert set(reply) == {"backup_policy_id"}
    policy_id: str = reply["backup_policy_id"]
    return policy_id


def told(calls: Calls, policy_id: str) -> dict[str, Any]:
    reply = calls.ask("GET", "/backuppolicy", who="reader")
    assert set(reply) == {"backup_policies"}
    (policy,) = [one for one in reply["backup_policies"] if one["backup_policy_id"] == policy_id]
    assert isinstance(policy, dict)
    return policy


def shown(house: House, policy_id: str) -> Any:
    """The policy as CBR shows it."""
    return house.ask("GET", f"/policies/{policy_id}")["policy"]


def patterns(house: House, policy_id: str) -> Any:
    return shown(house, policy_id)["trigger"]["properties"]["pattern"]


# ── told as they were made ──


def test_a_policy_is_told_as_it_was_made(vbs: Calls) -> None:
    policy_id = make(vbs)
    assert told(vbs, policy_id) == {
        "backup_policy_id": policy_id,
        "backup_policy_name": "plan01",
        "scheduled_policy": SCHEDULE,
        "policy_resource_count": 0,
    }
    assert vbs.ask("GET", "/backuppolicy", who="stranger") == {"backup_policies": []}


def test_weekdays_are_those_of_the_time_zone(calls: Calls, house: House) -> None:
    policy_id = make(calls, body() | {"scheduled_policy": WEEKLY, "time_zone": "UTC+02:00"})
    policy = told(calls, policy_id)
    assert policy["time_zone"] == "UTC+02:00"
    assert policy["scheduled_policy"] == WEEKLY | {"remain_first_backup_of_curMonth": "N"}
    assert patterns(house, policy_id) == [
        "FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=22;BYMINUTE=00",
        "FREQ=WEEKLY;BYDAY=MO,SU;BYHOUR=00,02;BYMINUTE=00",
    ]


def test_it_is_a_policy_of_cbr(calls: Calls, house: House) -> None:
    policy = shown(house, make(calls, body() | {"time_zone": "UTC-03:00"}))
    assert (policy["name"], policy["enabled"], policy["operation_type"]) == ("plan01", True, "backup")
    assert policy["operation_definition"]["max_backups"] == 10
    assert policy["operation_definition"]["retention_duration_days"] == -1
    assert policy["operation_definition"]["timezone"] == "UTC-03:00"
    assert policy["trigger"]["properties"]["pattern"] == ["FREQ=DAILY;INTERVAL=1;BYHOUR=12;BYMINUTE=00"]


def test_a_backup_policy_of_cbr_is_told_as_well_as_it_can_be(calls: Calls, house: House) -> None:
    policy: dict[str, Any] = {
        "name": "odd",
        "operation_type": "backup",
        "enabled": False,
        "operation_definition": {"max_backups": 500, "retention_duration_days": 9},
        "trigger": {
            "properties": {
                "pattern": [
                    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,MO;BYHOUR=14;BYMINUTE=30",
                    "FREQ=WEEKLY;BYDAY=SU;BYHOUR=6;BYMINUTE=0",
                ]
            }
        },
    }
    odd = house.ask("POST", "/policies", {"policy": policy})["policy"]["id"]
    assert told(calls, odd)["scheduled_policy"] == {
        "start_time": "06:00,14:30",
        "week_frequency": ["SUN", "MON", "TUE"],
        "rentention_num": 500,
        "rentention_day": 9,
        "remain_first_backup_of_curMonth": "N",
        "status": "OFF",
    }
    calls.ask("PUT", f"/backuppolicy/{odd}", {"backup_policy_name": "renamed"})
    renamed = shown(house, odd)
    assert renamed["name"] == "renamed"
    assert renamed["trigger"]["properties"]["pattern"] == policy["trigger"]["properties"]["pattern"]
    assert renamed["operation_definition"]["max_backups"] == 500


def test_replication_policies_are_not_told(calls: Calls, house: House) -> None:
    policy: dict[str, Any] = {
        "name": "copy",
        "operation_type": "replication",
        "operation_definition": {
            "destination_region": house.world.config.region,
            "destination_project_id": house.world.blue.id,
        },
        "trigger": {"properties": {"pattern": ["FREQ=DAILY;BYHOUR=6;BYMINUTE=0"]}},
    }
    copy = house.ask("POST", "/policies", {"policy": policy})["policy"]["id"]
    assert calls.ask("GET", "/backuppolicy") == {"backup_policies": []}
    for method, path in (("DELETE", ""), ("GET", "/backuptasks"), ("GET", "/tags")):
        told = calls.refused(method, f"/backuppolicy/{copy}{path}")
        assert told[:2] == (404, "AutoBackup.1100")


def test_the_newest_comes_first(calls: Calls) -> None:
    made = [make(calls, body(f"plan-{number}")) for number in range(3)]
    listed = calls.ask("GET", "/backuppolicy")["backup_policies"]
    assert [one["backup_policy_id"] for one in listed] == made[::-1]


def test_what_is_not_said_is_not_kept(calls: Calls, house: House) -> None:
    schedule = {"start_time": "01:00", "week_frequency": ["FRI"], "status": "ON"}
    policy_id = make(calls, body() | {"scheduled_policy": schedule})
    assert told(calls, policy_id)["scheduled_policy"] == schedule | {"remain_first_backup_of_curMonth": "N"}
    assert shown(house, policy_id)["operation_definition"]["max_backups"] == -1


def test_an_interval_and_a_number_win(calls: Calls) -> None:
    policy_id = make(calls, body(week_frequency=["FRI"], rentention_day=99999, frequency=30))
    assert told(calls, policy_id)["scheduled_policy"] == SCHEDULE | {"frequency": 30}


def test_days_are_rounded_down(calls: Calls) -> None:
    schedule = {key: value for key, value in SCHEDULE.items() if key != "rentention_num"}
    policy_id = make(calls, body() | {"scheduled_policy": schedule | {"rentention_day": 7.9}})
    assert told(calls, policy_id)["scheduled_policy"]["rentention_day"] == 7


def test_the_tags_of_a_new_policy_are_there(calls: Calls) -> None:
    tags = [{"key": "k", "value": "v"}, {"key": "empty", "value": ""}]
    policy_id = make(calls, body() | {"tags": tags})
    assert calls.ask("GET", f"/backuppolicy/{policy_id}/tags") == {"tags": tags}


# ── changed ──


def test_only_what_is_given_changes(vbs: Calls) -> None:
    policy_id = make(vbs)
    change = {"backup_policy_id": "another", "scheduled_policy": {"start_time": "13:00"}}
    path = f"/backuppolicy/{policy_id}"
    assert vbs.ask("PUT", path, change) == {"backup_policy_id": policy_id}
    vbs.ask("PUT", path, {"backup_policy_name": "q"})
    vbs.ask("PUT", path, {"scheduled_policy": {"status": "OFF"}})
    vbs.ask("PUT", path, {})
    policy = told(vbs, policy_id)
    assert policy["backup_policy_name"] == "q"
    assert policy["scheduled_policy"] == SCHEDULE | {"start_time": "13:00", "status": "OFF"}
    vbs.ask("PUT", path, {"scheduled_policy": {"status": "ON", "remain_first_backup_of_curMonth": "N"}})
    vbs.ask("PUT", path, {"scheduled_policy": {"week_frequency": ["SAT", "SUN"], "rentention_day": 2}})
    assert told(vbs, policy_id)["scheduled_policy"] == {
        "start_time": "13:00",
        "week_frequency": ["SUN", "SAT"],
        "rentention_day": 2,
        "remain_first_backup_of_curMonth": "N",
        "status": "ON",
    }
    vbs.ask("PUT", path, {"scheduled_policy": {"frequency": 14, "rentention_num": 14}})
    assert told(vbs, policy_id)["scheduled_policy"] == {
        "start_time": "13:00",
        "frequency": 14,
        "rentention_num": 14,
        "remain_first_backup_of_curMonth": "N",
        "status": "ON",
    }


def test_another_time_zone_keeps_hours_and_weekdays(calls: Calls, house: House) -> None:
    policy_id = make(calls, body() | {"scheduled_policy": WEEKLY, "time_zone": "UTC+02:00"})
    calls.ask("PUT", f"/backuppolicy/{policy_id}", {"time_zone": "UTC-02:00"})
    policy = told(calls, policy_id)
    assert policy["time_zone"] == "UTC-02:00"
    assert policy["scheduled_policy"]["week_frequency"] == ["SUN", "MON"]
    assert policy["scheduled_policy"]["start_time"] == "02:00,22:00,00:00"
    assert patterns(house, policy_id) == [
        "FREQ=WEEKLY;BYDAY=MO,SU;BYHOUR=02,22;BYMINUTE=00",
        "FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=00;BYMINUTE=00",
    ]


def test_times_that_come_too_close_together_are_refused_as_times(calls: Calls, house: House) -> None:
    policy: dict[str, Any] = {
        "name": "odd",
        "operation_type": "backup",
        "operation_definition": {},
        "trigger": {
            "properties": {
                "pattern": [
                    "FREQ=WEEKLY;BYDAY=MO;BYHOUR=14;BYMINUTE=30",
                    "FREQ=WEEKLY;BYDAY=WE;BYHOUR=14;BYMINUTE=0",
                ]
            }
        },
    }
    odd = house.ask("POST", "/policies", {"policy": policy})["policy"]["id"]
    refused = calls.refused("PUT", f"/backuppolicy/{odd}", {"scheduled_policy": {"frequency": 1}})
    assert refused[:2] == (400, "AutoBackup.0103")


def test_a_policy_is_deleted_once(vbs: Calls) -> None:
    policy_id = make(vbs)
    assert vbs.ask("DELETE", f"/backuppolicy/{policy_id}", expect=204) is None
    for method, path, asked in (
        ("DELETE", "", None),
        ("PUT", "", {"backup_policy_name": "q"}),
        ("POST", "/action", None),
    ):
        refused = vbs.refused(method, f"/backuppolicy/{policy_id}{path}", asked)
        assert refused[:2] == (404, "AutoBackup.1100")


def test_there_is_no_telling_one_policy_alone(calls: Calls) -> None:
    policy_id = make(calls)
    assert calls.refused("GET", f"/backuppolicy/{policy_id}")[:2] == (405, "AutoBackup.0222")


# ── refused ──


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"backup_policy_name": ""}, "0101", "backup_policy_name"),
    ({"backup_policy_name": "n" * 65}, "0101", "backup_policy_name"),
    ({"backup_policy_name": "two words"}, "0102", "backup_policy_name"),
    ({"backup_policy_name": "line\n"}, "0102", "backup_policy_name"),
    ({"backup_policy_name": "größe"}, "0102", "backup_policy_name"),
    ({"backup_policy_name": "<b>"}, "0221", "backup_policy_name"),
    ({"backup_policy_name": 7}, "0102", "backup_policy_name"),
    ({"backup_policy_name": "a\x00"}, "0102", "backup_policy_name"),
    ({"time_zone": "UTC"}, "0226", "time_zone"),
    ({"time_zone": "Europe/Berlin"}, "0226", "time_zone"),
    ({"time_zone": "UTC+14:01"}, "0226", "time_zone"),
    ({"time_zone": "UTC+2:00"}, "0226", "time_zone"),
    ({"time_zone": "x" * 300}, "0226", "time_zone"),
    ({"scheduled_policy": 7}, "0001", "scheduled_policy"),
]  # fmt: skip
WRONG_SCHEDULES: list[tuple[dict[str, Any], str, str]] = [
    *(
        ({"start_time": time}, "0103", "start_time")
        for time in ("", "12:30", "24:00", "1:00", "12:00,", "12:00, 13:00", "12:00,12:00", "12:00\n", 12,
                     "00:00," * 50, "١٢:00")
    ),
    ({"status": "on"}, "0104", "status"),
    ({"remain_first_backup_of_curMonth": "y"}, "0105", "remain_first_backup_of_curMonth"),
    ({"remain_first_backup_of_curMonth": True}, "0105", "remain_first_backup_of_curMonth"),
    *(({"frequency": number}, "0106", "frequency") for number in (0, -1, 31, "1", 1 << 70)),
    *(({"week_frequency": days}, "0106", "week_frequency")
      for days in (["MON", "MON"], ["mon"], "MON", [None])),
    *(({"rentention_num": number}, "0107", "rentention_num") for number in (1, 100, "2", -1)),
    *(({"rentention_day": number}, "0107", "rentention_day") for number in (1.99, 100000, "9", 1e300)),
]  # fmt: skip


def test_what_breaks_a_rule_is_400_and_named(calls: Calls) -> None:
    policy_id = make(calls)
    before = told(calls, policy_id)
    wrong = WRONG + [
        ({"scheduled_policy": SCHEDULE | more}, code, field) for more, code, field in WRONG_SCHEDULES
    ]
    for more, code, field in wrong:
        for method, path, asked in (
            ("POST", "/backuppolicy", body() | more),
            ("PUT", f"/backuppolicy/{policy_id}", more),
        ):
            status, told_code, message = calls.refused(method, path, asked)
            assert (status, told_code) == (400, f"AutoBackup.{code}"), (method, more, message)
            assert field in message
    assert calls.ask("GET", "/backuppolicy") == {"backup_policies": [before]}


def test_a_change_may_say_less_than_a_new_policy(calls: Calls) -> None:
    policy_id = make(calls, body("default", frequency=30, rentention_num=99))
    for change, code in (
        ({"scheduled_policy": {"frequency": 15}}, "0106"),
        ({"scheduled_policy": {"rentention_num": 15}}, "0107"),
        ({"backup_policy_name": "Default-2"}, "0102"),
    ):
        refused = calls.refused("PUT", f"/backuppolicy/{policy_id}", change)
        assert refused[:2] == (400, f"AutoBackup.{code}")
    calls.ask("PUT", f"/backuppolicy/{policy_id}", {"scheduled_policy": {"start_time": "01:00"}})
    assert told(calls, policy_id)["scheduled_policy"]["frequency"] == 30


def test_some_of_a_new_policy_must_be_said(calls: Calls) -> None:
    for left_out, code in (("start_time", "0103"), ("status", "0104"), ("frequency", "0106")):
        schedule: dict[str, Any] = {key: value for key, value in SCHEDULE.items() if key != left_out}
        for said in (schedule, schedule | {"week_frequency": []}):
            asked = body() | {"scheduled_policy": said}
            assert calls.refused("POST", "/backuppolicy", asked)[:2] == (400, f"AutoBackup.{code}")


NO_POLICY: list[tuple[Any, str]] = [
    (b"", "0008"),
    (b"{", "0008"),
    (b"[]", "0000"),
    (b"null", "0000"),
    ({"backup_policy_name": "n"}, "0001"),
    ({"scheduled_policy": SCHEDULE}, "0101"),
    (body() | {"tags": [{"key": "", "value": ""}]}, "0214"),
    (body() | {"tags": [{"key": "k"}]}, "0214"),
    (body() | {"tags": [{"key": "k", "value": "v"}] * 2}, "0214"),
    (body() | {"tags": [{"key": f"k{number}", "value": ""} for number in range(11)]}, "0215"),
]


def test_a_body_that_is_no_policy_is_refused(calls: Calls) -> None:
    for asked, code in NO_POLICY:
        assert calls.refused("POST", "/backuppolicy", asked)[:2] == (400, f"AutoBackup.{code}"), asked
    assert calls.ask("GET", "/backuppolicy") == {"backup_policies": []}


def test_a_project_has_only_so_many_policies(calls: Calls) -> None:
    for number in range(MAX_OF_A_KIND):
        make(calls, body(f"plan-{number}"))
    assert calls.refused("POST", "/backuppolicy", body())[:2] == (400, "AutoBackup.0203")


def test_only_who_may_changes_a_policy(calls: Calls) -> None:
    policy_id = make(calls)
    for who, wanted in (("reader", (403, "AutoBackup.0213")), ("stranger", (404, "AutoBackup.1100"))):
        for method, path, asked in (
            ("PUT", "", {"backup_policy_name": "q"}),
            ("DELETE", "", None),
            ("POST", "/action", None),
        ):
            refused = calls.refused(method, f"/backuppolicy/{policy_id}{path}", asked, who=who)
            assert refused[:2] == wanted
    assert told(calls, policy_id)["backup_policy_name"] == "plan01"
