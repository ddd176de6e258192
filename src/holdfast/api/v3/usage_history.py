"""How vaults fill: ours."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import msgspec

from holdfast.api import moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.usage import UsageHistory
from holdfast.service import usage_history
from holdfast.service.context import Context

DAYS = 90
MOST_DAYS = 3660


class DayView(msgspec.Struct, frozen=True):
    """What a vault held when a day ended, in exact bytes."""

    day: str
    used_bytes: int


class HistoryView(msgspec.Struct, frozen=True, kw_only=True):
    """How a vault fills."""

    vault_id: str
    vault_name: str
    capacity_bytes: int | None
    days: Sequence[DayView]
    bytes_per_day: int | None
    full_at: str | None

    @classmethod
    def of(cls, history: UsageHistory, days: int) -> "HistoryView":
        """The wire's view of the last so many days of a vault."""
        return cls(
            vault_id=history.vault_id,
            vault_name=history.vault_name,
            capacity_bytes=history.capacity_bytes,
            days=[DayView(one.day.isoformat(), one.used_bytes) for one in history.last(days)],
            bytes_per_day=history.bytes_per_day,
            full_at=_midnight(history.full_on),
        )


class HistoryReply(msgspec.Struct, frozen=True):
    """A page of vaults."""

    usage_history: Sequence[HistoryView]
    count: int
    limit: int
    offset: int


def find(context: Context, call: Call) -> Reply:
    """GET holdfast/usage-history."""
    page = paging.page(call.query)
    days = call.query.number("days", DAYS, 1, MOST_DAYS)
    histories = usage_history.find(context, call.query.few("vault_id"), days, page)
    views = [HistoryView.of(one, days) for one in histories.found]
    return Reply(HistoryReply(views, histories.count, page.limit, page.offset))


def _midnight(day: date | None) -> str | None:
    return None if day is None else moments.of_resource(datetime.combine(day, time(), UTC))


ROUTES = (Route("GET", "/holdfast/usage-history", find),)
