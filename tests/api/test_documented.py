"""What the pages of docs/api must say."""

from pathlib import Path

import pytest

from holdfast.api import openapi
from holdfast.api.app import HOME_ROUTES, ROUTES
from holdfast.api.errors import CODES
from holdfast.api.v2 import errors as volume_backup_errors
from holdfast.api.v2 import routes as volume_backups

PAGES = "\n".join(page.read_text() for page in (Path(__file__).parents[2] / "docs" / "api").glob("*.md"))
VOLUME_BACKUPS = [
    *(f"{route.method} {volume_backups.V1}{route.path}" for route in volume_backups.OF_V1),
    *(f"{route.method} {volume_backups.V2}{route.path}" for route in volume_backups.OF_V2),
    *(
        f"{route.method} {volume_backups.PREFIX}{volume_backups.V3}{route.path}"
        for route in volume_backups.OF_V3
    ),
]
OUTSIDE = [
    *(f"{route.method} {route.path}" for route in HOME_ROUTES),
    *(f"{route.method} {route.path}" for route in openapi.ROUTES),
]


@pytest.mark.parametrize("call", [f"{route.method} /v3/{{project_id}}{route.path}" for route in ROUTES])
def test_every_call_is_documented(call: str) -> None:
    assert f"`{call}`" in PAGES


@pytest.mark.parametrize("call", OUTSIDE)
def test_every_call_outside_a_project_is_documented(call: str) -> None:
    assert f"`{call}`" in PAGES


@pytest.mark.parametrize("code", sorted({told.code for told in CODES.values()}))
def test_every_code_is_documented(code: str) -> None:
    assert code.rpartition(".")[2] in PAGES


@pytest.mark.parametrize("call", VOLUME_BACKUPS)
def test_every_call_of_the_volume_backup_service_is_documented(call: str) -> None:
    assert f"`{call}`" in PAGES


@pytest.mark.parametrize(
    "code",
    sorted(
        {
            *(told.code for told in volume_backup_errors.CODES_OF_BACKUPS.values()),
            *(told.code for told in volume_backup_errors.CODES_OF_POLICIES.values()),
            *(one.answer.code for one in volume_backup_errors.PARAMETERS_OF_BACKUPS),
            *(one.answer.code for one in volume_backup_errors.PARAMETERS_OF_POLICIES),
        }
    ),
)
def test_every_code_of_the_volume_backup_service_is_documented(code: str) -> None:
    assert f"| `{code}` |" in PAGES
