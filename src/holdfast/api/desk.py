"""The desk where people show who they are: ours, or that of a Keystone elsewhere. It is chosen once."""

from collections.abc import Callable
from dataclasses import dataclass

from holdfast.config import Config
from holdfast.service import browser_sessions
from holdfast.service.browser_sessions import Visit
from holdfast.service.context import House
from holdfast.service.sessions import Named

from . import auth, keystone
from .auth import Authenticate


@dataclass(frozen=True)
class Desk:
    """Who knows what a request proves, and what signs people in at a browser.

    `sign_in` gives the token for the cookie, `visit` tells what a session is to somebody who is in a project,
    `sign_out` ends it. `keystone_url` is where accounts are kept, if that is elsewhere.
    """

    authenticate: Authenticate
    sign_in: Callable[[House, Named, str], str]
    visit: Callable[[House, str, str | None], Visit]
    sign_out: Callable[[House, str], None]
    keystone_url: str | None = None


def of(config: Config) -> Desk:
    """The desk that the configuration names."""
    if not config.keystone_url:
        return Desk(auth.authenticate, _sign_in, _visit, _sign_out)
    trusted = keystone.of(config)
    gate = auth.trusting(trusted.caller, trusted.caller_in_session)
    return Desk(gate, trusted.sign_in, trusted.visit, trusted.sign_out, config.keystone_v3_url)


def _sign_in(house: House, who: Named, password: str) -> str:
    return browser_sessions.sign_in(house.door, who, password).token


def _visit(house: House, token: str, _project_id: str | None) -> Visit:
    return browser_sessions.visit(house.db, token)


def _sign_out(house: House, token: str) -> None:
    browser_sessions.sign_out(house.db, token)
