"""Everything an operator can set, read once from a TOML file and the environment, as one frozen value.

The environment wins over the file, the command line over both. Every setting is described in
`docs/operate/configuration.md`; a test holds that page complete.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from holdfast.model import history
from holdfast.model.errors import InvalidParameter
from holdfast.model.project import Role
from holdfast.model.region import RemoteRegion
from holdfast.model.task import Operation

# Keystone's own roles, and what they are here.
KEYSTONE_ROLES: Mapping[str, Role] = MappingProxyType(
    {"admin": Role.ADMIN, "member": Role.OPERATOR, "reader": Role.READER}
)

MOST_TIMEOUT_MINUTES = 525_600  # a year
MOST_PRUNE_HOURS = 8_760  # a year
MOST_TASK_CACHE_MB = 1 << 20


class ConfigError(Exception):
    """A setting that cannot be used; the message names it."""


class ConfiguredResource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """One `[[resource]]` table: `type`, `name`, `provider`, and the provider's own keys in `settings`.

    `type` is `directory`, `disk` or `server` as people say it, or a CBR resource type; `project` is the name
    of the project that may protect it, by default the first one. Without `tags` it keeps those that it has.
    Only workers of `site` can reach it; without one, any.
    """

    type: str
    name: str
    provider: str
    project: str | None = None
    tags: dict[str, str] | None = None
    site: str | None = None
    settings: dict[str, Any] = {}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one process.

    `database` and `store` are URLs; empty means the embedded default in `data`. `endpoint` is the address
    that clients are told in the catalogue; empty means the one listened on. `key_file` holds the key that
    seals the vaults' passwords in the database; every process of one installation needs the same one. This
    process's worker reaches the resources of `sites`, and those of none.
    `keystone_url` names a Keystone whose tokens count here in place of our own; empty means there is none.
    `metrics_token` lets a monitoring system in; where there is none, there is nothing for it to see.
    Vaults are pruned every `prune_hours` at most, or never where that is 0.
    Tasks are kept for `history_days` where their project says nothing else, or for ever where that is 0.
    Of older tasks' columns, which lists are found by, up to `task_cache_mb` MiB stay in memory.
    `timeout_minutes` says how long tasks of a type may run; a policy may say otherwise of its own.
    """

    data: Path = Path("holdfast-data")
    listen: str = "127.0.0.1:8776"
    endpoint: str = ""
    database: str = ""
    store: str = ""
    region: str = "local-1"
    sites: tuple[str, ...] = ("default",)
    worker_slots: int = 2
    lease_seconds: float = 30.0
    stop_seconds: float = 20.0
    prune_hours: float = 24.0
    history_days: int = 400
    token_hours: float = 24.0
    signature_skew_minutes: float = 15.0
    keystone_url: str = ""
    keystone_cache_seconds: float = 30.0
    keystone_roles: Mapping[str, Role] = msgspec.field(default_factory=lambda: dict(KEYSTONE_ROLES))
    key_file: Path | None = None
    restore_roots: tuple[Path, ...] = ()
    metrics_token: str = ""
    task_cache_mb: int = 256
    region_silence_hours: float = 24.0
    remote_regions: tuple[RemoteRegion, ...] = ()
    timeout_minutes: Mapping[Operation, float] = {}
    resources: tuple[ConfiguredResource, ...] = ()

    def __repr__(self) -> str:
        """Without what is secret: an address may hold a password."""
        return (
            f"{type(self).__name__}(data={str(self.data)!r}, listen={self.listen!r}, region={self.region!r})"
        )

    @property
    def database_url(self) -> str:
        """Where the rows are."""
        return self.database or f"sqlite:///{self.data.absolute() / 'holdfast.db'}"

    @property
    def store_url(self) -> str:
        """Where the vaults' bytes are."""
        return self.store or (self.data.absolute() / "store").as_uri()

    @property
    def own_folders(self) -> tuple[str, ...]:
        """The folders of this machine that hold the house itself, and are never part of a backup."""
        store = urlsplit(self.store_url)
        folders = [self.data.absolute()]
        if store.scheme == "file":
            folders.append(Path(unquote(store.path)))
        return tuple(str(folder) for folder in folders)

    @property
    def cache_path(self) -> Path:
        """Where what can be read again is kept for next time; it may be removed at any moment."""
        return self.data.absolute() / "cache"

    @property
    def keystone_v3_url(self) -> str:
        """The external Keystone's version 3, without a trailing slash; empty where there is none."""
        url = self.keystone_url.rstrip("/")
        return url if not url or url.endswith("/v3") else f"{url}/v3"

    @property
    def key_path(self) -> Path:
        """The file with the key that seals the vaults' passwords."""
        return self.key_file or self.data / "key"

    def time_limit_seconds(self, operation: Operation) -> float | None:
        """How long a task of this type may run, unless its policy says; None for as long as it takes."""
        minutes = self.timeout_minutes.get(operation)
        return None if minutes is None else minutes * 60

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on; raises ConfigError."""
        host, colon, port = self.listen.rpartition(":")
        if not colon or not port.isdigit() or int(port) > 65535:
            raise ConfigError(f"listen: {self.listen!r} is not HOST:PORT")
        return host.strip("[]") or "127.0.0.1", int(port)

    @property
    def endpoint_url(self) -> str:
        """The address that clients are told, without a trailing slash."""
        return self.endpoint.rstrip("/") or f"http://{self.listen}"

    @property
    def polling_seconds(self) -> float:
        """How often a worker looks whether there is work on its queue."""
        return 0.5


class Ephemeral(Config, frozen=True, kw_only=True):
    """The settings of a house that is gone afterwards, with made-up resources in the folder `simulated`.

    Nobody waits for its work to end well, and whoever started it waits for its work to begin.
    """

    simulated: Path
    stop_seconds: float = 0.0
    prune_hours: float = 0.0

    @property
    def polling_seconds(self) -> float:
        """Often: there is nobody else on the machine's one queue."""
        return 0.1


