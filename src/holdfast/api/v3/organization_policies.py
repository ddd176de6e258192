"""Organization policies: one policy for many projects of a domain."""

from holdfast.api.request import Route

ROUTES: tuple[Route, ...] = ()
