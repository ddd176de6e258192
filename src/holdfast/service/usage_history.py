"""How vaults fill, as a caller may ask for it."""

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from holdfast.db import vault_usage, vaults
from holdfast.db.vaults import VaultFilter
from holdfast.model import clock
from holdfast.model.resource import GIB
from holdfast.model.task import Page
from holdfast.model.usage import GROWTH_DAYS, UsageHistory, every_day
from holdfast.model.vault import MOST_SIZE_GB, Vault

from .context import Context


class UsageHistories(msgspec.Struct, frozen=True):
    """A page of them, and how many there are."""

    found: tuple[UsageHistory, ...]
    count: int


def find(context: Context, vault_ids: tuple[str, ...], days: int, page: Page) -> UsageHistories:
    """What vaults held on each of at least the last so many days: of these vaults, or of all; newest first.

    Raises InvalidParameter for an unknown marker.
    """
    today = clock.now().date()
    since = today - timedelta(days=max(days, GROWTH_DAYS) - 1)
    wanted = VaultFilter(project_id=context.project_id, ids=vault_ids or None)
    with context.db.reading() as tx:
        found = vaults.find_bare(tx, wanted, page)
        held = vault_usage.find(tx, [one.id for one in found], since)
        count = vaults.count(tx, wanted)
    return UsageHistories(tuple(_of(one, held[one.id], today) for one in found), count)


def _of(vault: Vault, held: Mapping[date, int], today: date) -> UsageHistory:
    endless = vault.auto_expand or vault.demand_billing or vault.size_gb >= MOST_SIZE_GB
    return UsageHistory(
        vault_id=vault.id,
        vault_name=vault.name,
        capacity_bytes=None if endless else vault.size_gb * GIB,
        days=tuple(every_day(held, today)),
    )