_OWN_RESOURCE_KEYS = {"type", "name", "provider", "project", "tags", "site"}
_ENVIRONMENT = {
    "HOLDFAST_DATA": "data",
    "HOLDFAST_LISTEN": "listen",
    "HOLDFAST_ENDPOINT": "endpoint",
    "HOLDFAST_DATABASE": "database",
    "HOLDFAST_STORE": "store",
    "HOLDFAST_REGION": "region",
    "HOLDFAST_SITE": "site",
    "HOLDFAST_WORKER_SLOTS": "worker_slots",
    "HOLDFAST_LEASE_SECONDS": "lease_seconds",
    "HOLDFAST_STOP_SECONDS": "stop_seconds",
    "HOLDFAST_PRUNE_HOURS": "prune_hours",
    "HOLDFAST_HISTORY_DAYS": "history_days",
    "HOLDFAST_TOKEN_HOURS": "token_hours",
    "HOLDFAST_SIGNATURE_SKEW_MINUTES": "signature_skew_minutes",
    "HOLDFAST_KEYSTONE_URL": "keystone_url",
    "HOLDFAST_KEYSTONE_CACHE_SECONDS": "keystone_cache_seconds",
    "HOLDFAST_KEY_FILE": "key_file",
    "HOLDFAST_METRICS_TOKEN": "metrics_token",
    "HOLDFAST_TASK_CACHE_MB": "task_cache_mb",
    "HOLDFAST_REGION_SILENCE_HOURS": "region_silence_hours",
}


def load(environment: Mapping[str, str], **given: Any) -> Config:
    """Read the configuration; `given` are command line values, None where nothing was said.

    The file is named by `given["config"]` or HOLDFAST_CONFIG. Raises ConfigError naming the setting.
    """
    path = given.pop("config", None) or environment.get("HOLDFAST_CONFIG")
    values = _read_file(Path(path)) if path else {}
    said = {field: environment[name] for name, field in _ENVIRONMENT.items() if environment.get(name)}
    values.update(_with_sites(said))
    values.update(_with_sites({field: value for field, value in given.items() if value is not None}))
    try:
        config = msgspec.convert(values, Config, strict=False, dec_hook=_as_path)
    except msgspec.ValidationError as error:
        reason, at, path = str(error).partition(" - at `$.")
        raise ConfigError(f"{path.rstrip('`')}: {reason}" if at else reason) from error
    if "" in (values.get("data"), values.get("key_file")):
        # An empty path would be the current folder: nobody means that, a variable was not set.
        raise ConfigError("data, key_file: must not be empty")
    _check(config)
    return config


