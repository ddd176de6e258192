"""The regions that a project may send replicas to: ours, CBR tells their names only."""

import msgspec

from holdfast.api.request import Call, Reply, Route
from holdfast.model.region import RegionSeen
from holdfast.service import regions
from holdfast.service.context import Context


class RegionView(msgspec.Struct, frozen=True, kw_only=True):
    """A region. `state` is `here`, `answers`, `unreachable` or `refuses`; `calls_itself` is null unless it
    answers, and told."""

    name: str
    endpoint: str
    state: str
    calls_itself: str | None
    message: str

    @classmethod
    def of(cls, seen: RegionSeen) -> "RegionView":
        """The wire's view of a region."""
        return cls(
            name=seen.name,
            endpoint=seen.endpoint,
            state=seen.state,
            calls_itself=seen.calls_itself or None,
            message=seen.message,
        )


class RegionsReply(msgspec.Struct, frozen=True):
    """All of them, the one that is asked first."""

    regions: list[RegionView]


def find(context: Context, call: Call) -> Reply:  # noqa: ARG001 - every endpoint's signature
    """GET holdfast/regions."""
    return Reply(RegionsReply([RegionView.of(one) for one in regions.find(context)]))


ROUTES = (Route("GET", "/holdfast/regions", find),)
