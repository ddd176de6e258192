"""Two projects with real things to protect, over a real database; work is brought to its end by hand."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from holdfast.config import Config
from holdfast.db import backups, projects, work
from holdfast.db import resources as stored
from holdfast.db.backups import Completed
from holdfast.db.database import Database
from holdfast.model import clock, ids
from holdfast.model.backup import Backup
from holdfast.model.checkpoint import Wanted
from holdfast.model.project import Caller, Project, Role
from holdfast.model.resource import ObjectType, Resource
from holdfast.model.task import Ending, Status, Task, TaskError
from holdfast.model.vault import Vault
from holdfast.service import checkpoints, resources, vaults
from holdfast.service.attachments import NewAttachment
from holdfast.service.context import Context
from holdfast.service.resources import NewResource
from holdfast.service.vaults import NewVault

MIB = 1 << 20


@dataclass
class World:
    """`blue` is the project of most tests, `red` somebody else's. `wakes` counts calls to the worker."""

    db: Database
    folder: Path
    config: Config
    blue: Project
    red: Project
    wakes: list[str] = field(default_factory=list)

    def context(self, role: Role = Role.ADMIN, project: Project | None = None) -> Context:
        """A request of somebody with this role."""
        home = project or self.blue
        caller = Caller(user_id="u1", user_name="ann", project_id=home.id, project_name=home.name, role=role)
        return Context(
            db=self.db,
            config=self.config,
            caller=caller,
            request_id=ids.new_request(),
            wake=lambda: self.wakes.append("awake"),
        )

    def register(self, kind: str, name: str, provider: str, settings: Mapping[str, Any]) -> Resource:
        """Make something known to the blue project."""
        asked = NewResource(type=kind, name=name, provider=provider, settings=settings)
        return resources.register(self.context(), asked)

    def directory(self, name: str = "letters") -> Resource:
        """A real folder with a file in it."""
        path = self.folder / name
        path.mkdir()
        (path / "letter.txt").write_text(f"dear {name}")
        return self.register("directory", name, "directory", {"path": str(path)})

    def image(self, name: str, megabytes: int = 8) -> Path:
        """A real disk image, with a hole in it."""
        path = self.folder / name
        with path.open("wb") as image:
            image.write(os.urandom(4096))
            image.truncate(megabytes * MIB)
        return path

    def disk(self, name: str = "disk", megabytes: int = 8) -> Resource:
        """A disk that is an image file."""
        return self.register("disk", name, "disk_image", {"path": str(self.image(f"{name}.img", megabytes))})

    def server(self, name: str = "web", disks: int = 2) -> Resource:
        """A server of some disks."""
        paths = [str(self.image(f"{name}-{number}.img")) for number in range(disks)]
        return self.register("server", name, "image_server", {"disks": paths})

    def vault(self, *held: Resource, object_type: ObjectType = ObjectType.TURBO, **more: Any) -> Vault:
        """A vault that holds these."""
        attachments = tuple(NewAttachment(resource_id=resource.id) for resource in held)
        asked = {"name": "v1", "size_gb": 100, **more}
        return vaults.create(
            self.context(), NewVault(object_type=object_type, attachments=attachments, **asked)
        )

    def start(self, vault: Vault, **wanted: Any) -> tuple[Task, ...]:
        """Ask for a backup of the vault now."""
        _, tasks = checkpoints.create(self.context(), vault.id, Wanted(**wanted))
        return tasks

    def claim(self, task: Task) -> int:
        """A worker begins the task; the epoch that its writes must name."""
        with self.db.transaction() as tx:
            claim = work.claim(tx, task.id, "w1")
        assert claim is not None
        return claim.epoch

    def succeed(self, task: Task, **known: Any) -> None:
        """A worker does the backup task; `known` is said of the backup."""
        epoch = self.claim(task)
        with self.db.transaction() as tx:
            completed = Completed(**({"snapshot_id": "5" * 64, "root": "srv/letters"} | known))
            backups.complete(tx, _backup_id(task), completed)
            work.finish(tx, task.id, epoch, Ending(status=Status.SUCCESS))

    def fail(self, task: Task) -> None:
        """A worker cannot do the backup task."""
        epoch = self.claim(task)
        with self.db.transaction() as tx:
            backups.fail(tx, _backup_id(task))
            error = TaskError("BackupService.6302", "The resource does not exist.")
            work.finish(tx, task.id, epoch, Ending(status=Status.FAILED, error=error))

    def back_up(self, vault: Vault, **known: Any) -> list[Backup]:
        """The vault's resources, backed up."""
        tasks = self.start(vault)
        for task in tasks:
            self.succeed(task, **known)
        with self.db.reading() as tx:
            return [backups.get(tx, self.blue.id, _backup_id(task)) for task in tasks]

    def back_up_server(self, vault: Vault, web: Resource) -> Backup:
        """The server of a vault, backed up disk by disk as a worker does it."""
        (backup,) = self.back_up(vault)
        with self.db.transaction() as tx:
            for disk in stored.find(tx, self.blue.id, parent_id=web.id):
                child = replace(
                    backup,
                    id=ids.new(),
                    parent_id=backup.id,
                    resource_id=disk.id,
                    resource_name=disk.name,
                    resource_type=disk.type,
                    resource_size_gb=disk.size_gb,
                    read_bytes=disk.size_bytes,
                )
                backups.add(tx, child)
            return backups.get(tx, self.blue.id, backup.id)


def _backup_id(task: Task) -> str:
    assert task.backup_id is not None
    return task.backup_id


def settled(db: Database, folder: Path) -> World:
    """The world over a database without rows; `folder` is where its real things lie."""
    config = Config(data=folder / "data", restore_roots=(folder / "restored",))
    blue, red = (Project(id=ids.new_project(), name=name, created_at=clock.now()) for name in ("blue", "red"))
    with db.transaction() as tx:
        projects.add(tx, blue)
        projects.add(tx, red)
    return World(db, folder, config, blue, red)
