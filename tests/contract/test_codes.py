"""The codes of the reference: each is spoken with its status and message, or known not to occur here."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from holdfast.api import errors
from holdfast.api.errors import CODES, Answer
from holdfast.engine import endings
from holdfast.model import checkpoint, replication
from holdfast.service import firings

ROOT = Path(__file__).parents[2]
# Status and message of every code; no message where none was published.
CONTRACT: dict[str, tuple[int, str | None]] = json.loads(
    (Path(__file__).parent / "cbr_codes.json").read_text()
)
DEVIATIONS = (ROOT / "docs" / "api" / "deviations.md").read_text()
PAGE, _, ABSENT = (
    (ROOT / "docs" / "api" / "errors.md").read_text().partition("## Codes that do not occur here")
)
# What is spoken in another way, and how the row of deviations.md begins that says so.
OTHERWISE = {
    "ProjectNotFound": "| another project's id in the path |",
    "StillInUse": "| a project or a domain that still holds something is deleted |",
    "TaskNotFound": "| message of 6500 |",
    "RegionNotReplicable": "| 1005 with 400 or 500",
    "IdentityUnavailable": "| the external Keystone is away |",
    "UNAVAILABLE": "| the database does not answer, or is full |",
    "BODY_TOO_LARGE": "| a body of more than 1 MiB |",
    "BODY_TOO_SLOW": "| a body that has not arrived within a minute |",
    "ALREADY": "| replicating one backup to one vault twice |",
    "UNKNOWN": "| a task fails for what the reference has no code for",
}


class Spoken(NamedTuple):
    """What is said somewhere; a task has no status, and says more after the message."""

    name: str
    status: int | None
    code: str
    message: str

    def is_as_published(self) -> bool:
        status, message = CONTRACT[self.code]
        assert message is not None
        published = re.sub(r"%\(\w+\)s", "{}", message)
        if self.status is None:
            return f"{self.message} ".startswith(f"{published} ")
        return (self.status, self.message) == (status, published)


def spoken() -> Iterator[Spoken]:
    for kind, told in CODES.items():
        yield Spoken(kind.__name__, told.status, told.code, told.message)
    for name, told in vars(errors).items():
        if isinstance(told, Answer):
            yield Spoken(name, told.status, told.code, told.message)
    for fault, (code, sentence) in endings.CODES.items():
        name = "UNKNOWN" if code == endings.UNKNOWN else fault.__name__
        yield Spoken(name, None, code, sentence)
    for obstacle in checkpoint.OBSTACLES:
        yield Spoken("OBSTACLES", None, obstacle.code, obstacle.reason)
    for obstacle in firings.REASONS.values():
        yield Spoken("REASONS", None, obstacle.code, obstacle.reason)
    yield Spoken("ALREADY", None, replication.ALREADY.code, replication.ALREADY.message)


# Codes of the gateway in front, and ours for what CBR does not have, are no codes of CBR.
SPOKEN = [one for one in spoken() if not one.code.startswith(("APIGW.", "Holdfast."))]


def absent() -> list[str]:
    """The codes in the first column of the table of those that do not occur."""
    cells = [line.split("|")[1] for line in ABSENT.splitlines() if line.startswith("|")]
    return [
        word if "." in word else f"BackupService.{word}"
        for cell in cells
        for word in re.findall(r"(?:CSBS\.)?\b\d{4}\b", cell)
    ]


def test_every_code_is_spoken_or_known_not_to_occur_and_never_both() -> None:
    listed = absent()
    assert len(listed) == len(set(listed))
    told = {one.code for one in SPOKEN}
    assert told.isdisjoint(listed)
    assert told | set(listed) == set(CONTRACT)


@pytest.mark.parametrize("one", SPOKEN, ids=lambda one: f"{one.code}-{one.name}")
def test_a_code_is_spoken_with_its_status_and_message_or_it_is_said_how(one: Spoken) -> None:
    assert one.is_as_published() is not (one.name in OTHERWISE)
    assert f"| `{one.code}` |" in PAGE


@pytest.mark.parametrize("row", OTHERWISE.values())
def test_what_is_spoken_in_another_way_is_a_deviation(row: str) -> None:
    assert f"\n{row}" in DEVIATIONS


def raised() -> set[str]:
    """The names that are called, raised, or looked up in a table to be raised."""
    tables = {Path(str(told.__file__)) for told in (errors, endings)}
    sources = [path for path in (ROOT / "src" / "holdfast").rglob("*.py") if path not in tables]
    named: list[ast.expr | None] = []
    for node in (node for path in sources for node in ast.walk(ast.parse(path.read_text()))):
        if isinstance(node, ast.Call):
            named.append(node.func)
        elif isinstance(node, ast.Raise):
            named.append(node.exc)
        elif isinstance(node, ast.Dict):
            named += node.values
    names = {one.id for one in named if isinstance(one, ast.Name)}
    return names | {one.attr for one in named if isinstance(one, ast.Attribute)}


def test_every_refusal_occurs_somewhere() -> None:
    assert {kind.__name__ for kind in CODES} - raised() == set()
