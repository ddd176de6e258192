"""How a refusal is spoken by the identity service: Keystone's words and shape, from one table."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from holdfast.api.request import Call, Reply
from holdfast.model.errors import (
    InvalidParameter,
    NameTaken,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Refusal,
    StillInUse,
    TooManyAttempts,
)
from holdfast.service.context import House

TITLES: Mapping[type[Refusal], tuple[int, str]] = MappingProxyType(
    {
        InvalidParameter: (400, "Bad Request"),
        NotAuthenticated: (401, "Unauthorized"),
        NotAllowed: (403, "Forbidden"),
        NotFound: (404, "Not Found"),
        NameTaken: (409, "Conflict"),
        StillInUse: (409, "Conflict"),
        TooManyAttempts: (429, "Too Many Requests"),
    }
)


class ErrorView(msgspec.Struct, frozen=True):
    """What went wrong."""

    code: int
    title: str
    message: str


class ErrorReply(msgspec.Struct, frozen=True):
    """The body of every refused call."""

    error: ErrorView


def spoken(endpoint: Callable[[House, Call], Reply]) -> Callable[[House, Call], Reply]:
    """The endpoint, with its refusals in Keystone's words; others fly on to the edge of the API."""

    def answering(house: House, call: Call) -> Reply:
        try:
            return endpoint(house, call)
        except tuple(TITLES) as refusal:
            return _reply(refusal, call)

    return answering


def _reply(refusal: Refusal, call: Call) -> Reply:
    status, title = next(TITLES[kind] for kind in type(refusal).__mro__ if kind in TITLES)
    message = f"could not find {refusal}" if isinstance(refusal, NotFound) else str(refusal)
    return Reply(ErrorReply(ErrorView(status, title, message)), status, _headers(refusal, call))


def _headers(refusal: Refusal, call: Call) -> Mapping[str, str]:
    if isinstance(refusal, NotAuthenticated):
        return {"WWW-Authenticate": f'Keystone uri="{call.address}/identity/v3"'}
    if isinstance(refusal, TooManyAttempts):
        return {"Retry-After": str(math.ceil(refusal.seconds))}
    return {}
