"""Storage usage: what the backups of each resource take."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
