"""Litter: what a vault's repository holds and no backup needs any more, until it is pruned."""

from datetime import datetime, timedelta

import msgspec

from .window import Window, is_shut

REST = timedelta(hours=1)


class Litter(msgspec.Struct, frozen=True, kw_only=True):
    """That a vault has something to free. `left_at` is when a snapshot was last taken away, `pruned_at` when
    the vault was last pruned, `begins_at` when there could first be any; `is_quiet` says that no task is
    under way there."""

    project_id: str
    vault_id: str
    windows: tuple[Window, ...] = ()
    left_at: datetime
    pruned_at: datetime | None = None
    begins_at: datetime
    is_quiet: bool = True

    def is_due(self, now: datetime, every: timedelta) -> bool:
        """Whether the vault is to be pruned now: not in its maintenance windows, and once in so long at most.

        It waits until an hour has passed since the last snapshot was taken away and nothing is under way, but
        not for longer than as long again.
        """
        last = self.pruned_at or self.begins_at
        if is_shut(self.windows, now) or (self.pruned_at is not None and now < last + every):
            return False
        is_still = self.is_quiet and now >= self.left_at + REST
        return is_still or now >= last + 2 * every
