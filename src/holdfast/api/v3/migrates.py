"""Migrations of a whole domain from one service to another."""

from holdfast.api.request import HomeRoute

ROUTES: tuple[HomeRoute, ...] = ()
