"""The programs that are compared, each told how to make a repository, back up into it and restore from it.

All get their defaults, zstd at restic's default level, and a cache of their own beside the repository.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from holdfast.repo.compression import LEVEL

from .data_sets import DataSet
from .debian import Apt, NotToBeHadError
from .measure import Command

_PASSWORD = "correct horse battery staple"  # noqa: S105 - of a repository that is thrown away
_HOUSE = Path(__file__).parent.parent
_NEWEST_SUITE = "sid"
_BORG_PARTS = ("borgbackup", "python3-msgpack", "python3-packaging", "libxxhash0", "liblz4-1")
_BORG_PYTHON = "/usr/bin/python3"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one tool works: a folder of its own, in which repository and cache are, and what it backs up."""

    folder: Path
    source: Path
    data_set: DataSet

    @property
    def repository(self) -> Path:
        """The repository's folder."""
        return self.folder / "repository"


class Tool(Protocol):
    """One program."""

    @property
    def name(self) -> str:
        """What it is called in the results."""

    @property
    def title(self) -> str:
        """Its name and version."""

    def init(self, place: Place) -> Command:
        """Make the repository."""

    def backup(self, place: Place) -> Command:
        """Back the source up."""

    def revisions(self, place: Place) -> list[str]:
        """What all backups are called, oldest first. Raises CalledProcessError."""

    def restore(self, place: Place, revision: str, target: Path, only: str) -> Command:
        """Restore into a folder that is empty; `only` is a path inside the source, "" for everything."""

    def landed(self, place: Place, target: Path) -> Path:
        """Where a restore puts what was in the source."""


@dataclass(frozen=True, slots=True)
class Holdfast:
    """This project, started anew each time."""

    name: str = "holdfast"

    @property
    def title(self) -> str:
        """No version: it is the source beside the bench."""
        return "holdfast"

    def init(self, place: Place) -> Command:
        """A local folder."""
        return self._command(place, "init")

    def backup(self, place: Place) -> Command:
        """A directory, or the disk image in it."""
        return self._command(place, "backup", *self._resource(place))

    def revisions(self, place: Place) -> list[str]:
        """Ids of snapshots."""
        return output(self._command(place, "snapshots")).split()

    def restore(self, place: Place, revision: str, target: Path, only: str) -> Command:
        """A directory's content, or the image, lands in the target itself."""
        below = [str(place.source / only)] if only else []
        destination = f"{target}/" if place.data_set.only else str(target)
        return self._command(place, "restore", *self._resource(place), revision, destination, *below)

    def landed(self, place: Place, target: Path) -> Path:  # noqa: ARG002 - every tool's signature
        """The target itself."""
        return target

    def _resource(self, place: Place) -> tuple[str, str]:
        if place.data_set.only:
            return "disk_image", str(place.source / place.data_set.only)
        return "directory", str(place.source)

    def _command(self, place: Place, order: str, *arguments: str) -> Command:
        driver = (sys.executable, "-m", "bench.holdfast_driver", order, place.repository.as_uri())
        environment = {
            "PYTHONDONTWRITEBYTECODE": "",  # compiled once, as it is where holdfast is installed
            "HOLDFAST_BENCH_PASSWORD": _PASSWORD,
            "HOLDFAST_BENCH_CACHE": str(place.folder / "cache"),
        }
        return Command((*driver, *arguments), _HOUSE, environment)


@dataclass(frozen=True, slots=True)
class Restic:
    """Stock restic."""

    name: str
    program: str
    version: str

    @property
    def title(self) -> str:
        """As the program says it."""
        return f"restic {self.version}"

    def init(self, place: Place) -> Command:
        """Format version 2, restic's default since 0.14."""
        return self._command(place, "init", "--repository-version", "2")

    def backup(self, place: Place) -> Command:
        """The folder."""
        return self._command(place, "backup", str(place.source))

    def revisions(self, place: Place) -> list[str]:
        """Ids of snapshots."""
        told = json.loads(output(self._command(place, "snapshots", "--json", "--no-lock")))
        return [one["id"] for one in told]

    def restore(self, place: Place, revision: str, target: Path, only: str) -> Command:
        """Sparse for a disk, where this version can."""
        arguments = ["restore", revision, "--target", str(target)]
        if only:
            arguments += ["--include", str(place.source / only)]
        if place.data_set.only and self._can_restore_sparse:
            arguments.append("--sparse")
        return self._command(place, *arguments)

    def landed(self, place: Place, target: Path) -> Path:
        """Below the target, with the whole path."""
        return target / place.source.relative_to("/")

    @property
    def _can_restore_sparse(self) -> bool:
        return tuple(int(part) for part in self.version.split(".")[:2]) >= (0, 15)

    def _command(self, place: Place, *arguments: str) -> Command:
        environment = {
            "RESTIC_REPOSITORY": str(place.repository),
            "RESTIC_PASSWORD": _PASSWORD,
            "RESTIC_CACHE_DIR": str(place.folder / "cache"),
        }
        return Command((self.program, *arguments), place.folder, environment)


