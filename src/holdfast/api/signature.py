"""Signatures of requests made with an access key: `SDK-HMAC-SHA256`, in the two dialects that clients speak.

| Dialect | Authorization | Query | Key |
|---|---|---|---|
| Huawei | `Access=AK, …` | every value | the secret key |
| OTC | `Credential=AK/day/region/service/sdk_request, …` | the first value of each name | derived from it |

In both a request becomes a text: method, path, query, the named headers, and the hash of the body. A request
is taken as it came, still percent-encoded. Nothing here knows who holds which key, or what time it is.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote_to_bytes

from holdfast.model.errors import NotAuthenticated

from .request import Call

ALGORITHM = "SDK-HMAC-SHA256"
DATE = "x-sdk-date"
CONTENT_HASH = "x-sdk-content-sha256"
DATE_FORM = "%Y%m%dT%H%M%SZ"
READING = frozenset({"GET", "HEAD", "OPTIONS"})

_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_SCOPE = re.compile(
    r"(?P<key>[^/]+)/(?P<scope>(?P<day>[0-9]{8})/(?P<region>[^/]*)/(?P<service>[^/]*)/sdk_request)"
)
_BLANKS = re.compile(r"\s+")

Pairs = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Claim:
    """What an Authorization header says: who signed, which headers, and the signature.

    `scope` is the OTC dialect's, `day/region/service/sdk_request`; None in the Huawei dialect.
    """

    access_key: str
    signed_headers: str
    signature: str
    scope: str | None = None

    @property
    def names(self) -> list[str]:
        """The names of the signed headers, in their order."""
        return self.signed_headers.split(";")


def read(authorization: str) -> Claim:
    """The claim in an Authorization header; raises NotAuthenticated saying what is wrong with it."""
    algorithm, _, rest = authorization.strip().partition(" ")
    if algorithm != ALGORITHM:
        raise NotAuthenticated(f"sign with {ALGORITHM}, or send a token as X-Auth-Token")
    said = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    signature, signed_headers = said.get("Signature", ""), said.get("SignedHeaders", "")
    if not _SIGNATURE.fullmatch(signature) or not signed_headers:
        raise NotAuthenticated("Authorization needs SignedHeaders and a Signature of 64 hexadecimal digits")
    if DATE not in signed_headers.lower().split(";"):
        raise NotAuthenticated("X-Sdk-Date is not among the signed headers")
    access_key, scope = _signer(said)
    return Claim(access_key, signed_headers, signature, scope)


def signed_at(call: Call) -> datetime:
    """The moment that the request says it was signed at; raises NotAuthenticated."""
    try:
        return datetime.strptime(call.headers.get(DATE, ""), DATE_FORM).replace(tzinfo=UTC)
    except ValueError:
        raise NotAuthenticated("X-Sdk-Date must be a time such as 20250325T064703Z") from None


def check(call: Call, claim: Claim, secret: str) -> None:
    """Raises NotAuthenticated unless this request was signed with this secret key."""
    told = call.headers.get(CONTENT_HASH)
    if told is not None and told != call.body_hash:
        raise NotAuthenticated("X-Sdk-Content-Sha256 is not the SHA-256 of the body")
    if claim.scope is not None:
        _check_scope(call, claim.scope)
    if not hmac.compare_digest(make(call, claim, secret), claim.signature):
        raise NotAuthenticated("the signature does not fit the request and the secret key")


def make(call: Call, claim: Claim, secret: str) -> str:
    """The signature that this request has with this secret key; that of the claim is not looked at."""
    return _huawei(call, claim, secret) if claim.scope is None else _otc(call, claim, claim.scope, secret)


def _signer(said: Mapping[str, str]) -> tuple[str, str | None]:
    if said.get("Access"):
        return said["Access"], None
    match = _SCOPE.fullmatch(said.get("Credential", ""))
    if match is None:
        raise NotAuthenticated(
            "Authorization needs Access=KEY or Credential=KEY/DAY/REGION/SERVICE/sdk_request"
        )
    return match["key"], match["scope"]


# ── the dialects ────────────────────────────────────────────────────────────────────────────────────────


def _huawei(call: Call, claim: Claim, secret: str) -> str:
    query = _joined(sorted(_pairs(call)), _encoded)
    request = _canonical(call, claim, str.strip, query, call.body_hash)
    text = f"{ALGORITHM}\n{call.headers.get(DATE, '')}\n{_hash(request.encode())}"
    return _mac(secret.encode(), text).hex()


def _otc(call: Call, claim: Claim, scope: str, secret: str) -> str:
    query, payload = _otc_content(call)
    request = _canonical(call, claim, _collapsed, query, payload)
    text = f"{ALGORITHM}\n{call.headers.get(DATE, '')}\n{scope}\n{_hash(request.encode())}"
    key = f"SDK{secret}".encode()
    for step in scope.split("/"):
        key = _mac(key, step)
    return _mac(key, text).hex()


def _otc_content(call: Call) -> tuple[str, str]:
    """Query and hash of the body; a POST without a body signs its query in place of one."""
    if call.method == "POST" and not call.has_body and CONTENT_HASH not in call.headers:
        by_key = sorted(_pairs(call), key=lambda pair: pair[0])
        return "", _hash(_joined(by_key, _form_encoded).encode())
    first: dict[bytes, bytes] = {}
    for key, value in _pairs(call):
        first.setdefault(key, value)
    in_order = sorted(first.items(), key=lambda pair: _encoded(pair[0]).lower())
    return "" if call.method == "POST" and not call.has_body else _joined(in_order, _encoded), call.body_hash


def _check_scope(call: Call, scope: str) -> None:
    """Raises NotAuthenticated for a key of another day, or a change that the OTC dialect signs in part."""
    if scope.partition("/")[0] != call.headers.get(DATE, "")[:8]:
        raise NotAuthenticated("the day in Credential is not that of X-Sdk-Date")
    if call.method not in READING and _leaves_out(call):
        raise NotAuthenticated("the signature leaves out a part of the query")


def _leaves_out(call: Call) -> bool:
    """Whether the query has values that are in no part of the OTC dialect's text."""
    names = [name for name, _ in _pairs(call)]
    if call.method == "POST" and not call.has_body:
        return bool(names) and CONTENT_HASH in call.headers
    return len(set(names)) < len(names)


