"""Summaries of tasks, word for word."""

from datetime import timedelta
from typing import Any

import pytest
from tests.api.asking import House
from tests.api.test_operation_logs import BEGIN, ECS, make

from holdfast.api import moments
from holdfast.model import clock
from holdfast.model.task import Figures, Operation, Status, SyncDetail, TaskError

MINUTE = timedelta(minutes=1)
NO_STATUSES = dict.fromkeys(("waiting", "running", "success", "skipped", "failed", "timeout"), 0)
SPAN: dict[str, Any] = {"start_time": "2019-05-22T00:00:00Z", "end_time": "2019-05-23T23:59:59Z"}


def summary(house: House, who: str = "admin", **asked: Any) -> dict[str, Any]:
    told = house.ask("GET", "/operation-logs/summary", who=who, **asked)
    assert set(told) == {"summary"}
    found: dict[str, Any] = told["summary"]
    return found


def end(house: House, status: Status, minutes: float, **more: Any) -> str:
    """A task that ran for so many minutes."""
    return make(house, status=status, started_at=BEGIN, ended_at=BEGIN + minutes * MINUTE, **more).id


def test_a_summary_has_all_these_members(house: House) -> None:
    good = end(house, Status.SUCCESS, 2, policy_id="y1", figures=Figures(bytes_done=70, bytes_stored=7))
    bad = end(house, Status.FAILED, 1, error=TaskError("BackupService.6302", "It is gone."))
    told = summary(house, **SPAN)
    tally = {
        "count": 2, "statuses": NO_STATUSES | {"success": 1, "failed": 1}, "success_rate": 0.5,
        "bytes_done": 70, "bytes_stored": 7,
    }  # fmt: skip
    durations = {
        "count": 2, "mean_seconds": 90.0, "median_seconds": pytest.approx(60, rel=0.01),
        "p95_seconds": 120.0, "longest_seconds": 120.0,
    }  # fmt: skip
    example = {
        "id": bad, "operation_type": "backup", "status": "failed", "resource_id": ECS.id,
        "resource_name": "ECS-0001", "vault_id": "v1", "vault_name": "vault-01",
        "created_at": moments.of_task(BEGIN), "started_at": moments.of_task(BEGIN),
        "ended_at": moments.of_task(BEGIN + MINUTE), "seconds": 60.0, "message": "It is gone.",
    }  # fmt: skip
    nothing = {"count": 0, "bytes_done": 0, "bytes_stored": 0}
    assert moments.read(told.pop("as_of"))[0] <= clock.now()
    assert told == tally | {
        "span": {
            "after": "2019-05-22T00:00:00.000+00:00", "before": "2019-05-24T00:00:00.000+00:00",
            "is_default": False,
        },
        "timezone": "UTC",
        "durations": durations,
        "by_status": [
            {"status": "waiting"} | nothing,
            {"status": "running"} | nothing,
            {"status": "success", "count": 1, "bytes_done": 70, "bytes_stored": 7},
            {"status": "skipped"} | nothing,
            {"status": "failed"} | nothing | {"count": 1},
            {"status": "timeout"} | nothing,
        ],
        "by_operation_type": [{"operation_type": "backup", "durations": durations} | tally],
        "by_day": [
            {"day": "2019-05-22", "durations": dict.fromkeys(durations) | {"count": 0}} | nothing
            | {"statuses": NO_STATUSES, "success_rate": None},
            {"day": "2019-05-23", "durations": durations} | tally,
        ],
        "by_vault": [{"id": "v1", "name": "vault-01"} | tally],
        "by_vault_rest": None,
        "by_policy": [
            {"id": None, "name": None, "count": 1, "statuses": NO_STATUSES | {"failed": 1},
             "success_rate": 0.0, "bytes_done": 0, "bytes_stored": 0},
            {"id": "y1", "name": None, "count": 1, "statuses": NO_STATUSES | {"success": 1},
             "success_rate": 1.0, "bytes_done": 70, "bytes_stored": 7},
        ],
        "by_policy_rest": None,
        "by_error_code": [{"code": "BackupService.6302", "count": 1, "newest": example}],
        "by_error_code_rest": None,
        "longest": [
            example | {"id": good, "status": "success", "ended_at": moments.of_task(BEGIN + 2 * MINUTE),
                       "seconds": 120.0, "message": ""},
            example,
        ],
    }  # fmt: skip


