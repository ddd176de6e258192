"""Signing requests as two families of clients do: written from what they send, apart from what checks it."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from holdfast.model import clock

ALGORITHM = "SDK-HMAC-SHA256"


@dataclass(frozen=True)
class Request:
    """What is signed; `headers` by lower-case name."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def date() -> str:
    """X-Sdk-Date of a request that is made now."""
    return clock.now().strftime("%Y%m%dT%H%M%SZ")


def huawei(request: Request, names: str, key: str, secret: str) -> str:
    """Authorization in the dialect of Huawei's clients."""
    told = _canonical(request, names, _every_value(request.target), _hash(request.body))
    signature = _mac(secret.encode(), "\n".join([ALGORITHM, request.headers["x-sdk-date"], told])).hex()
    return f"{ALGORITHM} Access={key}, SignedHeaders={names}, Signature={signature}"


def otc(request: Request, names: str, key: str, secret: str) -> str:
    """Authorization in the dialect of Open Telekom Cloud's Go client, which scopes the key by day."""
    day = request.headers["x-sdk-date"][:8]
    told = _canonical(request, names, _every_value(request.target), _hash(request.body))
    step = ("SDK" + secret).encode()
    for part in (day, "", "", "sdk_request"):
        step = _mac(step, part)
    scope = f"{day}///sdk_request"
    signature = _mac(step, "\n".join([ALGORITHM, request.headers["x-sdk-date"], scope, told])).hex()
    return f"{ALGORITHM} Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"


DIALECTS: Mapping[str, Callable[[Request, str, str, str], str]] = {"huawei": huawei, "otc": otc}


def _canonical(request: Request, names: str, query: str, payload: str) -> str:
    path = request.target.partition("?")[0]
    steps = "/".join(_encoded(unquote(step)) for step in path.split("/"))
    lines = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names.split(";"))
    parts = [request.method, steps.rstrip("/") + "/", query, lines, names, payload]
    return _hash("\n".join(parts).encode())


def _every_value(target: str) -> str:
    pairs = parse_qsl(target.partition("?")[2], keep_blank_values=True)
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(text, safe="~")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
