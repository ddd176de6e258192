"""Replication of backups and checkpoints to another vault."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
