"""The next moments at which a policy comes due: ours."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from holdfast.api import moments
from holdfast.api.request import Call, Reply, Route
from holdfast.service import policy_firings
from holdfast.service.context import Context
from holdfast.service.policy_firings import Firings

USUAL = 10
MOST = 100


class FiringView(msgspec.Struct, frozen=True, kw_only=True):
    """A moment, in UTC, and as clocks in the policy's time zone show it."""

    due_at: str | None
    local: str

    @classmethod
    def of(cls, due: datetime, zone: ZoneInfo) -> "FiringView":
        """The wire's view of a moment due."""
        return cls(due_at=moments.of_resource(due), local=due.astimezone(zone).isoformat())


class FiringsReply(msgspec.Struct, frozen=True, kw_only=True):
    """The next moments due."""

    firings: Sequence[FiringView]
    timezone: str
    count: int
    limit: int

    @classmethod
    def of(cls, found: Firings, limit: int) -> "FiringsReply":
        """The wire's view of the moments that were found."""
        zone = ZoneInfo(found.timezone)
        views = [FiringView.of(due, zone) for due in found.moments]
        return cls(firings=views, timezone=found.timezone, count=len(views), limit=limit)


def find(context: Context, call: Call) -> Reply:
    """GET policies/{policy_id}/firings."""
    limit = call.query.number("limit", USUAL, 1, MOST)
    found = policy_firings.find(context, call.path["policy_id"], limit, call.query.begin("after"))
    return Reply(FiringsReply.of(found, limit))


ROUTES = (Route("GET", "/policies/{policy_id}/firings", find),)
