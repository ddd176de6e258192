"""The codes of the Volume Backup Service: each is spoken as it was published, or known not to occur here."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from holdfast.api.errors import Answer
from holdfast.api.v2 import errors

# Status and message of every code, as far as they were published.
CONTRACT: dict[str, tuple[int | None, str | None]] = json.loads(
    (Path(__file__).parent / "vbs_codes.json").read_text()
)
PAGE = (Path(__file__).parents[2] / "docs" / "api" / "vbs.md").read_text()
SPOKEN_HERE, _, REST = PAGE.partition("### Codes\n")[2].partition("### Codes that do not occur here\n")
ABSENT = REST.partition("\n## ")[0]
# What concerns the call as a whole has no code of its own: it gets the one for a request that is wrong.
OF_CALLS = {
    "body_too_large", "body_too_slow", "unknown_route", "wrong_method", "unknown_method", "not_acceptable",
}  # fmt: skip


class Spoken(NamedTuple):
    """What is said somewhere."""

    where: str
    answer: Answer


def spoken() -> Iterator[Spoken]:
    for parameter in (*errors.PARAMETERS_OF_BACKUPS, *errors.PARAMETERS_OF_POLICIES):
        yield Spoken(parameter.field, parameter.answer)
    for table in (errors.CODES_OF_BACKUPS, errors.CODES_OF_POLICIES):
        for kind, answer in table.items():
            yield Spoken(kind.__name__, answer)
    for place in (errors, errors.BACKUPS, errors.NATIVE, errors.POLICIES):
        for name, answer in vars(place).items():
            if isinstance(answer, Answer):
                yield Spoken(name, answer)


SPOKEN = list(spoken())


def rows(text: str) -> list[list[str]]:
    """The cells of the rows of the tables in a text, without their heads."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [line for line in lines if line[0] not in ("Code", "Of")]


def absent() -> list[str]:
    return [f"{of}.{number}" for of, numbers, _ in rows(ABSENT) for number in re.findall(r"\d{4}", numbers)]


def test_every_code_is_spoken_or_known_not_to_occur_and_never_both() -> None:
    listed, told = absent(), {one.answer.code for one in SPOKEN}
    assert len(CONTRACT) == 126
    assert len(listed) == len(set(listed))
    assert told.isdisjoint(listed)
    assert told | set(listed) == set(CONTRACT)


def test_every_code_that_is_spoken_is_on_the_page_with_its_statuses() -> None:
    page = {
        cells[0].strip("`"): {int(status) for status in re.findall(r"\b[45]\d\d\b", " ".join(cells[1:]))}
        for cells in rows(SPOKEN_HERE)
    }
    told: dict[str, set[int]] = {}
    for one in SPOKEN:
        told.setdefault(one.answer.code, set()).add(one.answer.status)
    assert page == told


PUBLISHED = [one for one in SPOKEN if CONTRACT[one.answer.code][0] and one.where not in OF_CALLS]


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: f"{one.answer.code}-{one.where}")
def test_a_code_has_the_status_and_the_message_that_were_published(one: Spoken) -> None:
    assert (one.answer.status, one.answer.message) == tuple(CONTRACT[one.answer.code])
