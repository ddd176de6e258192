"""An address of a store, `s3://bucket/prefix?patience=60`, and what it opens."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, MemoryStore, S3Store

from .bucket import Store
from .errors import StoreError
from .patience import Patience

_OPTIONS = {
    "endpoint": (re.compile(r"https?://[^/\s]+(/\S*)?"), "the http:// or https:// address of a server"),
    "patience": (re.compile(r"[0-9]{1,5}(\.[0-9]+)?"), "a number of seconds"),
}
_CONNECT_SECONDS = 10.0
_MEMORY: dict[str, MemoryStore] = {}


@dataclass(frozen=True)
class Address:
    """The parts of a store's URL."""

    url: str
    scheme: str
    bucket: str
    path: str
    endpoint: str | None
    patience: Patience

    @property
    def name(self) -> str:
        """What messages call the bucket."""
        return f"bucket {self.bucket}" + (f" at {self.endpoint}" if self.endpoint else "")


def parse(url: str) -> Address:
    """The address in a URL; raises StoreError for one that is none."""
    parts = urlsplit(url)
    if parts.scheme == "file" and (parts.netloc or not parts.path.startswith("/")):
        raise StoreError(f"{url}: a folder's address has three slashes, file:///srv/vaults")
    options = {} if parts.scheme in ("file", "memory") else dict(parse_qsl(parts.query))
    for option, value in options.items():
        if option not in _OPTIONS:
            raise StoreError(f"{url}: {option} is no option of a store's address")
        form, meaning = _OPTIONS[option]
        if not form.fullmatch(value):
            raise StoreError(f"{url}: {option} is {meaning}")
    patience = Patience(float(options["patience"])) if "patience" in options else Patience()
    return Address(url, parts.scheme, parts.netloc, unquote(parts.path), options.get("endpoint"), patience)


def open_bucket(address: Address) -> Store:
    """The store at an address that is no folder; raises StoreError."""
    maker = _MAKERS.get(address.scheme)
    if maker is None:
        raise StoreError(f"{address.url}: there are no stores of the kind {address.scheme}://")
    if not address.bucket and address.scheme != "memory":
        raise StoreError(f"{address.url} names no bucket")
    try:
        return maker(address)
    except BaseError as error:
        raise StoreError(f"{address.url}: {str(error).partition(chr(10))[0]}") from error


def _memory(address: Address) -> Store:
    return _MEMORY.setdefault(address.url, MemoryStore())


def _s3(address: Address) -> Store:
    # not every server of the protocol knows how to delete many objects in one request
    return S3Store(
        address.bucket,
        config={"disable_bulk_delete": True, **({"endpoint": address.endpoint} if address.endpoint else {})},
        **_client(address.patience),
    )


def _azure(address: Address) -> Store:
    return AzureStore(
        address.bucket,
        config={"endpoint": address.endpoint} if address.endpoint else {},
        **_client(address.patience),
    )


def _google(address: Address) -> Store:
    return GCSStore(
        address.bucket,
        config={"base_url": address.endpoint} if address.endpoint else {},
        **_client(address.patience),
    )


def _client(patience: Patience) -> dict[str, Any]:  # obstore's types of these are for type checkers only
    """Single requests, each bounded in time: what to try again is decided in `patience`, alike for all.

    Plain HTTP is used only where the endpoint says `http://`: then the operator wants it.
    """
    limits = {
        "allow_http": True,
        "connect_timeout": timedelta(seconds=min(_CONNECT_SECONDS, patience.request_seconds)),
        "timeout": timedelta(seconds=patience.request_seconds),
    }
    return {"client_options": limits, "retry_config": {"max_retries": 0, "retry_timeout": timedelta(0)}}


_MAKERS: dict[str, Callable[[Address], Store]] = {
    "memory": _memory,
    "s3": _s3,
    "s3a": _s3,
    "az": _azure,
    "azure": _azure,
    "gs": _google,
}
