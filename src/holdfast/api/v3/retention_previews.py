"""What a policy's rules would let go now, and why the rest stays."""

from collections.abc import Sequence

import msgspec

from holdfast.api import moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.keeping import Verdict
from holdfast.service import retention_previews
from holdfast.service.context import Context


class VerdictView(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that would go or stay, and why."""

    id: str
    name: str
    vault_id: str
    resource_id: str
    resource_name: str
    created_at: str | None
    expired_at: str | None
    goes: bool
    goes_because: Sequence[str]
    kept_because: Sequence[str]

    @classmethod
    def of(cls, verdict: Verdict) -> "VerdictView":
        """The wire's view of a verdict."""
        backup = verdict.backup
        return cls(
            id=backup.id,
            name=backup.name,
            vault_id=backup.vault_id,
            resource_id=backup.resource_id,
            resource_name=backup.resource_name,
            created_at=moments.of_resource(backup.created_at),
            expired_at=moments.of_resource(backup.expired_at),
            goes=verdict.goes,
            goes_because=verdict.goes_because,
            kept_because=verdict.kept_because,
        )


class PreviewReply(msgspec.Struct, frozen=True):
    """The verdicts, a page of them."""

    retention_preview: Sequence[VerdictView]
    count: int
    limit: int
    offset: int


def find(context: Context, call: Call) -> Reply:
    """GET policies/{policy_id}/retention-preview."""
    page = paging.page(call.query)
    goes = call.query.truth("goes")
    verdicts = retention_previews.find(context, call.path["policy_id"], call.query.text("vault_id"))
    wanted = [one for one in verdicts if goes is None or one.goes is goes]
    views = [VerdictView.of(one) for one in paging.cut(wanted, page)]
    return Reply(PreviewReply(views, len(wanted), page.limit, page.offset))


ROUTES = (Route("GET", "/policies/{policy_id}/retention-preview", find),)
