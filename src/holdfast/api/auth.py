"""Who is asking: the credential in a request's headers becomes a caller, or the request is refused.

| What comes | What it means |
|---|---|
| `X-Auth-Token` | a token of this service, or of the Keystone it trusts; it wins over `Authorization` |
| `Authorization: SDK-HMAC-SHA256 …` | a request signed with an access key (`signature`) |
| `Authorization: Basic …` | an access key and its secret, shown as they are: on a `StreamRoute` only |
| the cookie `holdfast_session` | the session of a browser (`cookies`), where nothing else comes |
| anything else, or nothing | refused |

A signature or a cookie proves who asks, not for which project: that is the one in the path. Where the
path names none it is that of `X-Project-Id`, or else the oldest project of the user.
"""

import base64
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from holdfast.model import clock
from holdfast.model.errors import CredentialsMissing, NotAuthenticated, ProjectNotFound
from holdfast.model.project import Caller
from holdfast.service import access_keys, browser_sessions, sessions
from holdfast.service.access_keys import Holder
from holdfast.service.context import House
from holdfast.service.sessions import Session

from . import cookies, signature
from .request import Call

LONGEST_TOKEN = 1024
BASIC = "basic"

Authenticate = Callable[[House, Call], Caller]
CallerOfToken = Callable[[House, str], Caller]
CallerOfCookie = Callable[[House, str, str | None], Caller]


def authenticate(house: House, call: Call) -> Caller:
    """The caller that a request proves, with the project and role of the token or the path.

    Raises NotAuthenticated (nobody, or nobody any more), NotAllowed (somebody, without a project: a token
    that was asked for without scope or for a domain) or ProjectNotFound (the path's, for a signature).
    """
    return _authenticated(house, call, _caller_of_own_token, _caller_of_own_cookie)


def trusting(caller_of_token: CallerOfToken, caller_of_cookie: CallerOfCookie) -> Authenticate:
    """The same, where somebody else knows what a token, or one in a cookie, stands for."""
    return lambda house, call: _authenticated(house, call, caller_of_token, caller_of_cookie)


def or_shown_key(authenticate: Authenticate) -> Authenticate:
    """The same, where an access key may be shown with its secret as HTTP's `Basic` has it.

    What is shown can be used again by whoever sees it, so it counts only where clients can do no better.
    """

    def authenticated(house: House, call: Call) -> Caller:
        scheme, _, shown = call.headers.get("authorization", "").strip().partition(" ")
        if call.headers.get("x-auth-token") or scheme.lower() != BASIC:
            return authenticate(house, call)
        return sessions.caller_of(_shown_session(house, call, shown))

    return authenticated


def session_of(house: House, call: Call) -> Session:
    """What the caller's token or signature stands for, with or without a project; raises NotAuthenticated.

    To be asked once for each call: a signature that changes something counts once.
    """
    session = _session_of(house, call)
    call.trace.user_name = session.user.name
    call.trace.project_id = session.project.id if session.project else ""
    return session


def _session_of(house: House, call: Call) -> Session:
    token = call.headers.get("x-auth-token")
    if token and house.config.keystone_url:
        raise NotAuthenticated("tokens are made by another Keystone: sign the request with an access key")
    if token:
        return sessions.check_token(house.db, checked_token(token))
    named, session_token = call.headers.get("x-project-id"), cookies.shown(call)
    if session_token and not house.config.keystone_url:
        return browser_sessions.in_project(house.db, checked_token(session_token), named)
    return _signed_session(house, call, named)


def checked_token(token: str) -> str:
    """The token, if it can be one at all; raises NotAuthenticated."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise NotAuthenticated("the token is none of ours")
    return token


def _caller_of_own_token(house: House, token: str) -> Caller:
    return sessions.caller(house.db, token)


def _caller_of_own_cookie(house: House, token: str, project_id: str | None) -> Caller:
    session = browser_sessions.in_project(house.db, token, project_id)
    return replace(sessions.caller_of(session), expires_at=session.expires_at)


def _authenticated(
    house: House, call: Call, caller_of_token: CallerOfToken, caller_of_cookie: CallerOfCookie
) -> Caller:
    token = call.headers.get("x-auth-token")
    if token:
        return caller_of_token(house, checked_token(token))
    in_path, named = call.path.get("project_id"), call.headers.get("x-project-id")
    if in_path and named and in_path != named:
        raise NotAuthenticated("X-Project-Id is not the project in the path")
    session_token = cookies.shown(call)
    if session_token:
        return caller_of_cookie(house, checked_token(session_token), in_path or named)
    return sessions.caller_of(_signed_session(house, call, in_path or named))


def _signed_session(house: House, call: Call, project_id: str | None) -> Session:
    """What a signed request stands for, in this project or the user's oldest; raises NotAuthenticated."""
    authorization = call.headers.get("authorization", "")
    if not authorization.strip():
        raise CredentialsMissing("send a token as X-Auth-Token, or sign the request with an access key")
    claim = signature.read(authorization)
    signed_at = signature.signed_at(call)
    expires_at = _checked_date(house, signed_at)
    held = access_keys.holder(house.db, claim.access_key, project_id)
    signature.check(call, claim, held.secret)
    access_keys.check_enabled(held)
    _check_place(held, call, project_id)
    session = access_keys.session(held, signed_at, expires_at)
    if call.method not in signature.READING:
        access_keys.use_up(house.db, held, claim.signature, expires_at)
    return session


def _shown_session(house: House, call: Call, shown: str) -> Session:
    """What an access key stands for in the path's project; raises NotAuthenticated or ProjectNotFound."""
    try:
        key_id, _, secret = base64.b64decode(shown, validate=True).decode().partition(":")
    except ValueError:
        raise NotAuthenticated("Basic needs an access key, a colon and its secret, in base64") from None
    project_id = call.path["project_id"]
    held = access_keys.holder(house.db, key_id, project_id)
    if not hmac.compare_digest(secret.encode(), held.secret.encode()):
        raise NotAuthenticated("the secret is not that of the access key")
    access_keys.check_enabled(held)
    _check_place(held, call, project_id)
    now = clock.now()
    return access_keys.session(held, now, now)


def _checked_date(house: House, signed_at: datetime) -> datetime:
    """From when on the date of the request refuses it; raises NotAuthenticated where it does so now."""
    skew, now = timedelta(minutes=house.config.signature_skew_minutes), clock.now()
    if abs(now - signed_at) > skew:
        raise NotAuthenticated(
            f"X-Sdk-Date is more than {skew.total_seconds() / 60:g} minutes from {now:{signature.DATE_FORM}},"
            " the time here; set the clock of the client"
        )
    return signed_at + skew


def _check_place(held: Holder, call: Call, project_id: str | None) -> None:
    """Raises ProjectNotFound where the project in the path is none of theirs, as it does for a token."""
    if not held.places and "project_id" in call.path and project_id == call.path["project_id"]:
        raise ProjectNotFound(project_id)
    domain_id = call.headers.get("x-domain-id")
    if project_id is None and domain_id and domain_id != held.user.domain_id:
        raise NotAuthenticated("X-Domain-Id is not the domain of the access key's user")
