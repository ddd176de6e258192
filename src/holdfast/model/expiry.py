"""When what expires on a day does so: at the last second of that day, where the caller is."""

from datetime import UTC, date, datetime, time, timezone

from .errors import InvalidParameter

LAST_SECOND = time(23, 59, 59)


def last_moment(day: date, zone: timezone) -> datetime:
    """The last second of a day in a time zone, in UTC; raises InvalidParameter beyond the calendar."""
    try:
        return datetime.combine(day, LAST_SECOND, zone).astimezone(UTC)
    except OverflowError as error:
        raise InvalidParameter("expect_expiration_date", "is beyond the calendar") from error
