"""Workers as an operator of the machines may see them."""

from holdfast.db import workers
from holdfast.model.worker import Worker

from .context import Context


def find(context: Context) -> list[Worker]:
    """All workers of the house, whichever project they work for, by their ids.

    Raises NotAllowed for whoever may not name paths of the machines: workers' names tell of these.
    """
    context.check_may_name_paths()
    with context.db.reading() as tx:
        return workers.find(tx, context.config.lease_seconds)
