"""Microversions of block storage's version 3: which one a call asks for, and which is spoken.

`OpenStack-API-Version: volume 3.45` asks for one, `latest` for the highest; without that header it is the
lowest. A header may name several services, of which only this one counts; its name may be left out.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import msgspec

from holdfast.api.request import Call, Reply
from holdfast.model.errors import InvalidParameter
from holdfast.service.context import Context

from .errors import FaultView
from .versions import LEAST, MOST

HEADER = "OpenStack-API-Version"
Microversion = tuple[int, int]

_SERVICE = "volume"
_NAMED = re.compile(r"(?:([a-z][a-z0-9-]*)[ ]+)?([^ ]+)")
_NUMBER = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})")


class FaultReply(msgspec.Struct, frozen=True):
    """What is answered to a version that is not spoken here."""

    fault: FaultView = msgspec.field(name="computeFault")


def asked(call: Call) -> Microversion:
    """The microversion that a call asks for, whether it is spoken here or not; raises InvalidParameter."""
    for part in call.headers.get(HEADER.lower(), "").lower().split(","):
        named = _NAMED.fullmatch(part.strip())
        if named and named[1] in (None, _SERVICE):
            return _read(MOST if named[2] == "latest" else named[2])
    return _read(LEAST)


def spoken(endpoint: Callable[[Context, Call], Reply]) -> Callable[[Context, Call], Reply]:
    """The endpoint, which says what microversion its answer has; 406 for one that is not spoken here."""

    def answering(context: Context, call: Call) -> Reply:
        version = asked(call)
        told = {HEADER: f"{_SERVICE} {version[0]}.{version[1]}", "Vary": HEADER}
        if not _read(LEAST) <= version <= _read(MOST):
            message = (
                f"Version {version[0]}.{version[1]} is not supported by the API."
                f" Minimum is {LEAST} and maximum is {MOST}."
            )
            return Reply(FaultReply(FaultView(message, 406)), 406, told)
        reply = endpoint(context, call)
        return replace(reply, headers={**reply.headers, **told})

    return answering


def _read(text: str) -> Microversion:
    number = _NUMBER.fullmatch(text)
    if number is None:
        raise InvalidParameter(HEADER, f"must be {_SERVICE} {LEAST} to {MOST}, or {_SERVICE} latest")
    return int(number[1]), int(number[2])
