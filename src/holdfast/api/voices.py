"""Which API a path belongs to, and so in whose words a refusal there is told."""

import re

from . import errors
from .errors import Voice
from .v2 import errors as volume_backups

# The calls of the Volume Backup Service that are OpenStack's own, of any path, mounted or asked for.
_NATIVE = re.compile(r"(?:/vbs)?/v[23]/[^/]+/(?:backups|volumes)(?:/.*)?", re.DOTALL)
_POLICIES = re.compile(r"(?:/vbs)?/v2/[^/]+/backuppolicy.*", re.DOTALL)
_VOLUME_BACKUPS = re.compile(r"/(?:vbs|v[12])(?:/.*)?", re.DOTALL)


def of(path: str) -> Voice:
    """The voice of a path."""
    if not _VOLUME_BACKUPS.fullmatch(path):
        return errors.CBR
    if _NATIVE.fullmatch(path):
        return volume_backups.NATIVE
    return volume_backups.POLICIES if _POLICIES.fullmatch(path) else volume_backups.BACKUPS
