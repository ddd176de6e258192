"""When a policy would come due if its schedule were another: ours."""

import msgspec

from holdfast.api.request import Call, Reply, Route
from holdfast.model.policy import TermsChange
from holdfast.service import schedule_previews
from holdfast.service.context import Context

from .policy_firings import MOST, USUAL, FiringsReply
from .policy_terms import ExecutionBody, TriggerBody
from .wording import Id


class ScheduleBody(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a policy that says when; the id is that of one that is there already."""

    id: Id | None = None
    trigger: TriggerBody
    holdfast: ExecutionBody | None = None

    def asked(self) -> TermsChange:
        """What is asked of the service."""
        properties = self.trigger.properties
        return TermsChange(
            patterns=tuple(properties.pattern), execution=(self.holdfast or ExecutionBody()).change()
        )


class PreviewBody(msgspec.Struct, frozen=True):
    """A policy, as far as it says when."""

    policy: ScheduleBody


def preview(context: Context, call: Call) -> Reply:
    """POST holdfast/schedule-preview."""
    asked = call.read(PreviewBody).policy
    limit = call.query.number("limit", USUAL, 1, MOST)
    found = schedule_previews.find(context, asked.asked(), asked.id, limit, call.query.begin("after"))
    return Reply(FiringsReply.of(found, limit))


ROUTES = (Route("POST", "/holdfast/schedule-preview", preview, only_asks=True),)
