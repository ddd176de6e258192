"""The command line, called in this process: what it takes to load is loaded once."""

import json
import os
from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner

from holdfast.cli import app


@dataclass(frozen=True)
class Told:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it said with --json."""
        return json.loads(self.out)


def run(*arguments: str, **environment: str) -> Told:
    """Run one command line, with nothing of ours in its environment and nobody there to answer."""
    silent = {name: None for name in os.environ if name.startswith(("HOLDFAST_", "OS_"))}
    with CliRunner().isolation(env={**silent, **environment}) as (out, err, _):
        code = app.run(arguments)
        return Told(int(code), out.getvalue().decode(), err.getvalue().decode())
