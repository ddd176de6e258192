"""Workers, as their leases tell."""

from datetime import datetime

import msgspec


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A process that does tasks, those of its `sites` among them; `tasks` is how many it has in hand.

    One that is not `alive` was not seen for a lease, or was declared dead; others do its work then.
    """

    id: str
    sites: tuple[str, ...]
    seen_at: datetime
    alive: bool
    tasks: int = 0
