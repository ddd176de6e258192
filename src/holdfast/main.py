"""The only file that knows every room: puts a house together from its configuration, and takes it down."""

import fcntl
import json
import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import uvicorn
from cryptography.fernet import Fernet
from sqlalchemy.exc import DatabaseError

from holdfast.api import app
from holdfast.config import Config, ConfigError
from holdfast.crew import collector
from holdfast.db import seals
from holdfast.db.database import Database, TooNewError, migrate, open_database
from holdfast.engine.revival import Revived
from holdfast.engine.worker import Worker
from holdfast.model import ids
from holdfast.model.errors import InvalidParameter, NotFound
from holdfast.model.project import DEFAULT_DOMAIN_NAME
from holdfast.repo import repository
from holdfast.repo.repository import Repository
from holdfast.service import access_keys, accounts, resources, vaults
from holdfast.service.context import House
from holdfast.service.repositories import FOLDER
from holdfast.store.objects import StoreError, open_store
from holdfast.web.pages import Console

log = logging.getLogger(__name__)

WEB_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Running:
    """A house that answers: where, the folder with its credentials, and what its services work with.

    `hurry` lets it end without waiting for tasks that run.
    """

    endpoint: str
    data: Path
    house: House
    hurry: Callable[[], None]


@dataclass(frozen=True)
class Holder:
    """The name under which a process holds leases, and whether no other process has that name's file."""

    id: str
    is_first: bool


def serve(config: Config) -> None:
    """Run API, scheduler and worker in this process until SIGTERM or SIGINT."""
    with running(config) as house:
        log.info("holdfast serves %s, where browsers find the console", house.endpoint)
        wait_for_signal(house.hurry)


def work(config: Config) -> None:
    """Run a worker of the configured sites in this process until SIGTERM or SIGINT."""
    collector.relax()
    with ExitStack() as stack:
        db = stack.enter_context(opened(config))
        resources.register_of_sites(db, config)
        worker = Worker(db, config, stack.enter_context(named(config.data / "worker-id")).id)
        worker.start()
        stack.callback(worker.stop, config.stop_seconds)
        log.info("holdfast works for %s", ", ".join(config.sites))
        wait_for_signal(worker.hurry)


@contextmanager
def running(config: Config) -> Iterator[Running]:
    """A house that answers while the context is open. Raises ConfigError where it cannot be set up."""
    collector.relax()
    with ExitStack() as stack:
        listener = stack.enter_context(listening(config))
        config = with_address(config, listener)
        db = stack.enter_context(opened(config))
        holder = stack.enter_context(named(config.data / "server-id"))
        if not holder.is_first:
            raise ConfigError(f"data: another holdfast serves from {config.data}")
        settle(db, config)
        worker = Revived(lambda fenced: Worker(db, config, holder.id, fenced, config.polling_seconds))
        answering = app.build(db, config, worker.wake)
        web = uvicorn.Server(
            uvicorn.Config(
                Console(answering),
                log_level="warning",
                access_log=False,
                lifespan="off",
                use_colors=False,  # to find out, it would ask a standard output that may be closed
            )
        )
        worker.start()
        stack.callback(worker.stop, config.stop_seconds)
        thread = threading.Thread(target=web.run, args=([listener],), name="http", daemon=True)
        thread.start()
        stack.callback(end_web, web, thread)
        stack.callback(app.stop, answering)
        wait_until_answering(web, thread)
        yield Running(config.endpoint_url, config.data, House(db, config, worker.wake), worker.hurry)


@contextmanager
def opened(config: Config) -> Iterator[Database]:
    """The rows of this configuration, migrated. Raises ConfigError naming what cannot be used."""
    with private_files(), _opened(config) as db:
        yield db


