"""A house that answers on a real socket, with a vault whose repository is reached over HTTP alone."""

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet
from msgspec.structs import replace
from tests.api.asking import House, asking
from tests.service.world import World, settled
from tests.wire.listening import listening

from holdfast.api.app import build
from holdfast.db import vaults
from holdfast.db.database import open_database
from holdfast.model.project import Role
from holdfast.model.vault import Vault
from holdfast.service import access_keys
from holdfast.service.access_keys import Issued
from holdfast.store.objects import Objects
from holdfast.store.patience import Patience
from holdfast.store.remote import open_remote


@dataclass(frozen=True)
class Served:
    """A vault, and the house that it is in."""

    house: House
    address: str
    vault: Vault
    keys: dict[str, Issued] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.house.world

    @property
    def path(self) -> str:
        """The repository's, with a slash at the end."""
        return f"/v3/{self.world.blue.id}/vaults/{self.vault.id}/repository/"

    @property
    def folder(self) -> Path:
        """Where the repository really lies."""
        return self.world.config.data.absolute() / "store/vaults" / self.vault.id

    @property
    def used_bytes(self) -> int:
        with self.world.db.reading() as tx:
            return vaults.get(tx, self.world.blue.id, self.vault.id).used_bytes

    def with_another_vault(self) -> "Served":
        """The same house, and a vault that nobody has used."""
        return dataclasses.replace(self, vault=self.world.vault())

    def change(self, **changes: Any) -> None:
        """Have the vault changed in the database."""
        with self.world.db.transaction() as tx:
            vault = vaults.get(tx, self.world.blue.id, self.vault.id)
            vaults.replace(tx, replace(vault, **changes))

    def ask(
        self, method: str, name: str = "", content: Any = None, *, who: str = "admin", **headers: str
    ) -> httpx.Response:
        """One request below the repository, over the socket."""
        with httpx.Client(trust_env=False, timeout=60) as http:
            return http.request(
                method,
                f"{self.address}{self.path}{name}",
                content=content,
                headers={"X-Auth-Token": self.house.tokens[who], **headers},
            )

    def password(self, who: str = "admin") -> str:
        told = self.house.ask("GET", f"/vaults/{self.vault.id}/repository-key", who=who)
        found: str = told["password"]
        return found

    def remote(self, patience: float = 20, *, who: str = "operator", address: str = "") -> Objects:
        """The repository as another holdfast opens it."""
        return open_remote(
            f"{address or self.address}{self.path.rstrip('/')}",
            lambda: {"X-Auth-Token": self.house.tokens[who]},
            patience=Patience(patience),
        )

    def key(self, who: str) -> Issued:
        """An access key of this user, made when it is first asked for."""
        if who not in self.keys:
            user_id = access_keys.find_user_id(self.world.db, who)
            self.keys[who] = access_keys.make(self.world.db, user_id)
        return self.keys[who]

    def restic(self, *, who: str = "admin", password: str = "") -> "ResticOverHttp":
        """Stock restic, with an access key of this user."""
        made = self.key(who)
        scheme, _, host = self.address.partition("://")
        return ResticOverHttp(
            f"rest:{scheme}://{made.key.id}:{made.secret}@{host}{self.path}",
            password or self.password(),
            self.world.folder,
        )


@dataclass(frozen=True)
class ResticOverHttp:
    """Stock restic on a machine that reaches the house and nothing else."""

    address: str
    password: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "RESTIC_REPOSITORY": self.address,
            "RESTIC_PASSWORD": self.password,
            "RESTIC_CACHE_DIR": str(self.folder / "restic-cache"),
            "NO_PROXY": "127.0.0.1",
        }

    def try_run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["restic", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def run(self, *arguments: str | Path) -> str:
        done = self.try_run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def founded(migrated_sqlite: Path, folder: Path) -> Iterator[Served]:
    """A house over a SQLite database of its own, for all tests of a file."""
    shutil.copy(migrated_sqlite, folder / "holdfast.db")
    database = open_database(f"sqlite:///{folder / 'holdfast.db'}", Fernet.generate_key())
    with served(settled(database, folder)) as house:
        yield house
    database.close()


@contextmanager
def served(world: World, **vault: Any) -> Iterator[Served]:
    """The house of this world, with one vault more."""
    app = build(world.db, world.config, lambda: world.wakes.append("awake"))
    with asking(app) as client, listening(app) as address:
        house = House(world, client)
        for role in Role:
            house.admit(role.value, world.blue, role)
        house.admit("stranger", world.red, Role.ADMIN)
        yield Served(house, address, world.vault(**vault))
