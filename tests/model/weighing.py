"""Backups of one resource, and what some rules make of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from holdfast.model.backup import Backup, BackupState, BackupStatus
from holdfast.model.keeping import Keeping, Rules, Verdict, weigh
from holdfast.model.resource import ResourceType
from holdfast.model.retention import Retention

NOW = datetime(2025, 6, 18, 12, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)


def taken(name: str, at: datetime, *, auto: bool = True, expires: datetime | None = None) -> Backup:
    return Backup(
        id=name,
        project_id="p",
        vault_id="v",
        checkpoint_id="c",
        resource_id="r",
        resource_name="letters",
        resource_type=ResourceType.FILE_SHARE,
        name=name,
        auto_trigger=auto,
        state=BackupState.AVAILABLE,
        status=BackupStatus.AVAILABLE,
        created_at=at,
        updated_at=at,
        expired_at=expires,
    )


def plan(
    held: Sequence[Backup], retention: Retention, now: datetime, *, locked: bool = False
) -> tuple[Verdict, ...]:
    """The verdicts where there is one policy, and nothing says of which one a backup is."""
    return weigh(held, [Rules("nightly", retention)], now, locked=locked)


def gone(verdicts: Sequence[Verdict]) -> set[str]:
    return {verdict.id for verdict in verdicts if verdict.goes}


def kept_for(verdicts: Sequence[Verdict], reason: Keeping) -> set[str]:
    return {verdict.id for verdict in verdicts if reason in verdict.kept_because}
