"""Every operation of huaweicloudsdkcbr by name, with its own models, and a note of which were asked."""

import inspect
import re
from dataclasses import dataclass, field
from typing import Any

import huaweicloudsdkcbr.v1.model as models
from huaweicloudsdkcbr.v1 import CbrClient

_LIST = re.compile(r"list\[(\w+)\]")


def operations() -> set[str]:
    """All that the SDK's client can be asked."""
    return {
        name
        for name, function in inspect.getmembers(CbrClient, inspect.isfunction)
        if name in CbrClient.__dict__ and hasattr(models, request_name(name)) and function.__doc__
    }


def request_name(operation: str) -> str:
    return "".join(word.capitalize() for word in operation.split("_")) + "Request"


def made(kind: str, value: Any) -> Any:
    """The SDK's model of this kind, filled from plain values; a member it does not know is an error."""
    inner = _LIST.fullmatch(kind)
    if inner is not None:
        return [made(inner[1], item) for item in value]
    model = getattr(models, kind, None)
    if model is None or not isinstance(value, dict):
        return value
    return model(**{name: made(model.openapi_types[name], item) for name, item in value.items()})


@dataclass
class Asking:
    """One client, and what it was asked so far."""

    client: CbrClient
    asked: set[str] = field(default_factory=set)

    def __call__(self, operation: str, body: Any = None, **parameters: Any) -> Any:
        request = getattr(models, request_name(operation))
        if body is not None:
            parameters["body"] = made(request.openapi_types["body"], body)
        reply = getattr(self.client, operation)(request(**parameters))
        self.asked.add(operation)
        return reply
