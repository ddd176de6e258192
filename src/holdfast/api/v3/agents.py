"""Agents: hosts that back up files and applications, as they register and report."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
