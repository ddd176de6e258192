"""Features: what this service can do and what it cannot, under the names that clients ask for."""

from collections.abc import Sequence

import msgspec

from .agent import MOST_PATHS
from .errors import InvalidParameter
from .vault import MAX_RESOURCES, MOST_SIZE_GB

Value = bool | str | tuple[str, ...]


class Feature(msgspec.Struct, frozen=True):
    """One thing that the service can do (true or false), a limit (decimal), or where it can do it (names)."""

    id: str
    value: Value


def features(region: str, destinations: Sequence[str]) -> tuple[Feature, ...]:
    """All features of a service in this region whose backups can be replicated to these, by name."""
    known: dict[str, Value] = {
        "replication.enable": bool(destinations),
        "replication.source_region": region,
        "replication.destination_regions": tuple(destinations),
        "replication.destination_dgw_regions": (),  # regions behind a dedicated line: none is known
        "features.backup_double_az": False,
        "features.bccrack_enable": False,
        "features.incremental_backup": True,
        "features.backup_encryption": True,
        "features.backup_sharing": True,
        "features.organization_policy": True,
        "features.restore_single_files": True,
        "features.instant_restore": False,
        "features.app_consistent_backup": False,
        "limits.vault_resources": str(MAX_RESOURCES),
        "limits.vault_size_gb": str(MOST_SIZE_GB),
        "limits.agent_paths": str(MOST_PATHS),
    }
    return tuple(Feature(name, known[name]) for name in sorted(known))


def named(found: Sequence[Feature], name: str) -> Feature:
    """The feature of this name; raises InvalidParameter for a name that is none."""
    for feature in found:
        if feature.id == name:
            return feature
    raise InvalidParameter("feature_key", "is not the name of a feature")
