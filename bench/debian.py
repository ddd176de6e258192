"""Programs out of Debian's packages, unpacked into a folder and not installed.

Uses apt as this machine has it set up, with lists and caches of its own below the folder, so that nothing of
the machine changes and nobody has to be root. What cannot be had is said, and the bench goes on without it.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


class NotToBeHadError(Exception):
    """A package could not be fetched; the message says why."""


@dataclass(frozen=True, slots=True)
class Apt:
    """apt for one of Debian's suites; "" means the suites that this machine uses."""

    folder: Path
    suite: str = ""

    def fetch(self, packages: Sequence[str]) -> Path:
        """The folder in which these packages are unpacked. Raises NotToBeHadError."""
        unpacked = self.folder / f"{packages[0]}-{self.suite or 'here'}"
        if unpacked.exists():
            return unpacked
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            options = self._options()
            fresh = _run(["apt-get", *options, "--print-uris", "download", *packages], self.folder)
            names = [line.split()[1] for line in fresh.splitlines() if line.startswith("'")]
            _run(["apt-get", *options, "-qq", "download", *packages], self.folder)
            for name in names:
                _run(["dpkg-deb", "-x", name, "unpacking"], self.folder)
                (self.folder / name).unlink()
            (self.folder / "unpacking").rename(unpacked)
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            raise NotToBeHadError(said.strip().split("\n")[-1]) from error
        return unpacked

    def _options(self) -> list[str]:
        """What makes apt look at the suite, in lists of its own."""
        if not self.suite:
            return ["-o", "APT::Sandbox::User="]
        own = self.folder / f"apt-{self.suite}"
        for name in ("lists/partial", "cache/archives/partial"):
            (own / name).mkdir(parents=True, exist_ok=True)
        sources = own / "sources.list"
        sources.write_text(f"deb [signed-by={_KEYS}] {self._mirror()} {self.suite} main\n")
        settings = (
            f"Dir::Etc::SourceList={sources}",
            "Dir::Etc::SourceParts=/dev/null",
            f"Dir::State::lists={own / 'lists'}",
            f"Dir::Cache={own / 'cache'}",
            "Acquire::Languages=none",
            "APT::Sandbox::User=",
        )
        options = [part for setting in settings for part in ("-o", setting)]
        _run(["apt-get", *options, "-qq", "update"], self.folder)
        return options

    def _mirror(self) -> str:
        """The mirror of Debian that this machine uses."""
        asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", "Origin: Debian"]
        found = _run([*asked, "Label: Debian", "Component: main"], self.folder).split()
        if not found:
            raise NotToBeHadError("apt knows no mirror of Debian here")
        return found[0]


def _run(arguments: Sequence[str], folder: Path) -> str:
    done = subprocess.run(arguments, cwd=folder, check=True, capture_output=True, text=True, timeout=600)
    return done.stdout
