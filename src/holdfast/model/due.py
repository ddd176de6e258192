"""When a policy comes due, moment by moment: its rules laid on the calendar and the clock of a time zone.

Clocks go forward and back. A time that a day does not have is the first moment after the gap; of one that it
has twice, the first counts. So every time of a rule comes once on each of its days; two that fall into one
gap come together, as one.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .schedule import Days, Rule
from .zone import first_moment

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
# No gap is longer than the day that Samoa left out, and no clock goes back by more.
_DAYS_ASTRAY = 2


class Schedule:
    """The moments of some rules, aware and in UTC.

    Hours are those of the IANA `timezone`. Days are counted from `first`, the day on which the policy was
    made, or from the Monday of its week; nothing was due before it began in UTC. Raises InvalidParameter for
    a rule that cannot be read, and ZoneInfoNotFoundError.
    """

    def __init__(self, patterns: Sequence[str], first: date, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._monday = first - first.weekday() * _DAY
        self._begin = datetime.combine(first, time(), UTC)
        rules = [Rule.of(pattern) for pattern in patterns]
        fallen = [(rule.days(first), rule.minutes) for rule in rules]
        self._times: list[tuple[Days, tuple[int, ...]]] = [one for one in fallen if one[0].remainders]

    def next_after(self, moment: datetime) -> datetime | None:
        """The first moment later than this one; None where no rule ever comes due."""
        if not self._times:
            return None
        after = max(moment, self._begin - _SECOND)
        number = self._number(after) - _DAYS_ASTRAY
        while True:
            number = self._day_from(number)
            for due in self._on(number):
                if due > after:
                    return due
            number += 1

    def last_until(self, moment: datetime) -> datetime | None:
        """The last moment that is not later than this one; None where there was none."""
        if not self._times:
            return None
        number = self._number(moment) + _DAYS_ASTRAY
        earliest = self._number(self._begin) - _DAYS_ASTRAY
        while number >= earliest:
            number = self._day_until(number)
            for due in reversed(self._on(number)):
                if self._begin <= due <= moment:
                    return due
            number -= 1
        return None

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The moments later than `after` and not later than `until`, in order."""
        due = self.next_after(after)
        while due is not None and due <= until:
            yield due
            due = self.next_after(due)

    def _number(self, moment: datetime) -> int:
        """Of the day that this moment is on, there."""
        return (moment.astimezone(self._zone).date() - self._monday).days

    def _day_from(self, number: int) -> int:
        """The first day, this one or a later one, on which a rule falls."""
        return number + min(
            (remainder - number) % days.cycle for days, _ in self._times for remainder in days.remainders
        )

    def _day_until(self, number: int) -> int:
        """The last day, this one or an earlier one, on which a rule falls."""
        return number - min(
            (number - remainder) % days.cycle for days, _ in self._times for remainder in days.remainders
        )

    def _on(self, number: int) -> list[datetime]:
        """What comes due on a day, in order, each moment once."""
        minutes = {
            minute for days, some in self._times if number % days.cycle in days.remainders for minute in some
        }
        midnight = datetime.combine(self._monday + number * _DAY, time())
        return sorted({first_moment(midnight + minute * _MINUTE, self._zone) for minute in minutes})


def delay_of(vault_id: str, policy_id: str, due: datetime, within_minutes: int) -> timedelta:
    """How much later than `due` a vault comes, in whole seconds: always the same, less than `within_minutes`,
    and spread over them."""
    if within_minutes <= 0:
        return timedelta()
    named = f"{vault_id} {policy_id} {due.astimezone(UTC).isoformat()}"
    drawn = int.from_bytes(hashlib.blake2b(named.encode(), digest_size=8).digest())
    return timedelta(seconds=drawn % (within_minutes * 60))
