"""The table from refusals to the wire."""

import inspect
import re

import pytest

from holdfast.api.errors import CODES, answer
from holdfast.model import errors
from holdfast.model.errors import InvalidParameter, NotAuthenticated, NotFound, Refusal, VaultFull

REFUSALS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, Refusal) and kind is not Refusal
]


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_every_refusal_has_its_row(kind: type[Refusal]) -> None:
    told = CODES[kind]
    assert 400 <= told.status <= 503
    assert re.fullmatch(r"(BackupService|APIGW|Holdfast)\.\d{4}", told.code)
    assert told.message.endswith((".", "{}"))
    assert (told.status == 404) == issubclass(kind, NotFound)


def test_a_refused_parameter_is_named_with_the_reason() -> None:
    told = answer(InvalidParameter("limit", "must be a whole number"))
    assert (told.status, told.code) == (400, "BackupService.9900")
    assert told.message == "Parameter verification failed. limit: must be a whole number"


def test_a_refused_credential_is_told_with_the_reason() -> None:
    assert answer(NotAuthenticated("it expired")).message == (
        "Incorrect IAM authentication information: it expired"
    )
    assert answer(NotAuthenticated()).message == "Incorrect IAM authentication information."


def test_what_is_said_to_the_inside_is_not_told_outside() -> None:
    assert "100" not in answer(VaultFull("100 of 100 GB used")).message


def test_a_refusal_that_is_newer_than_the_table_is_spoken_as_its_kind() -> None:
    class TapeNotFound(NotFound):
        """No such tape."""

    class Strange(Refusal):
        """Of no kind."""

    assert answer(TapeNotFound("x")).status == 404
    assert answer(Strange("x")).status == 500
