"""The zone that this machine's clock is in, by a name that a server knows."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

LOCALTIME = Path("/etc/localtime")
FOLDER = "zoneinfo/"
UTC = "UTC"


def here() -> str:
    """The IANA name of the local zone; UTC where it has none."""
    named = os.environ.get("TZ", "").lstrip(":") or _linked()
    try:
        return ZoneInfo(named).key
    except (ValueError, OSError, KeyError):
        return UTC


def _linked() -> str:
    """What the system's clock is set to: a link into the folder of all zones."""
    return str(LOCALTIME.resolve()).partition(FOLDER)[2]
