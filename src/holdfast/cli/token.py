"""`holdfast token`: a token for curl and other clients."""

import click

from . import options
from .client import Client
from .screen import Screen


@click.command("token")
@options.connected
def token(client: Client, screen: Screen) -> None:
    """Print a fresh token, to be sent as X-Auth-Token."""
    signed_in = client.sign_in()
    if screen.as_json:
        screen.document({"token": signed_in.token, "endpoint": signed_in.address})
    else:
        screen.line(signed_in.token)
