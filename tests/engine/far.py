"""A second house far away: rows and a store of its own, asked over a real socket, with no worker at work."""

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec.structs import replace
from starlette.types import ASGIApp
from tests.conftest import KEY
from tests.engine.house import House, built

from holdfast.api.app import build
from holdfast.db import accounts as account_rows
from holdfast.db.database import open_database
from holdfast.model import clock
from holdfast.model.backup import Backup
from holdfast.model.policy import Destination
from holdfast.model.project import DEFAULT_DOMAIN_ID, Role
from holdfast.model.region import RemoteRegion
from holdfast.model.task import Page, ReplicationDetail, Task
from holdfast.model.task_filter import TaskFilter
from holdfast.model.vault import ProtectType, Vault
from holdfast.service import (
    accounts,
    application_credentials,
    backups,
    passwords,
    replications,
    sessions,
    tasks,
)
from holdfast.service.application_credentials import NewCredential
from holdfast.service.backups import BackupFilter
from holdfast.service.replications import WantedReplica
from holdfast.service.sessions import Named, Scope

NAME = "far-1"
USER = "sender"
PASSWORD = "a password that is not told"


@dataclass
class Far:
    """The house, and where it is; it can be taken off the network and put back."""

    house: House
    port: int
    app: ASGIApp
    certificate: Path | None = None
    serving: list[tuple[uvicorn.Server, threading.Thread]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def region(self, **other: Any) -> RemoteRegion:
        """The house as another one is told of it."""
        told = {"name": NAME, "endpoint": self.address, "username": USER, "password": PASSWORD} | other
        return RemoteRegion(**told)

    def known_to(self, near: House, **other: Any) -> None:
        """From now on the other house knows the way here."""
        near.config = replace(near.config, remote_regions=(self.region(**other),))

    def secure(self) -> Path:
        """Be reachable over TLS only, with a certificate that nobody trusts by himself."""
        self.stop()
        self.certificate = certificate(self.house.folder / "far.pem")
        self.start()
        return self.certificate

    def credential(self) -> dict[str, str]:
        """How a program signs in, which is for the house's project alone."""
        domain, project = Named(id=DEFAULT_DOMAIN_ID), Named(id=self.house.project.id)
        who = Named(name=USER, domain=domain)
        opened = sessions.sign_in(self.house.db, who, PASSWORD, Scope(project=project), hours=1)
        asked = NewCredential(name="sender")
        made = application_credentials.add(self.house.db, opened.session, asked)
        return {
            "username": "",
            "password": "",
            "application_credential_id": made.credential.id,
            "application_credential_secret": made.secret,
        }

    def vault(self, **more: Any) -> Vault:
        """A vault for replicas."""
        return self.house.vault(name="replicas", protect_type=ProtectType.REPLICATION, **more)

    def held(self, vault: Vault) -> list[Backup]:
        """The backups in a vault."""
        return backups.find(self.house.context(), BackupFilter(project_id="", vault_id=vault.id), Page())[0]

    def tasks(self) -> list[Task]:
        """The tasks of the project, newest first."""
        return tasks.find(self.house.context(), TaskFilter(project_id=""), Page())[0]

    def start(self) -> None:
        """Be reachable."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        listener.listen()
        config = uvicorn.Config(
            self.app,
            log_level="warning",
            lifespan="off",
            access_log=False,
            ssl_certfile=self.certificate,
        )
        server = uvicorn.Server(config)

        def serve() -> None:
            with listener:
                server.run([listener])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        self.serving.append((server, thread))

    def stop(self) -> None:
        """Be reachable no more."""
        for server, thread in self.serving:
            server.should_exit = server.force_exit = True
            thread.join(10)
        self.serving.clear()


@contextmanager
def far_away(folder: Path, migrated: Path) -> Iterator[Far]:
    """A house in this folder; `migrated` is a database to be copied."""
    folder.mkdir()
    shutil.copy(migrated, folder / "holdfast.db")
    db = open_database(f"sqlite:///{folder / 'holdfast.db'}", KEY)
    house = built(db, folder)
    house.config = replace(house.config, region=NAME)
    passwords.hash_quickly()
    user = accounts.add_user(db, USER, PASSWORD)
    accounts.grant(db, user.id, house.project.id, Role.OPERATOR)
    far = Far(house, 0, build(db, house.config, lambda: None))
    far.start()
    try:
        yield far
    finally:
        far.stop()
        db.close()


def certificate(path: Path) -> Path:
    """A fresh certificate of 127.0.0.1 that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = clock.now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


def forbid(far: Far) -> None:
    """The account may do nothing in the project any more."""
    with far.house.db.transaction() as tx:
        for user in account_rows.users(tx):
            account_rows.revoke(tx, user.id, far.house.project.id)


def wanted(to: Vault, **more: Any) -> WantedReplica:
    """A replica in a vault far away."""
    return WantedReplica(destination=Destination(to.project_id, NAME), vault_id=to.id, **more)


def start(near: House, backup: Backup, to: Vault, **more: Any) -> Task:
    """Ask for a replica far away; the task."""
    (task,) = replications.create(near.context(), backup.id, wanted(to, **more)).tasks
    return task


def replicate(near: House, backup: Backup, to: Vault, **more: Any) -> Task:
    """A replication into the house far away, ended."""
    return near.ended(start(near, backup, to, **more).id)


def block(task: Task) -> ReplicationDetail:
    """What a replication's task tells of both sides."""
    assert isinstance(task.detail, ReplicationDetail)
    return task.detail
