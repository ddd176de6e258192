"""A house of `holdfast serve --ephemeral` as a process, with temporary folders of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SERVE = [sys.executable, "-m", "holdfast", "serve"]


def environment(temporary: Path, **more: str) -> dict[str, str]:
    """Temporary folders go there; nothing else of the machine's settings counts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    return {**kept, "TMPDIR": str(temporary), "NO_PROXY": "127.0.0.1", **more}


@contextmanager
def serving(temporary: Path, *arguments: str, **more: str) -> Iterator["subprocess.Popen[str]"]:
    """The process from its start; killed in the end if it has not ended."""
    with (
        (temporary.parent / "serve.log").open("ab") as log,
        subprocess.Popen(
            [*SERVE, "--ephemeral", *arguments],
            env=environment(temporary, **more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def told(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """What the house says of itself, once it does."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"ended with {process.wait(60)}"
    known: dict[str, Any] = json.loads(line)
    return known
