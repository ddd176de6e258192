"""Points in time on the wire."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.api import moments

MOMENT = datetime(2019, 5, 23, 14, 35, 23, 584418, tzinfo=UTC)
MOMENTS = st.integers(0, 250 * 365 * 86_400 * 10**6).map(
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)


def test_operation_logs_carry_milliseconds_and_an_offset() -> None:
    assert moments.of_task(MOMENT) == "2019-05-23T14:35:23.584+00:00"
    assert moments.of_task(None) is None


def test_everything_else_carries_naive_microseconds_even_when_they_are_none() -> None:
    assert moments.of_resource(MOMENT) == "2019-05-23T14:35:23.584418"
    assert moments.of_resource(MOMENT.replace(microsecond=0)) == "2019-05-23T14:35:23.000000"
    assert moments.of_resource(None) is None


def test_a_moment_of_another_zone_is_written_in_utc() -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=8)))
    assert moments.of_task(elsewhere) == "2019-05-23T14:35:23.584+00:00"
    assert moments.of_resource(elsewhere) == "2019-05-23T14:35:23.584418"
    assert moments.of_schedule(elsewhere) == "2019-05-23 14:35:23"


@pytest.mark.parametrize(
    ("text", "lasts"),
    [
        ("2019-05-23T14:35:23Z", timedelta(seconds=1)),
        ("2019-05-23T14:35:23", timedelta(seconds=1)),
        ("2019-05-23 14:35:23", timedelta(seconds=1)),
        ("2019-05-23T22:35:23+08:00", timedelta(seconds=1)),
        ("2019-05-23T12:05:23-02:30", timedelta(seconds=1)),
        ("2019-05-23T14:35:23.000+00:00", timedelta(milliseconds=1)),
        ("2019-05-23T14:35:23.000 00:00", timedelta(milliseconds=1)),
        ("2019-05-23T14:35:23.000000", timedelta(microseconds=1)),
    ],
)
def test_a_moment_is_read_in_every_spelling_of_the_documents(text: str, lasts: timedelta) -> None:
    assert moments.read(text) == (datetime(2019, 5, 23, 14, 35, 23, tzinfo=UTC), lasts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2019-05-23",
        "2019-13-01T00:00:00Z",
        "2019-02-30T00:00:00Z",
        "2019-05-23T24:00:00Z",
        "2019-05-23T14:35:23.1234567Z",
        "2019-05-23T14:35:23+99:00",
        "2019-05-23T14:35:23+01:60",
        "2019-05-23T14:35:23Z\n",
        "0001-01-01T00:00:00+05:00",
        "٢٠١٩-05-23T14:35:23Z",
        "1558622123",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        moments.read(text)


@given(MOMENTS)
def test_what_is_written_is_read_again(moment: datetime) -> None:
    written = moments.of_task(moment)
    assert written is not None
    read, lasts = moments.read(written)
    assert read <= moment < read + lasts
    naive = moments.of_resource(moment)
    assert naive is not None
    assert moments.read(naive)[0] == moment
