"""Schedules: when each vault comes to what it follows, and to whom that falls.

A row of a vault and a policy tells the next moment. Whoever carries out what is due writes the following
moment in the same transaction, having looked that it is still the one that was read: so of several servers
one does it, and a moment that was come to is never come to again.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select

from holdfast.model.firing import Firing

from .columns import moment_of
from .statements import PRESENT, Record
from .tables import policy
from .tables import vault_policy as table

# When that comes which never comes: none is taken for one that nobody has looked at.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A vault that comes to a policy at `fires_at`, for what is due at `due_at`.

    Both are None where nobody has looked yet; of one that never comes, `fires_at` is NEVER.
    """

    project_id: str
    vault_id: str
    policy_id: str
    destination_vault_id: str | None
    since: datetime
    due_at: datetime | None
    fires_at: datetime | None

    @property
    def comes_at(self) -> datetime:
        """When somebody has to look: at once, where nobody has yet."""
        return self.fires_at or self.since


def now(tx: Connection) -> datetime:
    """The present moment by the database's clock: that of all servers, right or wrong."""
    return moment_of(int(tx.execute(sa.select(PRESENT)).scalar_one()))


def coming(tx: Connection, limit: int) -> Sequence[Turn]:
    """Those who come first, at most `limit`."""
    planned = _all().where(table.c.fires_at < NEVER).order_by(table.c.fires_at)
    return [_of(row) for row in tx.execute(planned.limit(limit))]


def unplanned(tx: Connection, limit: int) -> Sequence[Turn]:
    """Those at whom nobody has looked yet, at most `limit`."""
    return [_of(row) for row in tx.execute(_all().where(table.c.fires_at.is_(None)).limit(limit))]


def of_policy(tx: Connection, policy_id: str) -> Sequence[Turn]:
    """The turns of all vaults that follow a policy, by vault."""
    following = _all().where(table.c.policy_id == policy_id).order_by(table.c.vault_id)
    return [_of(row) for row in tx.execute(following)]


def get(tx: Connection, vault_id: str, policy_id: str) -> Turn | None:
    """The turn of one vault; None where it does not follow the policy."""
    row = tx.execute(_all().where(*_named(vault_id, policy_id))).first()
    return None if row is None else _of(row)


def plan(tx: Connection, turn: Turn, firing: Firing | None) -> bool:
    """The vault comes to this next, or to nothing; False where somebody else has planned its turn since."""
    due_at, fires_at = (None, NEVER) if firing is None else (firing.due_at, firing.fires_at)
    planned = sa.update(table).where(
        *_named(turn.vault_id, turn.policy_id),
        table.c.due_at.is_not_distinct_from(turn.due_at),
        table.c.fires_at.is_not_distinct_from(turn.fires_at),
    )
    return bool(tx.execute(planned.values(due_at=due_at, fires_at=fires_at)).rowcount)


def put_off(tx: Connection, turn: Turn, moment: datetime) -> None:
    """The vault comes at this moment to what it was to come to before."""
    tx.execute(sa.update(table).where(*_named(turn.vault_id, turn.policy_id)).values(fires_at=moment))


def begin_anew(tx: Connection, policy_id: str, moment: datetime) -> None:
    """The vaults follow the policy, as it is now, since this moment."""
    tx.execute(sa.update(table).where(table.c.policy_id == policy_id).values(since=moment))


def _all() -> Select[tuple[object, ...]]:
    return sa.select(table, policy.c.project_id).join(policy, policy.c.id == table.c.policy_id)


def _named(vault_id: str, policy_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.vault_id == vault_id, table.c.policy_id == policy_id


def _of(row: Record) -> Turn:
    return Turn(
        project_id=row.project_id,
        vault_id=row.vault_id,
        policy_id=row.policy_id,
        destination_vault_id=row.destination_vault_id,
        since=row.since,
        due_at=row.due_at,
        fires_at=row.fires_at,
    )
