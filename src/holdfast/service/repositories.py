"""Where a vault's repository lies, as stock restic spells it, and how it comes to be."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from holdfast.config import ConfigError
from holdfast.repo import repository
from holdfast.repo.errors import AlreadyARepository
from holdfast.repo.repository import Repository
from holdfast.store.objects import Objects

FOLDER = "vaults"
_COST = 10  # a vault's secret is 256 random bits: no work on top of that makes it harder to guess
_AWS = "https://s3.amazonaws.com"


def address(store_url: str, vault_id: str) -> str:
    """What RESTIC_REPOSITORY must say for a vault.

    Raises ConfigError for a store that restic cannot reach, which is the memory of another process.
    """
    parts = urlsplit(store_url)
    if parts.scheme not in _SPELLINGS:
        raise ConfigError(f"store: restic cannot reach {parts.scheme}://")
    path = f"{unquote(parts.path).strip('/')}/{FOLDER}/{vault_id}".lstrip("/")
    return _SPELLINGS[parts.scheme](parts, path)


def make(store: Objects, secret: str, cache: Path | None = None) -> Repository:
    """The repository, made if there is none; of several that do so at once, one makes it.

    `cache` is as for opening it. Raises what opening it refuses.
    """
    if repository.exists(store):
        return repository.open_repository(store, secret, cache)
    try:
        return repository.init(store, secret, cost=_COST, cache=cache)
    except AlreadyARepository:  # another process was faster
        return repository.open_repository(store, secret, cache)


def _folder(_url: SplitResult, path: str) -> str:
    return f"/{path}"


def _s3(url: SplitResult, path: str) -> str:
    told = parse_qs(url.query).get("endpoint", [""])[-1]
    endpoint = told or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or _AWS
    return f"s3:{endpoint.rstrip('/')}/{url.netloc}/{path}"


def _azure(url: SplitResult, path: str) -> str:
    return f"azure:{url.netloc}:/{path}"


def _google(url: SplitResult, path: str) -> str:
    return f"gs:{url.netloc}:/{path}"


_SPELLINGS: Mapping[str, Callable[[SplitResult, str], str]] = MappingProxyType(
    {"file": _folder, "s3": _s3, "s3a": _s3, "az": _azure, "azure": _azure, "gs": _google}
)
