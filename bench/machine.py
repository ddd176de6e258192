"""On what the figures were measured."""

import os
import platform
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

_SOURCE = Path(__file__).parent.parent / "src" / "holdfast"


def describe(folder: Path) -> str:
    """One line: processor, cores, memory, kernel, file system below `folder`, Python."""
    cores = len(os.sched_getaffinity(0))
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {cores} cores, {gibibytes:.0f} GiB of memory, "
        f"Linux {platform.release().split('-')[0]}, {file_system(folder)}, Python {platform.python_version()}"
    )


def work_folder() -> Path:
    """Where data, repositories and results are kept, unless told otherwise."""
    return Path(os.environ.get("BENCH_DIR") or Path(tempfile.gettempdir()) / "holdfast-bench")


def file_system(folder: Path) -> str:
    """The type of the file system that a folder is on."""
    asked = ["df", "--output=fstype", str(folder)]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()[-1]


def source_digest() -> str:
    """Eight digits that change with every change of holdfast's source."""
    digest = sha256()
    for path in sorted(_SOURCE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