def _read_file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    tables = values.pop("resource", [])
    if "remote_region" in values:
        values["remote_regions"] = values.pop("remote_region")
    values = _with_sites(values)
    unknown = set(values) - set(Config.__struct_fields__)
    if unknown:
        raise ConfigError(f"{path}: unknown setting {', '.join(sorted(unknown))}")
    values["resources"] = [_resource_table(table) for table in tables]
    return values


def _with_sites(said: dict[str, Any]) -> dict[str, Any]:
    """What was said with `site`, one name or several with commas between them, as `sites`."""
    if "site" not in said:
        return said
    if "sites" in said or not isinstance(said["site"], str):
        raise ConfigError("site: give one name, or a list as sites, and not both")
    rest = {field: value for field, value in said.items() if field != "site"}
    return {**rest, "sites": [name.strip() for name in said["site"].split(",")]}


def _resource_table(table: dict[str, Any]) -> dict[str, Any]:
    settings = {key: value for key, value in table.items() if key not in _OWN_RESOURCE_KEYS}
    return {**{key: table[key] for key in _OWN_RESOURCE_KEYS & table.keys()}, "settings": settings}


def _as_path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"expected a {kind.__name__.lower()}, got {value!r}")


def _check(config: Config) -> None:
    _ = config.address
    _check_worker(config)
    if config.token_hours <= 0:
        raise ConfigError("token_hours: must be more than 0")
    if config.signature_skew_minutes <= 0:
        raise ConfigError("signature_skew_minutes: must be more than 0")
    if not all(0 < minutes <= MOST_TIMEOUT_MINUTES for minutes in config.timeout_minutes.values()):
        raise ConfigError(f"timeout_minutes: must be more than 0, and at most {MOST_TIMEOUT_MINUTES}")
    if not (config.metrics_token.isascii() and config.metrics_token.isprintable()):
        raise ConfigError("metrics_token: must be printable ASCII characters")
    _check_address(config)
    _check_keystone(config)
    _check_regions(config)


def _check_worker(config: Config) -> None:
    if config.worker_slots < 1:
        raise ConfigError("worker_slots: must be at least 1")
    if config.lease_seconds < 1:
        raise ConfigError("lease_seconds: must be at least 1")
    if config.stop_seconds < 0:
        raise ConfigError("stop_seconds: must not be less than 0")
    if not 0 <= config.prune_hours <= MOST_PRUNE_HOURS:
        raise ConfigError(f"prune_hours: must be 0 for never, and at most {MOST_PRUNE_HOURS}")
    if not 0 <= config.history_days <= history.MOST_DAYS:
        raise ConfigError(f"history_days: must be 0 for ever, and at most {history.MOST_DAYS}")
    if not 0 <= config.task_cache_mb <= MOST_TASK_CACHE_MB:
        raise ConfigError(f"task_cache_mb: must be from 0 to {MOST_TASK_CACHE_MB}")
    if not config.sites or not all(_is_site(name) for name in config.sites):
        raise ConfigError("site: names must not be empty, nor hold commas, slashes or line breaks")


def _check_regions(config: Config) -> None:
    if config.region_silence_hours <= 0:
        raise ConfigError("region_silence_hours: must be more than 0")
    names = [config.region, *(one.name for one in config.remote_regions)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"remote_region: {', '.join(twice)} is another region's name already")
    for one in config.remote_regions:
        try:
            one.check()
        except InvalidParameter as refusal:
            raise ConfigError(f"remote_region {one.name}: {refusal}") from refusal


def _is_site(name: str) -> bool:
    return bool(name.strip()) and not set(name) & set(",/\n\0")


def _check_address(config: Config) -> None:
    known = urlsplit(config.endpoint)
    if config.endpoint and (known.scheme not in ("http", "https") or not known.hostname):
        raise ConfigError(f"endpoint: {config.endpoint!r} is not an http:// or https:// address")
    for root in config.restore_roots:
        if not root.is_absolute():
            raise ConfigError(f"restore_roots: {root} is not an absolute path")


def _check_keystone(config: Config) -> None:
    if config.keystone_url and urlsplit(config.keystone_url).scheme not in ("http", "https"):
        raise ConfigError("keystone_url: must begin with http:// or https://")
    if config.keystone_cache_seconds < 0:
        raise ConfigError("keystone_cache_seconds: must not be less than 0")
