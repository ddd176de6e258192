"""Members: the projects that a backup is shared with."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
