"""The OpenAPI document of the service, told with the address by which the caller came.

It is kept in one file for each API that is served. They have no name and no path in common.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from holdfast.service.context import House

from .identity import address
from .request import Call, OpenRoute, Reply

_FILES = ("cbr-v3.json", "vbs-v2.json")


@cache
def document() -> Mapping[str, Any]:
    """The document as it comes with the service; its server is wherever it is read from.

    What the first file says of itself holds for the whole.
    """
    first, *others = (_read(name) for name in _FILES)
    for one in others:
        first["tags"] += one["tags"]
        first["paths"] |= one["paths"]
        for kind, named in one["components"].items():
            first["components"][kind] |= named
    return first


def _read(name: str) -> dict[str, Any]:
    text = (resources.files("holdfast.api") / "openapi" / name).read_bytes()
    return msgspec.json.decode(text, type=dict[str, Any])


def show(house: House, call: Call) -> Reply:
    """GET /openapi.json."""
    return Reply({**document(), "servers": [{"url": address.of_service(house, call)}]})


ROUTES = (OpenRoute("GET", "/openapi.json", show),)