@dataclass(frozen=True, slots=True)
class Borg:
    """BorgBackup."""

    program: tuple[str, ...]
    version: str
    environment: Mapping[str, str]
    name: str = "borg"

    @property
    def title(self) -> str:
        """As the program says it."""
        return f"borg {self.version}"

    def init(self, place: Place) -> Command:
        """Encrypted with the key in the repository, which is what its manual begins with."""
        return self._command(place, "init", "--encryption", "repokey")

    def backup(self, place: Place) -> Command:
        """The folder; a disk as the manual advises: fixed chunks, holes not read."""
        options = ["--compression", f"zstd,{LEVEL}"]
        if place.data_set.only:
            options += ["--sparse", "--chunker-params", "fixed,4194304"]
        return self._command(place, "create", *options, "::{now:%Y-%m-%dT%H.%M.%S.%f}", str(place.source))

    def revisions(self, place: Place) -> list[str]:
        """Names of archives."""
        return output(self._command(place, "list", "--short")).split()

    def restore(self, place: Place, revision: str, target: Path, only: str) -> Command:
        """Into the folder in which it is started."""
        options = ["--sparse"] if place.data_set.only else []
        below = [str(place.source / only).strip("/")] if only else []
        command = self._command(place, "extract", *options, f"::{revision}", *below)
        return Command(command.arguments, target, command.environment)

    def landed(self, place: Place, target: Path) -> Path:
        """Below the target, with the whole path."""
        return target / place.source.relative_to("/")

    def _command(self, place: Place, *arguments: str) -> Command:
        environment = {
            **self.environment,
            "BORG_REPO": str(place.repository),
            "BORG_PASSPHRASE": _PASSWORD,
            "BORG_BASE_DIR": str(place.folder / "cache"),
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        }
        return Command((*self.program, *arguments), place.folder, environment)


def find(wanted: Sequence[str], downloads: Path) -> Iterator[Tool | str]:
    """The wanted ones of `holdfast`, `restic`, `restic-newest`, `borg`; a sentence for one not to be had.

    `restic-newest` and, where it is not installed, `borg` are fetched from Debian.
    """
    finders: Mapping[str, Callable[[], Tool]] = {
        "holdfast": Holdfast,
        "restic": lambda: _restic("restic", shutil.which("restic")),
        "restic-newest": lambda: _newest_restic(downloads),
        "borg": lambda: _borg(downloads),
    }
    for name in wanted:
        try:
            yield finders[name]()
        except (OSError, subprocess.SubprocessError, NotToBeHadError) as error:
            yield f"{name} is left out: {error}"


def _newest_restic(downloads: Path) -> Tool:
    unpacked = Apt(downloads, _NEWEST_SUITE).fetch(["restic"])
    return _restic("restic-newest", str(unpacked / "usr/bin/restic"))


def _restic(name: str, program: str | None) -> Tool:
    if program is None:
        raise NotToBeHadError("it is not installed")
    said = output(Command((program, "version"), Path("/")))
    return Restic(name, program, said.split()[1])


def _borg(downloads: Path) -> Tool:
    program: tuple[str, ...] = (shutil.which("borg") or "",)
    environment: dict[str, str] = {}
    if not program[0]:
        unpacked = Apt(downloads).fetch(_BORG_PARTS)
        libraries = sorted({str(path.parent) for path in unpacked.rglob("lib*.so.*")})
        packages = str(unpacked / "usr/lib/python3/dist-packages")
        environment = {"PYTHONPATH": packages, "LD_LIBRARY_PATH": ":".join(libraries)}
        program = (_BORG_PYTHON, "-m", "borg")
    said = output(Command((*program, "--version"), Path("/"), environment))
    return Borg(program, said.split()[1], environment)


def output(command: Command) -> str:
    """What a program prints, not measured. Raises CalledProcessError."""
    full = {**os.environ, **command.environment}
    done = subprocess.run(
        command.arguments, cwd=command.folder, env=full, check=True, capture_output=True, text=True
    )
    return done.stdout
