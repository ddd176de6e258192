"""Regions: another installation that takes replicas, and what it is like when it is asked."""

import re
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from .errors import InvalidParameter

_NAME = re.compile(r"[a-zA-Z0-9._\-]{1,255}")
# Beginning of the site of tasks that are done from another region: no worker here serves it.
_ELSEWHERE = "region/"


class RemoteRegion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another holdfast, and how to sign in there.

    `endpoint` is its address, as `http://host:port`; `auth_url` is told where people sign in elsewhere. Signs
    in either a user of `domain_name` with a password, or an application credential. `ca_file` holds the
    certificates that are trusted in place of the machine's. Only the `projects` of this side, by their ids,
    may send there; without any, all.
    """

    name: str
    endpoint: str
    auth_url: str = ""
    username: str = ""
    password: str = ""
    domain_name: str = "Default"
    application_credential_id: str = ""
    application_credential_secret: str = ""
    ca_file: Path | None = None
    projects: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without what is secret."""
        return f"RemoteRegion(name={self.name!r}, endpoint={self.endpoint!r})"

    @property
    def address(self) -> str:
        """The endpoint without a trailing slash."""
        return self.endpoint.rstrip("/")

    @property
    def identity_url(self) -> str:
        """Where to sign in, version 3, without a trailing slash."""
        return (self.auth_url or f"{self.address}/identity/v3").rstrip("/")

    @property
    def by_credential(self) -> bool:
        """Whether an application credential signs in: it is good for one project only."""
        return bool(self.application_credential_id)

    def serves(self, project_id: str) -> bool:
        """Whether this project may send replicas there."""
        return not self.projects or project_id in self.projects

    def check(self) -> None:
        """Raises InvalidParameter for one that cannot be asked."""
        if _NAME.fullmatch(self.name) is None:
            raise InvalidParameter("name", "must be 1 to 255 letters, digits, dots, dashes or underscores")
        _check_address("endpoint", self.endpoint)
        if self.auth_url:
            _check_address("auth_url", self.auth_url)
        person = (self.username, self.password)
        program = (self.application_credential_id, self.application_credential_secret)
        whole = [all(pair) for pair in (person, program)]
        if whole.count(True) != 1 or any(person) is any(program):
            raise InvalidParameter(
                "username",
                "give username and password, or application_credential_id and application_credential_secret",
            )


class RegionState(StrEnum):
    """What became of asking a region. `here` is the one that is asked."""

    HERE = "here"
    ANSWERS = "answers"
    UNREACHABLE = "unreachable"
    REFUSES = "refuses"


class RegionSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A region as it answered a moment ago; `calls_itself` is its own name for itself."""

    name: str
    endpoint: str
    state: RegionState
    calls_itself: str = ""
    message: str = ""


def site_of(source_region: str) -> str:
    """The site of tasks whose work that region does."""
    return f"{_ELSEWHERE}{source_region}"


def _check_address(field: str, text: str) -> None:
    try:
        address = urlsplit(text)
        known = address.scheme in ("http", "https") and bool(address.hostname)
        shows_secret = "@" in address.netloc  # addresses are shown to whoever may send there
    except ValueError:
        known = shows_secret = False
    if shows_secret:
        raise InvalidParameter(field, "must not name who asks: give username and password")
    if not known:
        raise InvalidParameter(field, "must be an http:// or https:// address")
