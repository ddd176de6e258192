"""The OpenAPI document of the service, told with the address by which the caller came."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from holdfast.service.context import House

from .identity import address
from .request import Call, OpenRoute, Reply


@cache
def document() -> Mapping[str, Any]:
    """The document as it comes with the service; its server is wherever it is read from."""
    text = (resources.files("holdfast.api") / "openapi" / "cbr-v3.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Any])


def show(house: House, call: Call) -> Reply:
    """GET /openapi.json."""
    return Reply({**document(), "servers": [{"url": address.of_service(house, call)}]})


ROUTES = (OpenRoute("GET", "/openapi.json", show),)
