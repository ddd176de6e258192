"""Orders: what a public cloud would bill. Kept and told; there is no price here."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
