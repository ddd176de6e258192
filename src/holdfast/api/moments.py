"""How the wire writes and reads points in time; always UTC, in a spelling for each place.

Operation logs carry milliseconds and an offset (`2019-05-23T14:35:23.584+00:00`), a policy's start
seconds and a blank, everything else of CBR naive microseconds (`2019-05-23T14:35:23.584418`). The Volume
Backup Service has milliseconds: naive ones (`2016-12-02T09:06:46.706`), or with a Z in its jobs.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,6}))?(?:(Z|z)|([+\- ])(\d\d):?(\d\d))?", re.ASCII
)

_SPELT = 4096  # moments that lists tell again and again


@lru_cache(_SPELT)
def of_task(moment: datetime | None) -> str | None:
    """The spelling of operation logs."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None


def of_resource(moment: datetime | None) -> str | None:
    """The spelling of vaults, checkpoints and backups."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") if moment else None


def of_volume_backup(moment: datetime) -> str:
    """The spelling of the Volume Backup Service."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def of_job(moment: datetime) -> str:
    """The spelling of that service's jobs."""
    return f"{of_volume_backup(moment)}Z"


def of_schedule(moment: datetime) -> str:
    """The spelling of a policy's start."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def read(text: str) -> tuple[datetime, timedelta]:
    """The moment that a caller wrote and how long it lasts as written: `…:32Z` is a whole second.

    A moment without a zone is UTC. A blank before an offset is the plus sign of a URL that was not
    escaped. Raises ValueError.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    day, clock, fraction, _, sign, hours, minutes = match.groups()
    moment = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '').ljust(6, '0')}+00:00")
    lasts = timedelta(microseconds=10 ** (6 - len(fraction or "")))
    if sign:
        if int(minutes) > 59:
            raise ValueError(text)
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(-offset if sign == "-" else offset)
        try:
            moment = moment.replace(tzinfo=zone).astimezone(UTC)
        except OverflowError as error:
            raise ValueError(text) from error
    return moment, lasts
