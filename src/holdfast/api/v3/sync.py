"""Reconciling the catalogue with what is in a vault's repository."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
