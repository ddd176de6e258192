"""Where the Volume Backup Service v2 is served: at the root, as its documents have it, and below `/vbs`.

OpenStack's own calls of version 3 share their paths with CBR's, so they are below `/vbs` only.
"""

from collections.abc import Iterator

from holdfast.api.request import Route

from . import (
    backup_tasks,
    cloud_backups,
    jobs,
    native_backups,
    policies,
    policy_resources,
    policy_tags,
    sharing,
    versions,
    volumes,
)

PREFIX = "/vbs"
V1, V2, V3 = (f"/{version}/{{project_id}}" for version in ("v1", "v2", "v3"))
OF_V1: tuple[Route, ...] = (*jobs.ROUTES,)
OF_V2: tuple[Route, ...] = (
    *policies.ROUTES,
    *policy_resources.ROUTES,
    *backup_tasks.ROUTES,
    *policy_tags.ROUTES,
    *sharing.ROUTES,
    *cloud_backups.ROUTES,
    *native_backups.ROUTES_V2,
    *volumes.ROUTES_V2,
)
OF_V3: tuple[Route, ...] = (*native_backups.ROUTES_V3, *volumes.ROUTES_V3)
VERSIONS = versions.ROUTES


def mounted() -> Iterator[tuple[str, Route]]:
    """Every route, each with what comes before its path."""
    for prefix in ("", PREFIX):
        for version, routes in ((V1, OF_V1), (V2, OF_V2)):
            yield from ((prefix + version, route) for route in routes)
    yield from ((PREFIX + V3, route) for route in OF_V3)