# ── the request as a text ───────────────────────────────────────────────────────────────────────────────


def _canonical(call: Call, claim: Claim, tidy: Callable[[str], str], query: str, payload: str) -> str:
    headers = "".join(f"{name}:{tidy(call.headers.get(name.lower(), ''))}\n" for name in claim.names)
    return "\n".join([call.method, _path(call), query, headers, claim.signed_headers, payload])


def _path(call: Call) -> str:
    path = call.target.encode("latin-1").partition(b"?")[0]
    encoded = "/".join(_encoded(unquote_to_bytes(step)) for step in path.split(b"/"))
    return encoded if encoded.endswith("/") else f"{encoded}/"


def _pairs(call: Call) -> Pairs:
    """Keys and values of the query, decoded; a plus and %20 both mean a blank."""
    query = call.target.encode("latin-1").partition(b"?")[2]
    halves = [part.partition(b"=") for part in query.replace(b"+", b" ").split(b"&") if part]
    return [(unquote_to_bytes(key), unquote_to_bytes(value)) for key, _, value in halves]


def _joined(pairs: Pairs, encoded: Callable[[bytes], str]) -> str:
    return "&".join(f"{encoded(key)}={encoded(value)}" for key, value in pairs)


def _encoded(text: bytes) -> str:
    """Percent-encoded but for letters, digits and `-_.~`."""
    return quote(text, safe="")


def _form_encoded(text: bytes) -> str:
    return quote(text, safe=" ").replace(" ", "+")


def _collapsed(value: str) -> str:
    return _BLANKS.sub(" ", value.strip())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
