"""Features: what this service can do, as clients ask before they offer it."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
