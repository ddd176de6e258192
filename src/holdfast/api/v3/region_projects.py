"""Regions and projects beyond the one that a call is for."""

from holdfast.api.request import HomeRoute

ROUTES: tuple[HomeRoute, ...] = ()
