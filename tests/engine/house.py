"""A house with a worker in it: real rows, a real store in a folder, real things to protect."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from tests.conftest import KEY

from holdfast.config import Config, ConfiguredResource
from holdfast.db import projects, tasks
from holdfast.db.database import Database
from holdfast.engine.worker import Worker
from holdfast.model import clock, ids
from holdfast.model.backup import Backup
from holdfast.model.checkpoint import Wanted
from holdfast.model.project import Caller, Project, Role
from holdfast.model.resource import ObjectType, Resource
from holdfast.model.task import Status, Task
from holdfast.model.vault import Vault
from holdfast.service import backups, checkpoints, resources, restores, vaults
from holdfast.service.attachments import NewAttachment
from holdfast.service.context import Context
from holdfast.service.resources import NewResource
from holdfast.service.restores import WantedRestore
from holdfast.service.vaults import NewVault

MIB = 1 << 20
PATIENCE_SECONDS = 60.0
LEASE_SECONDS = 2.0


@dataclass
class House:
    """Everything is asked for as a caller does it, and performed by a worker, which may be replaced."""

    db: Database
    folder: Path
    config: Config
    project: Project
    worker: Worker | None = None
    fences: list[str] = field(default_factory=list)

    # ── what there is ──

    def context(self) -> Context:
        """A request of an administrator."""
        caller = Caller(
            user_id="u1",
            user_name="ann",
            project_id=self.project.id,
            project_name=self.project.name,
            role=Role.ADMIN,
        )
        return Context(
            db=self.db,
            config=self.config,
            caller=caller,
            request_id=ids.new_request(),
            wake=lambda: None if self.worker is None else self.worker.wake(),
        )

    def register(self, kind: str, name: str, provider: str, settings: Mapping[str, Any]) -> Resource:
        """Make something known to the project."""
        return resources.register(
            self.context(), NewResource(type=kind, name=name, provider=provider, settings=settings)
        )

    def directory(self, name: str, files: Mapping[str, bytes]) -> Resource:
        """A real folder with these files."""
        path = self.folder / name
        write_files(path, files)
        return self.register("directory", name, "directory", {"path": str(path)})

    def source(self, kind: str, **settings: Any) -> Resource:
        """Something that a provider of `tests.engine.sources` reads."""
        return self.register("directory", kind, f"tests.engine.sources:{kind}", settings)

    def image(self, name: str, megabytes: int = 4) -> Path:
        """A real disk image: some data, then a hole, then some data."""
        path = self.folder / f"{name}.img"
        with path.open("wb") as image:
            image.write(os.urandom(MIB))
            image.truncate(megabytes * MIB)
            image.seek(megabytes * MIB - 4096)
            image.write(os.urandom(4096))
        return path

    def vault(self, *held: Resource, kind: ObjectType = ObjectType.TURBO, **more: Any) -> Vault:
        """A vault that holds these."""
        asked: dict[str, Any] = {"name": "v1", "size_gb": 10, **more}
        attachments = tuple(NewAttachment(resource_id=resource.id) for resource in held)
        return vaults.create(self.context(), NewVault(object_type=kind, attachments=attachments, **asked))

    # ── what is asked ──

    def start_backup(self, vault: Vault, **wanted: Any) -> str:
        """Ask for a backup of the vault's one resource; the id of its task."""
        _, (task,) = checkpoints.create(self.context(), vault.id, Wanted(**wanted))
        return task.id

    def back_up(self, vault: Vault, **wanted: Any) -> Task:
        """A backup of the vault's one resource, ended."""
        return self.ended(self.start_backup(vault, **wanted))

    def restore(self, backup_id: str, **wanted: Any) -> Task:
        """A restore, ended."""
        return self.ended(self.start_restore(backup_id, **wanted))

    def start_restore(self, backup_id: str, **wanted: Any) -> str:
        """Ask for a restore; the id of its task."""
        return restores.create(self.context(), backup_id, WantedRestore(**wanted)).id

    def delete(self, backup_id: str) -> Task:
        """A delete, ended."""
        return self.ended(backups.delete(self.context(), backup_id).id)

    # ── what came of it ──

    def task(self, task_id: str) -> Task:
        """The task as it stands."""
        with self.db.reading() as tx:
            return tasks.get(tx, self.project.id, task_id)

    def ended(self, task_id: str) -> Task:
        """The task when it has ended."""
        wait_until(lambda: self.task(task_id).status.is_end, lambda: f"{self.task(task_id)}")
        return self.task(task_id)

    def running(self, task_id: str) -> Task:
        """The task when it has told how far it got."""

        def told() -> bool:
            task = self.task(task_id)
            return task.progress > 0 or task.status.is_end

        wait_until(told, lambda: f"{self.task(task_id)}")
        task = self.task(task_id)
        assert task.status is Status.RUNNING, task
        return task

    def backup(self, task: Task) -> Backup:
        """The backup that a task was about."""
        return self.backup_of(task.backup_id or "")

    def backup_of(self, backup_id: str) -> Backup:
        """The backup of that id."""
        return backups.show(self.context(), backup_id)

    def show_vault(self, vault: Vault) -> Vault:
        """The vault as it stands."""
        return vaults.show(self.context(), vault.id)

    def repository(self, vault: Vault) -> "Restic":
        """The vault's repository, as stock restic opens it."""
        return Restic(
            {
                **os.environ,
                **vaults.repository_env(self.db, self.config, vault.id),
                "RESTIC_CACHE_DIR": str(self.folder / "restic-cache"),
            }
        )

    @contextmanager
    def working(self, worker_id: str = "w1", **settings: Any) -> Iterator[Worker]:
        """A worker that works while the context is open."""
        config = msgspec.structs.replace(self.config, **settings)
        self.worker = Worker(self.db, config, worker_id, lambda: self.fences.append(worker_id), 0.1)
        self.worker.start()
        try:
            yield self.worker
        finally:
            self.worker.stop(PATIENCE_SECONDS)
            self.worker = None


