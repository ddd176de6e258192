"""Who is asking: the credential in a request's headers becomes a caller, or the request is refused.

| What comes | What it means |
|---|---|
| `X-Auth-Token` | a token of this service; it wins over `Authorization`, which clients fill with anything |
| `Authorization: SDK-HMAC-SHA256 …` | a request signed with an access key; refused, its place is kept |
| anything else, or nothing | refused |
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from holdfast.model.errors import NotAuthenticated
from holdfast.model.project import Caller
from holdfast.service import accounts
from holdfast.service.accounts import Session
from holdfast.service.context import House

from .request import Call

LONGEST_TOKEN = 1024


def authenticate(house: House, call: Call) -> Caller:
    """The caller that a request proves, with the project and role of the token.

    Raises NotAuthenticated (nobody, or nobody any more) or
    NotAllowed (somebody, without a project: a token that was asked for without scope or for a domain).
    """
    token = call.headers.get("x-auth-token")
    if token:
        return accounts.caller(house.db, checked_token(token))
    authorization = call.headers.get("authorization", "")
    scheme = authorization.split(maxsplit=1)[0] if authorization.strip() else ""
    return SCHEMES.get(scheme, _refuse_unknown)(house, call)


def session_of(house: House, call: Call) -> Session:
    """What the caller's token stands for, with or without a project; raises NotAuthenticated."""
    token = call.headers.get("x-auth-token")
    if not token:
        raise NotAuthenticated("send the token of a sign-in as X-Auth-Token")
    return accounts.check_token(house.db, checked_token(token))


def checked_token(token: str) -> str:
    """The token, if it can be one at all; raises NotAuthenticated."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise NotAuthenticated("the token is none of ours")
    return token


def _refuse_signature(_house: House, _call: Call) -> Caller:
    raise NotAuthenticated(
        "requests signed with an access key are not accepted; send the token of a sign-in as X-Auth-Token"
    )


def _refuse_unknown(_house: House, _call: Call) -> Caller:
    raise NotAuthenticated("send the token of a sign-in as X-Auth-Token")


# How the first word of Authorization is answered.
SCHEMES: Mapping[str, Callable[[House, Call], Caller]] = MappingProxyType(
    {"SDK-HMAC-SHA256": _refuse_signature}
)
