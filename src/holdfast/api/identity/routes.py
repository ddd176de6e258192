"""The calls of the identity service: `ROUTES` under `/v3` and `/identity/v3`, the others where they say.

Under `/v3` they stand beside `/v3/{project_id}/…`. They cannot meet: an id of a project is 32 hexadecimal
digits, and none of the words with which these paths begin is.
"""

from . import (
    access_keys,
    application_credentials,
    catalogue,
    domains,
    projects,
    regions,
    roles,
    tokens,
    users,
    versions,
)

ROUTES = (
    *tokens.ROUTES,
    *catalogue.ROUTES,
    *domains.ROUTES,
    *projects.ROUTES,
    *users.ROUTES,
    *roles.ROUTES,
    *regions.ROUTES,
    *application_credentials.ROUTES,
)
VERSIONS = versions.ROUTES
# These stand where Huawei's IAM has them, with their whole paths.
ACCESS_KEYS = access_keys.ROUTES
