"""What is overdue: ours."""

from collections.abc import Sequence

import msgspec

from holdfast.api import moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.overdue import Overdue
from holdfast.service import overdue
from holdfast.service.context import Context


class OverdueView(msgspec.Struct, frozen=True, kw_only=True):
    """A resource of which a backup or a replica was due, and did not come."""

    policy_id: str
    policy_name: str
    vault_id: str
    vault_name: str
    resource_id: str
    name: str
    since: str | None
    due_at: str | None
    last_good_at: str | None
    running: bool

    @classmethod
    def of(cls, late: Overdue) -> "OverdueView":
        """The wire's view of what is overdue."""
        return cls(
            policy_id=late.policy_id,
            policy_name=late.policy_name,
            vault_id=late.vault_id,
            vault_name=late.vault_name,
            resource_id=late.resource_id,
            name=late.name,
            since=moments.of_resource(late.since),
            due_at=moments.of_resource(late.due_at),
            last_good_at=moments.of_resource(late.last_good_at),
            running=late.running,
        )


class OverdueReply(msgspec.Struct, frozen=True):
    """What is overdue in a project, a page of it."""

    overdue: Sequence[OverdueView]
    count: int
    limit: int
    offset: int


def find(context: Context, call: Call) -> Reply:
    """GET holdfast/overdue."""
    page = paging.page(call.query)
    found = overdue.find(context)
    views = [OverdueView.of(one) for one in found[page.offset :][: page.limit]]
    return Reply(OverdueReply(views, len(found), page.limit, page.offset))


ROUTES = (Route("GET", "/holdfast/overdue", find),)
