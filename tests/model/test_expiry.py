"""When what expires on a day does so."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from holdfast.model.errors import InvalidParameter
from holdfast.model.expiry import last_moment


@given(day=some.dates(max_value=date(9998, 12, 31)), minutes=some.integers(-14 * 60 - 59, 14 * 60 + 59))
def test_it_is_the_last_second_of_the_day_where_the_caller_is(day: date, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    moment = last_moment(day, zone)
    assert moment.tzinfo is UTC
    assert moment.astimezone(zone).date() == day
    assert (moment + timedelta(seconds=1)).astimezone(zone).date() == day + timedelta(days=1)


def test_the_calendar_ends() -> None:
    last = date(9999, 12, 31)
    assert last_moment(last, UTC) == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    with pytest.raises(InvalidParameter, match="expect_expiration_date"):
        last_moment(last, timezone(timedelta(hours=-1)))
