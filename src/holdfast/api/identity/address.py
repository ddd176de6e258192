"""Where this service is, as clients are told."""

from holdfast.api.request import Call
from holdfast.service.context import Context, House


def of_service(house: House | Context, call: Call) -> str:
    """The configured address, or else the one by which the caller came; without a trailing slash."""
    return house.config.endpoint_url if house.config.endpoint else call.address


def of_identity(house: House, call: Call) -> str:
    """The address to sign in at: `auth_url` of the clients' configuration."""
    return f"{of_service(house, call)}/identity/v3"
