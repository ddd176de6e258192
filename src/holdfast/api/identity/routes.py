"""The calls of the identity service: `ROUTES` under `/v3` and `/identity/v3`, `VERSIONS` where they say."""

from . import projects, tokens, versions

ROUTES = (*tokens.ROUTES, *projects.ROUTES)
VERSIONS = versions.ROUTES