@contextmanager
def private_files() -> Iterator[None]:
    """What the process makes meanwhile, nobody else may read, unless it says so itself."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _opened(config: Config) -> Iterator[Database]:
    try:
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"data: {config.data}: {error.strerror}") from error
    key = sealing_key(config.key_path)
    try:
        open_store(config.store_url)
    except (StoreError, ValueError, OSError) as error:
        raise ConfigError(f"store: {error}") from error
    try:
        db = open_database(config.database_url, key, config.task_cache_mb << 20)
    except ValueError as error:
        raise ConfigError(f"database: {error}") from error
    try:
        _prepare(db, config)
        yield db
    finally:
        db.close()


def _prepare(db: Database, config: Config) -> None:
    """Migrate the rows, and see that the key is theirs; raises ConfigError."""
    try:
        migrate(db)
        with db.reading() as tx:
            seals.check(tx)
    except DatabaseError as error:
        raise ConfigError(f"database: {error.orig}") from error
    except TooNewError as error:
        raise ConfigError(
            "database: a newer holdfast has worked with it: start that one, or put back a copy from before"
        ) from error
    except seals.WrongKeyError as error:
        # To go on would seal what is new under a second key, and lock out whoever finds the right one.
        raise ConfigError(
            f"key_file: {config.key_path} is not the key that sealed the database's secrets: put that back"
        ) from error


@contextmanager
def known(config: Config) -> Iterator[Database]:
    """The rows of a house that has been started before, for the operator's commands.

    Raises ConfigError where there is none: a mistyped folder must not become a house.
    """
    if not config.key_path.exists():
        raise ConfigError(f"data: no holdfast has been started on {config.data}; `holdfast serve` starts one")
    with opened(config) as db:
        yield db


def sealing_key(path: Path) -> bytes:
    """The key in the file, made at the first start. Raises ConfigError where it is none."""
    if not path.exists():
        fresh = _write_private(path, Fernet.generate_key())
        with suppress(FileExistsError):  # another server that starts at this moment was faster: its key holds
            os.link(fresh, path)
        fresh.unlink()
    try:
        key = path.read_bytes().strip()
        Fernet(key)
    except (OSError, ValueError) as error:
        raise ConfigError(f"key_file: {path} holds no key: {error}") from error
    return key


def settle(db: Database, config: Config) -> None:
    """Make the first administrator where there is none, and register what the configuration names."""
    path = config.data / "credentials.json"
    first = accounts.bootstrap(
        db, config.region, lambda made: write_credentials(path, config, credentials_of(made))
    )
    if first is None:
        renew_credentials(db, path, config)
    resources.register_configured(db, config)


def renew_credentials(db: Database, path: Path, config: Config) -> None:
    """Tell in the file where this house is now; what somebody else has made of it stays as it is."""
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s is left as it is: %s", path, error)
        return
    write_credentials(path, config, with_access_key(db, kept))


def credentials_of(first: accounts.FirstAdministrator) -> dict[str, str]:
    """What the first administrator needs to sign in, or to sign requests."""
    return {
        "project_id": first.project.id,
        "project_name": first.project.name,
        "domain_name": DEFAULT_DOMAIN_NAME,
        "username": first.user.name,
        "password": first.password,
        "access_key": first.access_key.key.id,
        "secret_key": first.access_key.secret,
    }


def with_access_key(db: Database, account: Mapping[str, str]) -> Mapping[str, str]:
    """The account as it was kept; one that was kept before there were access keys gets one, if it may."""
    if account.get("access_key") or "username" not in account:
        return account
    try:
        user_id = access_keys.find_user_id(db, account["username"])
        made = access_keys.make(db, user_id, accounts.FIRST_KEY)
    except (NotFound, InvalidParameter):  # gone, or with keys enough of their own
        return account
    return {**account, "access_key": made.key.id, "secret_key": made.secret}


def write_credentials(path: Path, config: Config, account: Mapping[str, str]) -> None:
    """Keep how to reach this house and its first administrator, readable by nobody else."""
    endpoint = config.endpoint_url
    content = {**account, "endpoint": endpoint, "auth_url": f"{endpoint}/identity/v3"}
    _write_private(path, json.dumps(content, indent=2).encode() + b"\n").replace(path)


@contextmanager
def listening(config: Config) -> Iterator[socket.socket]:
    """A socket on the configured address. Raises ConfigError where it is taken or not ours."""
    host, port = config.address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        try:
            listener.bind((host, port))
        except OSError as error:
            raise ConfigError(f"listen: {config.listen}: {error.strerror}") from error
        yield listener


def with_address(config: Config, listener: socket.socket) -> Config:
    """The configuration with the port that was really taken."""
    host = config.listen.rpartition(":")[0] or "127.0.0.1"
    return msgspec.structs.replace(config, listen=f"{host}:{listener.getsockname()[1]}")


@contextmanager
def named(path: Path) -> Iterator[Holder]:
    """The name, kept in this file, under which this process holds leases.

    The process that holds the file has one name over restarts, so that it resumes its own work at once; every
    other process beside it gets a fresh one.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield Holder(_fresh_worker_id(), is_first=False)
            return
        name = file.read().strip()
        if not name:
            name = _fresh_worker_id()
            file.write(name)
            file.flush()
        yield Holder(name, is_first=True)


def wait_until_answering(web: uvicorn.Server, thread: threading.Thread) -> None:
    """Wait until requests are taken."""
    while not web.started and thread.is_alive():
        time.sleep(0.005)


def end_web(web: uvicorn.Server, thread: threading.Thread) -> None:
    """Let the answers under way go out, then close."""
    web.should_exit = True
    thread.join(WEB_STOP_SECONDS)


def wait_for_signal(again: Callable[[], None]) -> None:
    """Sleep until somebody asks the process to end; `again` is called, at any moment, when they repeat it."""
    wait_for(ending(again))


def ending(again: Callable[[], None] = lambda: None) -> threading.Event:
    """Is set as soon as somebody asks the process to end, from now on; `again` is called if they do again."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: again() if asked.is_set() else asked.set())
    return asked


def wait_for(asked: threading.Event) -> None:
    """Sleep until this is set; signals are taken meanwhile."""
    while not asked.wait(1.0):
        continue


def repository_env(config: Config, vault: str) -> dict[str, str]:
    """What stock restic needs to open a vault, by the vault's name or id.

    Raises VaultNotFound, or InvalidParameter where several vaults have the name.
    """
    with known(config) as db:
        return vaults.repository_env(db, config, vault)


@contextmanager
def opened_vault(config: Config, vault: str) -> Iterator[Repository]:
    """A vault's repository, by the vault's name or id; a server may be up or down.

    Raises VaultNotFound, InvalidParameter where several vaults have the name, NotARepository where nothing
    has been backed up yet, or what opening it refuses.
    """
    with known(config) as db:
        vault_id, password = vaults.repository_secret(db, vault)
    with private_files():
        store = open_store(config.store_url, FOLDER, vault_id)
        yield repository.open_repository(store, password, config.cache_path)


def _fresh_worker_id() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{ids.new()[:8]}"


def _write_private(path: Path, content: bytes) -> Path:
    """A new file beside `path` that nobody else may read, complete on the disk; its name."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise ConfigError(f"data: {path}: {error.strerror}") from error
    return fresh
