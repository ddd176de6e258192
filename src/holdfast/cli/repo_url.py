"""`holdfast repo url`: what stock restic needs to reach a vault over HTTP, on any machine."""

import shlex
from urllib.parse import quote, urlsplit

import click

from . import names, options
from .client import Client
from .credentials import Credentials
from .failures import Exit, Failure
from .screen import Screen


@click.command("url")
@click.argument("vault")
@options.connected
def url(client: Client, screen: Screen, vault: str) -> None:
    """Print the RESTIC_REPOSITORY and RESTIC_PASSWORD of a vault for use over HTTP.

    For whoever is signed in and no reader: with the access key of the credentials file, or OS_ACCESS_KEY and
    OS_SECRET_KEY. No store needs to be in reach.
    """
    key = _access_key(client.credentials)
    address = urlsplit(client.sign_in().address)
    vault_id = names.vault(client, vault)["id"]
    password = client.get(f"/vaults/{vault_id}/repository-key")["password"]
    path = f"{address.path}/vaults/{vault_id}/repository/"
    known = {
        "RESTIC_REPOSITORY": f"rest:{address.scheme}://{key}@{address.netloc}{path}",
        "RESTIC_PASSWORD": password,
    }
    if screen.as_json:
        screen.document(known)
        return
    for name, value in known.items():
        screen.line(f"{name}={shlex.quote(value)}")


def _access_key(known: Credentials) -> str:
    """Access key and secret as a URL spells them; raises Failure where there is none."""
    if not known.access_key or not known.secret_key:
        raise Failure(
            Exit.NOT_ALLOWED,
            "restic needs an access key, and these credentials have none: set OS_ACCESS_KEY and OS_SECRET_KEY"
            " (on the server's machine, holdfast accounts key add USER makes one)",
        )
    return f"{quote(known.access_key, safe='')}:{quote(known.secret_key, safe='')}"
