"""With what name and password to sign in, and where: a credentials file, or OpenStack's OS_* variables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from holdfast import config

from .failures import Exit, Failure

FILE_NAME = "credentials.json"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What signing in needs.

    `endpoint` is the address of the API without `/v3`; where it is None the catalogue tells. A user or
    project is known by its id, or by its name within a domain. `ca_file` is what a TLS server is checked by.
    An access key is needed by programs that cannot sign in.
    """

    auth_url: str
    password: str
    username: str | None = None
    user_id: str | None = None
    user_domain: Mapping[str, str]
    project_name: str | None = None
    project_id: str | None = None
    project_domain: Mapping[str, str]
    endpoint: str | None = None
    region: str | None = None
    ca_file: str | None = None
    access_key: str | None = None
    secret_key: str | None = None

    @property
    def password_request(self) -> dict[str, Any]:
        """The body of `POST /v3/auth/tokens`."""
        user: dict[str, Any] = {"password": self.password}
        user.update(_named(self.user_id, self.username, self.user_domain))
        project = _named(self.project_id, self.project_name, self.project_domain)
        identity = {"methods": ["password"], "password": {"user": user}}
        return {"auth": {"identity": identity, "scope": {"project": project}}}


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    """The file as `holdfast serve` writes it."""

    endpoint: str
    auth_url: str
    project_id: str
    project_name: str
    domain_name: str = "Default"
    username: str
    password: str
    access_key: str | None = None
    secret_key: str | None = None


def find(environment: Mapping[str, str], data: str | None, file: str | None) -> Credentials:
    """The credentials to use; `data` and `file` are what the command line says, None where it says nothing.

    What was said on the command line wins, then HOLDFAST_CREDENTIALS, HOLDFAST_DATA or HOLDFAST_CONFIG, the
    OS_* variables, and last the data folder where `holdfast serve` puts it. Raises Failure or ConfigError.
    """
    if file is not None:
        return read(Path(file))
    if data is None and environment.get("HOLDFAST_CREDENTIALS"):
        return read(Path(environment["HOLDFAST_CREDENTIALS"]))
    named = environment.get("HOLDFAST_DATA") or environment.get("HOLDFAST_CONFIG")
    if data is None and not named and environment.get("OS_AUTH_URL"):
        return _from_variables(environment)
    return read(config.load(environment, data=data).data / FILE_NAME)


def read(path: Path) -> Credentials:
    """The credentials in a file; raises Failure."""
    try:
        written = msgspec.json.decode(path.read_bytes(), type=_Written)
    except FileNotFoundError:
        raise Failure(
            Exit.NOT_ALLOWED,
            f"no credentials at {path}: start a server there (holdfast serve, holdfast up), or say where"
            " they are with --data, --credentials or the OS_* variables",
        ) from None
    except (OSError, msgspec.MsgspecError) as error:
        raise Failure(Exit.NOT_ALLOWED, f"cannot use the credentials at {path}: {error}") from error
    domain = {"name": written.domain_name}
    return Credentials(
        auth_url=written.auth_url,
        endpoint=written.endpoint,
        username=written.username,
        password=written.password,
        user_domain=domain,
        project_id=written.project_id,
        project_domain=domain,
        access_key=written.access_key,
        secret_key=written.secret_key,
    )


def _from_variables(environment: Mapping[str, str]) -> Credentials:
    def one(*names: str) -> str | None:
        return next((environment[name] for name in names if environment.get(name)), None)

    password = one("OS_PASSWORD")
    if password is None or one("OS_USERNAME", "OS_USER_ID") is None:
        raise Failure(Exit.NOT_ALLOWED, "OS_AUTH_URL is set, but OS_USERNAME or OS_PASSWORD is not")
    if one("OS_PROJECT_NAME", "OS_PROJECT_ID", "OS_TENANT_NAME", "OS_TENANT_ID") is None:
        raise Failure(Exit.NOT_ALLOWED, "OS_AUTH_URL is set, but OS_PROJECT_NAME is not")
    return Credentials(
        auth_url=environment["OS_AUTH_URL"],
        password=password,
        username=one("OS_USERNAME"),
        user_id=one("OS_USER_ID"),
        user_domain=_domain(
            one("OS_USER_DOMAIN_ID"), one("OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_DEFAULT_DOMAIN")
        ),
        project_name=one("OS_PROJECT_NAME", "OS_TENANT_NAME"),
        project_id=one("OS_PROJECT_ID", "OS_TENANT_ID"),
        project_domain=_domain(
            one("OS_PROJECT_DOMAIN_ID"), one("OS_PROJECT_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_DEFAULT_DOMAIN")
        ),
        region=one("OS_REGION_NAME"),
        ca_file=one("OS_CACERT"),
        access_key=one("OS_ACCESS_KEY"),
        secret_key=one("OS_SECRET_KEY"),
    )


def _domain(domain_id: str | None, name: str | None) -> dict[str, str]:
    return {"id": domain_id} if domain_id else {"name": name or "Default"}


def _named(known_id: str | None, name: str | None, domain: Mapping[str, str]) -> dict[str, Any]:
    return {"id": known_id} if known_id else {"name": name, "domain": dict(domain)}
