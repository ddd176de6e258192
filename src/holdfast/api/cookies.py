"""The session of a browser: a token in a cookie that no script can read, and a word against forged requests.

The cookie proves who asks, as a signature does, and not for which project. It goes with every request that a
browser sends here, whoever made the browser send it; so whatever changes something must also bring the
`X-CSRF-Token` that only pages of this server were told. Where a request shows any other credential, the
cookie does not count.
"""

import hashlib
import hmac
import re
from datetime import datetime

from holdfast.config import Config
from holdfast.model import clock
from holdfast.model.errors import NotAllowed

from .request import Call

NAME = "holdfast_session"
CSRF_HEADER = "x-csrf-token"
# What a cookie can hold: a token of ours, or a Fernet token or a signed one of Keystone's.
TOKEN = re.compile(r"[\w.~+/=-]{1,1024}", re.ASCII)
READING = frozenset({"GET", "HEAD"})
_OWN_PAGES = frozenset({"", "same-origin", "none"})


def shown(call: Call) -> str | None:
    """The token in the cookie, where it is all that the request shows; raises NotAllowed without the word."""
    token = held(call)
    if token is None or call.headers.get("x-auth-token") or call.headers.get("authorization", "").strip():
        return None
    if call.method not in READING:
        check_word(call, token)
    return token


def held(call: Call) -> str | None:
    """The token in the cookie, if there is one, whatever programs on other ports of this host have set."""
    for pair in call.headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == NAME and TOKEN.fullmatch(value):
            return value
    return None


def check_word(call: Call, token: str) -> None:
    """Raises NotAllowed where the request does not bring the word of this session."""
    if not hmac.compare_digest(call.headers.get(CSRF_HEADER, "").encode(), word_of(token).encode()):
        raise NotAllowed("the request does not bring the X-CSRF-Token of the session")


def check_own_page(call: Call) -> None:
    """Raises NotAllowed for a request that a page of another server made the browser send.

    Browsers say where the page is from as `Sec-Fetch-Site`, but over plain HTTP only as `Origin`.
    """
    origin, host = call.headers.get("origin", ""), call.headers.get("host", "")
    foreign = bool(origin) and origin.partition("://")[2] != host
    if foreign or call.headers.get("sec-fetch-site", "") not in _OWN_PAGES:
        raise NotAllowed("a page of another server asked for this")


def word_of(token: str) -> str:
    """What requests of this session must bring: it follows from the token, and does not lead to it."""
    return hmac.new(token.encode(), b"X-CSRF-Token", hashlib.sha256).hexdigest()


def set_to(call: Call, config: Config, token: str, ends: datetime) -> str:
    """The header that gives a browser its session; a browser that is closed keeps it until it `ends`."""
    return _written(call, config, token, max(0, int((ends - clock.now()).total_seconds())))


def taken_away(call: Call, config: Config) -> str:
    """The header that takes it away."""
    return _written(call, config, "", 0)


def _written(call: Call, config: Config, token: str, seconds: int) -> str:
    """`Secure` where people come by HTTPS, be it to a proxy that does not say so."""
    by_https = any(place.startswith("https:") for place in (call.address, config.endpoint_url))
    secure = "; Secure" if by_https else ""
    return f"{NAME}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
