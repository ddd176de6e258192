"""For how long a project keeps its history, as a caller may ask and say."""

from holdfast.db import histories
from holdfast.model.errors import NotAllowed
from holdfast.model.history import History

from .context import Context


def show(context: Context) -> History:
    """The project's rule."""
    with context.db.reading() as tx:
        return History(histories.days(tx, context.project_id), context.config.history_days)


def change(context: Context, days: int | None) -> History:
    """Keep history for so many days, or, with None, as the configuration says; the rule as it is then.

    What is older goes soon, and does not come back with a longer rule. Raises NotAllowed for anybody but an
    administrator: the trail of who asked for what goes with it.
    """
    if not context.caller.is_admin:
        raise NotAllowed("only an administrator says how long history is kept")
    with context.changing() as tx:
        histories.set_days(tx, context.project_id, days)
    return History(days, context.config.history_days)