@dataclass(frozen=True)
class Restic:
    """Stock restic, told where a repository is and how it opens."""

    environment: Mapping[str, str]

    def run(self, *arguments: str) -> str:
        """What restic says; it must succeed."""
        done = subprocess.run(
            ["restic", "--no-lock", *arguments],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def check(self) -> None:
        """Everything is there and sound."""
        assert "no errors were found" in self.run("check", "--read-data")

    def snapshots(self) -> list[dict[str, Any]]:
        """The snapshots."""
        found: list[dict[str, Any]] = msgspec.json.decode(self.run("snapshots", "--json"))
        return found


def built(db: Database, folder: Path, lease_seconds: float = LEASE_SECONDS) -> House:
    """A house over a migrated database, with one project and nothing else."""
    config = Config(
        data=folder / "data",
        database=db.url,
        store=(folder / "store").as_uri(),
        lease_seconds=lease_seconds,
        # A provider from elsewhere may be used where the configuration names it.
        resources=tuple(
            ConfiguredResource(type="directory", name=name, provider=f"tests.engine.sources:{name}")
            for name in ("Tap", "Deadly", "Fuse", "Patchy", "Ledger")
        ),
    )
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "key").write_bytes(KEY)
    project = Project(id=ids.new_project(), name="blue", created_at=clock.now())
    with db.transaction() as tx:
        projects.add(tx, project)
    return House(db=db, folder=folder, config=config, project=project)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder with these files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def read_files(folder: Path) -> dict[str, bytes]:
    """The files below a folder, by their paths below it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def wait_until(
    done: Callable[[], bool], otherwise: Callable[[], str], seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait for something to come true; what is `otherwise` is the message of the failure."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.02)


def succeeded(task: Task) -> Task:
    """The task, which must have ended well."""
    assert task.status is Status.SUCCESS, task
    return task
