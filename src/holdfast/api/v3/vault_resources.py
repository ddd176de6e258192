"""The resources in a vault: attached, taken out, moved, suspended."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
