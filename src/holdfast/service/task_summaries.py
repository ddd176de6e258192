"""What became of many tasks, as a caller may ask for it."""

from zoneinfo import ZoneInfo

from msgspec.structs import replace

from holdfast.db import task_summaries
from holdfast.model import clock
from holdfast.model.task_filter import TaskFilter
from holdfast.model.task_summary import Summary, view_of

from .context import Context


def show(context: Context, wanted: TaskFilter, timezone: str = "UTC", top: int = 20) -> Summary:
    """The project's tasks that match, summed up; days are those of a zone by its IANA name.

    Of vaults, policies and codes of errors the `top` ones with the most tasks are told apart. Where the
    filter leaves the creation time open, the last 30 days are looked at.
    """
    place = ZoneInfo(timezone)
    view = view_of(replace(wanted, project_id=context.project_id), clock.now(), place)
    with context.db.reading() as tx:
        return task_summaries.show(tx, view, place, top)
