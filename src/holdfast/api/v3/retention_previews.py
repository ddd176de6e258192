"""What a policy's rules would let go now, and why the rest stays: those that it has, or would have."""

from collections.abc import Sequence

import msgspec

from holdfast.api import moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.keeping import Verdict
from holdfast.model.policy import TermsChange
from holdfast.service import retention_previews
from holdfast.service.context import Context

from .policy_terms import DefinitionBody, ExecutionBody
from .wording import Id


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


class RetentionBody(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a policy that says what is kept; the id is that of one that is there already."""

    id: Id | None = None
    operation_definition: DefinitionBody
    holdfast: ExecutionBody | None = None

    def asked(self) -> TermsChange:
        """What is asked of the service."""
        first = self.holdfast.keep_first_of_month if self.holdfast else None
        return TermsChange(retention=self.operation_definition.retention(), keep_first_of_month=first)


class SupposeBody(msgspec.Struct, frozen=True):
    """A policy, as far as it says what is kept, and a vault that follows it, or would."""

    policy: RetentionBody
    vault_id: Id | None = None


def find(context: Context, call: Call) -> Reply:
    """GET policies/{policy_id}/retention-preview."""
    verdicts = retention_previews.find(context, call.path["policy_id"], call.query.text("vault_id"))
    return _told(call, verdicts)


def suppose(context: Context, call: Call) -> Reply:
    """POST holdfast/retention-preview."""
    asked = call.read(SupposeBody)
    verdicts = retention_previews.suppose(context, asked.policy.asked(), asked.policy.id, asked.vault_id)
    return _told(call, verdicts)


def _told(call: Call, verdicts: Sequence[Verdict]) -> Reply:
    page = paging.page(call.query)
    goes = call.query.truth("goes")
    wanted = [one for one in verdicts if goes is None or one.goes is goes]
    views = [VerdictView.of(one) for one in paging.cut(wanted, page)]
    return Reply(PreviewReply(views, len(wanted), page.limit, page.offset))


ROUTES = (
    Route("GET", "/policies/{policy_id}/retention-preview", find),
    Route("POST", "/holdfast/retention-preview", suppose, only_asks=True),
)
