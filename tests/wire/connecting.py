"""openstacksdk as its users connect it."""

from collections.abc import Mapping
from typing import Any

import openstack
from otcextensions import sdk


def connected(known: Mapping[str, str]) -> Any:
    """A connection with otcextensions for these credentials."""
    connection = plainly_connected(known)
    sdk.register_otc_extensions(connection)
    return connection


def plainly_connected(known: Mapping[str, str]) -> Any:
    """A connection for these credentials; nothing else of the machine misleads it."""
    return openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        region_name="local-1",
        auth={
            "auth_url": known["auth_url"],
            "username": known["username"],
            "password": known["password"],
            "user_domain_name": known["domain_name"],
            "project_name": known["project_name"],
            "project_domain_name": known["domain_name"],
        },
    )
