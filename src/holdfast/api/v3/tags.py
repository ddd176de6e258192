"""Tags of vaults, under `vault` in the singular."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