def test_the_filters_of_the_list_are_those_of_the_summary(house: House) -> None:
    end(house, Status.SUCCESS, 1, vault_id="v2")
    end(house, Status.FAILED, 1)
    end(house, Status.TIMEOUT, 1)
    make(house, operation=Operation.SYNC, detail=SyncDetail())
    filters: tuple[tuple[dict[str, Any], int], ...] = (
        ({}, 4),
        ({"status": "failed,timeout"}, 2),
        ({"operation_type": "sync"}, 1),
        ({"vault_id": "v2", "status": "failed"}, 0),
        ({"q": "vault-0"}, 4),
    )
    for asked, count in filters:
        assert summary(house, **SPAN, **asked)["count"] == count
        assert house.ask("GET", "/operation-logs", **SPAN, **asked)["count"] == count


def test_without_a_span_the_last_thirty_days_are_told(house: House) -> None:
    make(house)
    make(house, created_at=clock.now())
    told = summary(house)
    assert (told["count"], len(told["by_day"]), told["by_day"][-1]["count"]) == (1, 30, 1)
    assert told["span"]["is_default"]
    assert told["span"]["after"].startswith(told["by_day"][0]["day"])
    assert told["span"]["before"] is None


def test_days_are_those_of_the_zone_that_is_asked_for(house: House) -> None:
    make(house)
    told = summary(
        house, timezone="Asia/Tokyo", start_time="2019-05-23T00:00:00Z", end_time="2019-05-23T15:00:00Z"
    )
    assert told["timezone"] == "Asia/Tokyo"
    assert [(one["day"], one["count"]) for one in told["by_day"]] == [("2019-05-23", 1), ("2019-05-24", 0)]


def test_what_has_no_line_of_its_own_is_in_one_line(house: House) -> None:
    for number in range(5):
        bad = TaskError(f"E.{number}", "Why.")
        end(house, Status.FAILED, 1, vault_id=f"v{number}", policy_id=f"y{number}", error=bad)
    told = summary(house, top=3, **SPAN)
    rest = {
        "others": 2, "count": 2, "statuses": NO_STATUSES | {"failed": 2}, "success_rate": 0.0,
        "bytes_done": 0, "bytes_stored": 0,
    }  # fmt: skip
    assert [one["id"] for one in told["by_vault"]] == ["v0", "v1", "v2"]
    assert [one["id"] for one in told["by_policy"]] == ["y0", "y1", "y2"]
    assert [one["code"] for one in told["by_error_code"]] == ["E.0", "E.1", "E.2"]
    assert told["by_vault_rest"] == told["by_policy_rest"] == rest
    assert told["by_error_code_rest"] == {"others": 2, "count": 2}


def test_what_still_runs_is_among_the_longest(house: House) -> None:
    begun = clock.now() - 90 * MINUTE
    running = make(house, created_at=begun, started_at=begun, status=Status.RUNNING).id
    make(house, created_at=begun)
    (longest,) = summary(house)["longest"]
    assert (longest["id"], longest["ended_at"]) == (running, None)
    assert 5400 <= longest["seconds"] < 5700


def test_bytes_are_exact_beyond_what_floating_point_numbers_hold(house: House) -> None:
    odd = (1 << 53) + 1
    for _ in range(2):
        make(house, figures=Figures(bytes_done=(1 << 63) - 1, bytes_stored=odd))
    told = summary(house, **SPAN)
    assert (told["bytes_done"], told["bytes_stored"]) == ((1 << 64) - 2, 2 * odd)
    assert told["by_vault"][0]["bytes_stored"] == 2 * odd


def test_readers_may_ask_and_others_see_nothing_of_it(house: House) -> None:
    make(house)
    assert summary(house, "reader", **SPAN)["count"] == 1
    assert house.ask(
        "GET", "/operation-logs/summary", who="stranger", project=house.world.red, **SPAN
    )["summary"]["count"] == 0  # fmt: skip
    assert house.send("GET", "/operation-logs/summary", who="stranger", **SPAN).status_code == 404


def test_what_cannot_be_understood_is_refused_by_name(house: House) -> None:
    for field, value in (
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("timezone", "Europe"),
        ("timezone", "Europe/Berlin\0"),
        ("timezone", "Z" * 900),
        ("timezone", ""),
        ("top", "0"),
        ("top", "1001"),
        ("top", "many"),
        ("status", "well"),
        ("start_time", "yesterday"),
    ):
        status, code, message = house.refused("GET", "/operation-logs/summary", **{field: value})
        assert (status, code) == (400, "9900")
        assert f" {field}: " in message


def test_the_ends_of_the_calendar_are_no_fault(house: House) -> None:
    make(house)
    ends = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
    for begin in ends:
        for end in ends:
            for place in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
                told = summary(house, start_time=begin, end_time=end, timezone=place)
                assert told["count"] == sum(one["count"] for one in told["by_day"])
                assert told["count"] == (begin < end)
