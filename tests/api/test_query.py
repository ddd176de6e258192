"""Query parameters: understood, or refused by name."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.api import paging
from holdfast.api.query import Query
from holdfast.model.errors import InvalidParameter
from holdfast.model.task import Operation, Page, Status


class Key(StrEnum):
    ID = "id"
    STATUS = "status"


def refused(name: str) -> AbstractContextManager[object]:
    return pytest.raises(InvalidParameter, match=f"^{name}: ")


def test_without_a_word_a_page_is_the_first_thousand() -> None:
    assert paging.page(Query([])) == Page(limit=1000, offset=0, marker=None)


def test_a_page_is_what_was_asked_for() -> None:
    query = Query([("limit", "10"), ("offset", "20"), ("marker", "m")])
    assert paging.page(query) == Page(limit=10, offset=20, marker="m")


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize(
    "value", ["", "x", "-1", "+1", "1.0", " 1", "1 ", "1e3", "٣", "0x10", "1_0", "9" * 21, "9" * 5000]
)
def test_what_is_no_whole_number_is_refused(name: str, value: str) -> None:
    with refused(name):
        paging.page(Query([(name, value)]))


@pytest.mark.parametrize("value", ["0", "1001", "99999999999"])
def test_a_limit_out_of_range_is_refused(value: str) -> None:
    with refused("limit"):
        paging.page(Query([("limit", value)]))


def test_an_offset_may_be_far_beyond_the_end() -> None:
    assert paging.page(Query([("offset", "99999999999")])).offset == 99999999999


def test_protectables_give_at_most_fifty_whatever_is_asked() -> None:
    assert paging.clamped_page(Query([("limit", "1000")]), 50).limit == 50
    assert paging.clamped_page(Query([("limit", "7")]), 50).limit == 7
    with refused("limit"):
        paging.clamped_page(Query([("limit", "0")]), 50)


def test_a_parameter_that_is_given_twice_is_refused() -> None:
    with refused("status"):
        Query([("status", "failed"), ("status", "failed")]).choice("status", Status)


def test_an_unknown_parameter_is_ignored() -> None:
    assert paging.page(Query([("colour", "blue"), ("", "")])) == Page()


def test_a_word_that_is_none_of_the_choices_is_refused_and_they_are_told() -> None:
    with pytest.raises(InvalidParameter, match="operation_type: must be one of backup, copy"):
        Query([("operation_type", "Backup")]).choice("operation_type", Operation)


@pytest.mark.parametrize(("text", "truth"), [("true", True), ("True", True), ("FALSE", False)])
def test_truth_is_read_in_any_case(text: str, truth: bool) -> None:
    assert Query([("dec", text)]).truth("dec") is truth


@pytest.mark.parametrize("text", ["", "1", "yes"])
def test_what_is_no_truth_is_refused(text: str) -> None:
    with refused("dec"):
        Query([("dec", text)]).truth("dec")


def test_a_list_comes_repeated_or_with_commas() -> None:
    assert Query([("id", "a"), ("id", "b,c")]).listed("id") == ("a", "b", "c")
    assert Query([]).listed("id") is None


def test_a_key_that_a_list_was_sorted_by_already_adds_nothing() -> None:
    asked = Query([("sort", "id:asc,status,id:desc," + ",".join(["status"] * 100))])
    assert asked.order("sort", Key) == ((Key.ID, False), (Key.STATUS, True))


@pytest.mark.parametrize("value", ["", "a\x00b", "x" * 1025])
def test_a_text_that_no_row_can_hold_is_refused(value: str) -> None:
    with refused("vault_name"):
        Query([("vault_name", value)]).text("vault_name")


def test_the_end_of_a_span_covers_what_was_written() -> None:
    second = datetime(2019, 5, 23, 14, 35, 23, tzinfo=UTC)
    assert Query([("end_time", "2019-05-23T14:35:23Z")]).end("end_time") == second
    covered = Query([("end_time", "2019-05-23T14:35:23.584Z")]).end("end_time")
    assert covered is not None
    assert covered + timedelta(seconds=1) == second + timedelta(milliseconds=585)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00.5Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_leave_room_to_reckon(text: str) -> None:
    query = Query([("start_time", text), ("end_time", text)])
    for moment in (query.begin("start_time"), query.end("end_time")):
        assert moment is not None
        assert moment - timedelta(hours=12) < moment < moment + timedelta(seconds=1)


def test_all_granted_enterprise_projects_are_all() -> None:
    assert Query([("enterprise_project_id", "all_granted_eps")]).enterprise_project() is None
    assert Query([("enterprise_project_id", "0")]).enterprise_project() == "0"


def field_refused(ask: Callable[[], object]) -> str | None:
    try:
        ask()
    except InvalidParameter as refusal:
        return refusal.field
    return None


@given(st.lists(st.tuples(st.sampled_from(["limit", "offset", "status", "start_time", "x"]), st.text())))
def test_whatever_comes_is_understood_or_refused_by_name(items: list[tuple[str, str]]) -> None:
    query = Query(items)
    given = {name for name, _ in items}
    refused = {
        field_refused(lambda: paging.page(query)),
        field_refused(lambda: query.choice("status", Status)),
        field_refused(lambda: query.begin("start_time")),
    }
    assert refused - {None} <= given - {"x"}
