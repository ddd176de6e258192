"""For how long a project keeps its history: ours."""

from typing import Annotated

import msgspec

from holdfast.api import moments
from holdfast.api.request import Call, Reply, Route
from holdfast.model import clock
from holdfast.model.history import MOST_DAYS, History
from holdfast.service import histories
from holdfast.service.context import Context


class RuleBody(msgspec.Struct, frozen=True):
    """The days that a project's history is kept; null for what the configuration says."""

    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] | None


class HistoryBody(msgspec.Struct, frozen=True):
    """The rule that is asked for."""

    history: RuleBody


class HistoryView(msgspec.Struct, frozen=True):
    """The rule, what the configuration says (0 is for ever), and the moment before which nothing is kept."""

    days: int | None
    default_days: int
    begins_at: str | None

    @classmethod
    def of(cls, history: History) -> "HistoryView":
        """The wire's view of a rule at this moment."""
        begins_at = moments.of_task(history.begins_at(clock.now()))
        return cls(history.days, history.default_days, begins_at)


class HistoryReply(msgspec.Struct, frozen=True):
    """A project's rule."""

    history: HistoryView


def show(context: Context, _call: Call) -> Reply:
    """GET holdfast/history."""
    return Reply(HistoryReply(HistoryView.of(histories.show(context))))


def change(context: Context, call: Call) -> Reply:
    """PUT holdfast/history."""
    asked = call.read(HistoryBody).history
    return Reply(HistoryReply(HistoryView.of(histories.change(context, asked.days))))


ROUTES = (
    Route("GET", "/holdfast/history", show),
    Route("PUT", "/holdfast/history", change),
)
