"""The policies that a vault follows."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
